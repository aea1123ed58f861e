"""Programs against tests: what a model is told. The expected texts follow from Python itself."""

import pytest

from envs.text.coding.judge import NOT_RUN, Checked, judge, run_tests
from envs.text.coding.problems import Problem, read_problems
from envs.text.coding.texts import NO_TESTS, feedback_text
from sandbox.programs import Programs

TWICE = Problem(
    "Own/1",
    "twice",
    'def twice(x):\n    """ Twice x. """\n',
    "def check(candidate):\n    assert candidate(2) == 4\n",
)


@pytest.fixture(scope="module")
def programs():
    with Programs() as programs:
        yield programs


def test_each_test_is_told_what_came_of_it(programs):
    tests = (
        "assert twice(0) == 0",
        "assert twice(2) == 4",
        "assert twice('a') == 'aa'",
        "assert 0 < twice(1) < 3, 'small'",
        "assert not twice(1)",
    )
    results = run_tests(programs, TWICE, "def twice(x):\n    return x ** 2", tests)
    assert [result.problem for result in results] == [
        "",
        "",
        results[2].problem,
        "",
        "not twice(1) gave False",
    ]
    assert results[2].problem.startswith("TypeError: unsupported operand")
    other = run_tests(programs, TWICE, "def twice(x):\n    return x + 1", tests[1:2])
    assert other == (Checked(tests[1], "twice(2) gave 3"),)


@pytest.mark.slow
def test_after_a_test_that_takes_too_long_no_other_is_run(programs):
    program = "def twice(x):\n    while x:\n        pass\n    return 0"
    tests = ("assert twice(0) == 0", "assert twice(1) == 2", "assert twice(2) == 4")
    results = run_tests(programs, TWICE, program, tests)
    assert [result.problem for result in results] == ["", "time limit of 5 s", NOT_RUN]


def test_a_program_that_ends_its_process_passes_nothing(programs):
    program = "import os\ndef twice(x):\n    os._exit(0)"
    assert judge(programs, TWICE, program)
    [result] = run_tests(programs, TWICE, program, ("assert twice(1) == 3",))
    assert result.problem


def test_every_published_solution_of_the_hardest_50_passes(programs):
    for problem in read_problems("humaneval_hardest50").values():
        assert judge(programs, problem, problem.solution) == "", problem.case


def test_feedback_says_how_many_and_which():
    results = (Checked("assert f(1) == 1"), Checked("assert f(2) == 2", "f(2) gave 1"))
    assert feedback_text(results) == (
        "1 of 2 of your tests pass.\nPassed:\nassert f(1) == 1\nFailed:\nassert f(2) == 2  # f(2) gave 1"
    )
    assert feedback_text(results[:1]) == "1 of 1 of your tests pass.\nPassed:\nassert f(1) == 1"
    assert feedback_text(()) == NO_TESTS
