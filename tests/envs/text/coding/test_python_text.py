"""Programs and tests in answers of language models, whatever stands around them."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Reply
from core.errors import ActionFormatError
from envs.text.coding.problems import Problem
from envs.text.coding.python_text import (
    asserted_value,
    called_in,
    parse,
    read_program,
    read_tests,
)

PROMPT = (
    'from typing import List\n\n\ndef total(xs: List[int]) -> int:\n    """ The sum.\n    """\n'
)
TOTAL = Problem("Own/1", "total", PROMPT, "def check(candidate):\n    pass\n")
PROGRAM = "def total(xs):\n    return sum(xs)"


def result_of(answer, cut=False):
    """What the program in an answer computes for 1, 2, 3; the answers are this file's own."""
    scope = {}
    exec(compile(read_program(Reply(answer, cut=cut), TOTAL), "answer", "exec"), scope)
    return scope["total"]([1, 2, 3])


@pytest.mark.parametrize(
    "answer",
    [
        PROGRAM,
        f"```python\n{PROGRAM}\n```",
        f"```py\n{PROGRAM}\n```",
        f"```\n{PROGRAM}\n```",
        f"Here it is:\n\n```python\n{PROGRAM}\n```\nIt adds all numbers.",
        f"```python\n{PROGRAM}",
        f"First try:\n```python\ndef total(xs):\n    return 0\n```\nBetter:\n```python\n{PROGRAM}\n```",
        f"```python\n{PROGRAM}\n```\nUse it:\n```python\nprint(total([1]))\nassert total([]) == 0\n```",
        f"```bash\npip install numpy\n```\n```python\n{PROGRAM}\n```",
        "```python\ndef plus(a, b):\n    return a + b\n```\n```python\n"
        "def total(xs):\n    t = 0\n    for x in xs:\n        t = plus(t, x)\n    return t\n```",
        f"<think>It may be\n```python\ndef total(xs): return 0\n```\n</think>\n{PROGRAM}",
        f"Sure! The function is\n{PROGRAM}\n\nThis adds all numbers, as asked.",
        f"{PROGRAM}\n\nExample: total([1, 2]) is 3.\nAnother (unclosed example",
        f"[PYTHON]\n{PROGRAM}\n[/PYTHON]",
        f"{PROGRAM}</s>",
        "    return sum(xs)",
        "return sum(xs)",
        "```python\n    t = 0\n    for x in xs:\n        t += x\n    return t\n```",
        "def total(xs: List[int]) -> int:\n    return sum(xs)",
        "total = sum",
        "async def other():\n    pass\n\ndef total(xs):\n    return sum(xs)",
    ],
)
def test_the_program_is_found(answer):
    assert result_of(answer) == 6


def test_lines_of_a_docstring_that_look_like_another_turn_stay_in_the_program():
    program = 'def total(xs: List[int]):\n    """ Sum.\n\nInput: [1, 2]\nUser: 3\n    """\n    return sum(xs)'
    assert result_of(program) == 6
    assert "User: 3" in read_program(Reply(f"```python\n{program}\n```"), TOTAL)


def test_functions_of_the_prompt_are_there():
    cyclic = Problem("Own/2", "back", f"def forth(x):\n    return x + 1\n\n\n{PROMPT}", "")
    cyclic = Problem("Own/2", "total", cyclic.prompt, "")
    assert "def forth(x)" in read_program(Reply(PROGRAM), cyclic)


@pytest.mark.parametrize(
    ("answer", "cut", "reason"),
    [
        ("", False, "the answer was empty: there is no program"),
        ("I cannot do this.", False, "there is no Python that defines total"),
        ("```python\ndef totals(xs):\n    return sum(xs)\n```", False, "there is no Python that"),
        ("```python\ndef total(xs):\n    return sum(xs\n```", False, "there is no Python that"),
        (f"```python\n{PROGRAM}", True, "the answer was cut off at its limit of tokens"),
        (PROGRAM, True, "the answer was cut off at its limit of tokens"),
        ("<think>I shall", True, "the answer was cut off at its limit of tokens"),
        ("from total import total", False, "there is no Python that defines total"),
        ("(" * 100_000, False, "there is no Python"),
    ],
)
def test_an_answer_without_a_program_says_why(answer, cut, reason):
    with pytest.raises(ActionFormatError) as error:
        read_program(Reply(answer, cut=cut), TOTAL)
    assert error.value.reason.startswith(reason)
    assert error.value.text == answer


