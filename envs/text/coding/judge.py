"""Runs programs against tests, in the sandbox."""

from dataclasses import dataclass

from core.untrusted import clean
from envs.text.coding.problems import Problem
from envs.text.coding.python_text import asserted_value
from sandbox.programs import Programs

SECONDS = 10.0
"""Limit of the hidden tests, together."""
TEST_SECONDS = 5.0
"""Limit of one self-made test."""
MAX_SHOWN = 300
"""Characters of a value or an error that a model is told."""
NOT_RUN = "not run, after a test that took too long"
_REACHED = "'reached the end'"
"""An expression that is evaluated after a program: a program that ends the process has not passed its tests."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What came of one test.

    Attributes:
        test: an assert statement.
        problem: what happened instead, in words; empty if the test passed.
    """

    test: str
    problem: str = ""


def judge(programs: Programs, problem: Problem, program: str) -> str:
    """Run a program once against its hidden tests; returns the error, empty if they pass."""
    return _run(programs, problem.judged(program), SECONDS)


def run_tests(
    programs: Programs, problem: Problem, program: str, tests: tuple[str, ...]
) -> tuple[Checked, ...]:
    """Run a program against assert statements, each in a process of its own.

    After a test that takes too long no other is run: the rest would take as long.
    """
    source = problem.whole(program)
    results: list[Checked] = []
    for test in tests:
        if results and results[-1].problem.startswith(("time limit", NOT_RUN)):
            results.append(Checked(test, NOT_RUN))
            continue
        error = _run(programs, f"{source}\n{test}\n", TEST_SECONDS)
        left = asserted_value(test) if error.startswith("AssertionError") else ""
        if left:
            outcome = programs.run(source, value_of=left, seconds=TEST_SECONDS)
            error = outcome.error or f"{left} gave {outcome.value}"
        results.append(Checked(test, clean(error)[:MAX_SHOWN]))
    return tuple(results)


def _run(programs: Programs, source: str, seconds: float) -> str:
    outcome = programs.run(source, value_of=_REACHED, seconds=seconds)
    if outcome.error or outcome.value == repr(_REACHED[1:-1]):
        return outcome.error
    return "it ended the process before the tests did"
