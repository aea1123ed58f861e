"""The scripted programmer: what it reads, what it tries, and that it learns from the conversation alone."""

import pytest

from core.chat import Message
from core.reflection import REFLECTION_CUE, Reflection, memory_text
from envs.text.coding import programmer
from envs.text.coding.expressions import expressions
from envs.text.coding.programmer import Task
from envs.text.coding.texts import PROGRAM_CUE, TESTS_CUE

LARGEST = '''def largest(values):
    """Return the last of the sorted values, the largest.
    >>> largest([3, 9, 4])
    9
    largest([-2, -1]) == -1
    largest([7]) should return 7.
    """'''
TYPED = 'def grow(a: int, b: List[int]) -> List[int]:\n    """ Grow. """'


def ask(cue, prompt=LARGEST, before="", *more):
    """The answer to the first question, or to the last of a longer conversation."""
    asked = Message("user", f"{before}Complete this:\n```python\n{prompt}\n```\n\n{cue}")
    return programmer.answer([Message("system", "s"), asked, *more], None)


def returned(answer):
    return answer.rpartition("return ")[2].removesuffix("\n```")


def test_its_tests_are_the_examples_in_any_notation():
    assert ask(TESTS_CUE) == (
        "```python\nassert largest([3, 9, 4]) == 9\nassert largest([-2, -1]) == -1\nassert largest([7]) == 7\n```"
    )


def test_without_examples_it_tests_the_type_that_the_signature_names():
    assert ask(TESTS_CUE, TYPED) == "```python\nassert isinstance(grow(3, [1, 2, 2]), list)\n```"
    assert ask(TESTS_CUE, 'def f(x):\n    """ F. """') == "```python\n\n```"


def test_its_first_program_follows_the_words_and_is_whole():
    answer = ask(PROGRAM_CUE, 'def f(n: int) -> int:\n    """ The factorial of n. """')
    assert (
        answer == "```python\nimport math\ndef f(n: int) -> int:\n    return math.factorial(n)\n```"
    )


def test_a_note_names_the_program_and_the_calls_and_the_next_one_agrees_with_them():
    first = ask(PROGRAM_CUE)
    feedback = "0 of 1 of your tests pass.\nFailed:\nassert largest([3, 9, 4]) == 9  # largest([3, 9, 4]) gave 4"
    turns = Message("assistant", first), Message("user", f"{feedback}\n\nWhy?\n\n{REFLECTION_CUE}")
    note = ask(PROGRAM_CUE, LARGEST, "", *turns)
    assert note == (
        f"I returned `{returned(first)}`. "
        "The test `assert largest([3, 9, 4]) == 9` failed: largest([3, 9, 4]) gave 4."
    )
    again = Message("assistant", note), Message("user", f"Again.\n\n{PROGRAM_CUE}")
    second = returned(ask(PROGRAM_CUE, LARGEST, "", *turns, *again))
    assert second != returned(first)
    assert eval(f"(lambda values: {second})([3, 9, 4])") == 9


def test_notes_in_front_count_as_much_as_the_last_one():
    def program_after(*notes):
        memory = memory_text([Reflection(n, text) for n, text in enumerate(notes)])
        return returned(ask(PROGRAM_CUE, LARGEST, f"{memory}\n\n" if notes else ""))

    first = program_after()
    second = program_after(f"I returned `{first}`.")
    third = program_after(f"I returned `{first}`.", f"I returned `{second}`.")
    assert len({first, second, third}) == 3
    told = program_after(
        f"I returned `{first}`. The test `assert largest([5, 2]) == 5` failed: it gave 2."
    )
    assert eval(f"(lambda values: {told})([5, 2])") == 5


def test_without_notes_it_reads_what_the_tests_gave():
    first = ask(PROGRAM_CUE)
    feedback = f"Failed:\nassert largest([1, 8, 3]) == 8  # it gave 3\n\nAgain.\n\n{PROGRAM_CUE}"
    turns = Message("assistant", first), Message("user", feedback)
    second = returned(ask(PROGRAM_CUE, LARGEST, "", *turns))
    assert eval(f"(lambda values: {second})([1, 8, 3])") == 8


@pytest.mark.parametrize("prompt", ["not Python (", "x = 1", ""])
def test_it_leaves_other_conversations_alone(prompt):
    assert ask(PROGRAM_CUE, prompt) is None
    assert programmer.answer([Message("user", "You are in a room.")], None) is None


def test_no_expression_reaches_outside():
    """Only names of the table are known: not of files, imports or this process."""
    hostile = (
        'def f(x=open, y=__import__):\n    """ Sum. >>> f(__import__("os").getcwd(), 1)\n    2 """'
    )
    assert Task.read(hostile) is not None
    assert ask(TESTS_CUE, hostile) == "```python\n\n```"
    assert ask(PROGRAM_CUE, hostile).startswith("```python\ndef f(x=open, y=__import__):")


@pytest.mark.parametrize("parameters", [["a"], ["a", "b"], ["a", "b", "c"]])
def test_every_expression_is_python(parameters):
    said = frozenset({"even", "positive", "square", "length", "sum", "longest", "sort", "contain"})
    found = expressions(parameters, said)
    assert len(found) > 200
    for expression in found:
        compile(f"lambda {', '.join(parameters)}: {expression.text}", "expression", "eval")
    assert found[0].score(said) >= found[-1].score(said)