@pytest.mark.parametrize("depth", [90, 900, 2900, 9000])
def test_nested_as_deeply_as_a_text_can_be(depth):
    long = "+".join("1" * depth)
    with suppress(ActionFormatError):
        assert parse(read_program(Reply(f"return {long}"), TOTAL)) is not None
    assert asserted_value(f"assert {long} == 1") in (long.replace("+", " + "), "")
    read_tests(Reply(f"assert total([{long}]) == 1"), "total")


def test_a_block_that_was_closed_before_the_cut_is_whole():
    assert result_of(f"```python\n{PROGRAM}\n```\nThis function", cut=True) == 6


@given(
    st.lists(
        st.sampled_from(
            ["```", "```python\n", "\n", "def total(xs):", "    return 1", "assert total([1]) == 1", "(", '"""',
             "<think>", "</think>", "import os", "é", "total", "\x00", "return", " "]
        )
    ).map("".join) | st.text(),
    st.booleans(),
)  # fmt: skip
def test_any_text_is_a_program_that_defines_the_function_or_is_refused(text, cut):
    program = ""
    with suppress(ActionFormatError):
        program = read_program(Reply(text, cut=cut), TOTAL)
    assert not program or "total" in compile(program, "answer", "exec").co_names
    for test in read_tests(Reply(text), "total"):
        assert parse(test) is not None


@pytest.mark.parametrize(
    ("answer", "tests"),
    [
        ("assert total([1]) == 1", ["assert total([1]) == 1"]),
        ("```python\nassert total([1]) == 1\nassert total([]) == 0\n```", ["assert total([1]) == 1", "assert total([]) == 0"]),
        ("1. The empty list\nassert total([]) == 0\n2. Done", ["assert total([]) == 0"]),
        ("assert total([\n    1,\n    2,\n]) == 3\nassert total([2]) == 2", ["assert total([\n    1,\n    2,\n]) == 3", "assert total([2]) == 2"]),
        ("def test():\n    assert total([1]) == 1, 'one'", ["assert total([1]) == 1, 'one'"]),
        ("assert total([1]) == 1\nassert total([1]) == 1", ["assert total([1]) == 1"]),
        ("assert all(total([x]) == x for x in range(9))", ["assert all(total([x]) == x for x in range(9))"]),
        ("assert total([1]) ==\nassert total([2]) == 2", ["assert total([2]) == 2"]),
        ("assert total([1, 2", []),
        ("def check(candidate):\n    assert candidate([1]) == 1", []),
        ("xs = [1]\nassert total(xs) == 1", []),
        ("assert True", []),
        ("I assert that it works: assert is a keyword", []),
        ("<think>assert total([9]) == 8</think>\nassert total([1]) == 1", ["assert total([1]) == 1"]),
    ],
)  # fmt: skip
def test_the_tests_are_found(answer, tests):
    assert read_tests(Reply(answer), "total") == tuple(tests)


@pytest.mark.parametrize(
    ("test", "value"),
    [
        ("assert total([1]) == 1", "total([1])"),
        ("assert abs(total([1]) - 1) < 1e-6, 'close'", "abs(total([1]) - 1)"),
        ("assert not total([])", "not total([])"),
        ("assert isinstance(total([]), int)", "isinstance(total([]), int)"),
        ("total([1])", ""),
        ("", ""),
        ("assert (", ""),
    ],
)
def test_what_a_failed_test_compares(test, value):
    assert asserted_value(test) == value


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("carry('ball1', room)", {"carry"}),
        ("for ball in balls():\n    carry(ball, other(room))", {"balls", "carry", "other"}),
        ("carry = 1\n'carry()'  # carry()\nrobot.carry()", set()),
        ("def carry(ball):\n    pick(ball)", {"pick"}),
        ("carry('ball1'", set()),
        ("\0", set()),
    ],
)
def test_what_code_calls(code, names):
    assert called_in(code) == names
