"""What is said in a conversation about a program: the questions' last words, and what the tests gave.

The scripted programmer reads these texts, too, so they are in one place.
"""

from collections.abc import Sequence

from envs.text.coding.judge import Checked

TESTS_CUE = "Write the assert statements:"
"""Ends a question that asks for tests."""
PROGRAM_CUE = "Write the whole function:"
"""Ends a question that asks for a program."""
PASSED, FAILED = "Passed:", "Failed:"
NO_TESTS = "No test was run: your answer to the question for tests held none that can run alone."


def feedback_text(results: Sequence[Checked]) -> str:
    """How many of the self-made tests pass, and each with what came of it."""
    if not results:
        return NO_TESTS
    passed = [result.test for result in results if not result.problem]
    failed = [f"{result.test}  # {result.problem}" for result in results if result.problem]
    lines = [f"{len(passed)} of {len(results)} of your tests pass."]
    lines += [PASSED, *passed] if passed else []
    lines += [FAILED, *failed] if failed else []
    return "\n".join(lines)
