"""A learner's answers, as models write them: functions, notes, examples."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.learnact.learner.answers import (
    MAX_EXAMPLE,
    MAX_NOTE,
    MAX_PROBLEM,
    MAX_PROBLEMS,
    NO_CHANGE,
    NO_FUNCTION,
    Answer,
    read_answer,
    read_example,
)
from core.chat import Reply
from core.errors import ActionFormatError
from core.library import Library

ACTIONS = ("move", "pick", "drop")
CARRY = (
    'def carry(ball, room):\n    """Carry it."""\n    pick(ball)\n    move(room)\n    drop(ball)'
)
BOTH = "def both(a, b):\n    carry(a, 'x')\n    carry(b, 'x')"


def block(code):
    return f"```python\n{code}\n```"


NOTHING = Library()


def read(text, parent=NOTHING, failed="", *, cut=False):
    return read_answer(Reply(text, cut=cut), parent, ACTIONS, failed)


PARENT = read(block(f"{CARRY}\n\n{BOTH}")).library


def noted(name, *notes):
    return replace(
        PARENT,
        functions=tuple(
            replace(each, notes=notes) if each.name == name else each for each in PARENT.functions
        ),
    )


@pytest.mark.parametrize(
    "text",
    [
        block(CARRY),
        f"I write a function.\n{block(CARRY)}\nIt carries things.",
        f"<think>{block('def wrong(): move(1)')}</think>{block(CARRY)}",
        CARRY,
        f"```py\n{CARRY}",
        f"Improve: Update: [carry]\nContent:\n{block(CARRY)}",
    ],
)
def test_functions_are_read(text):
    answer = read(text)
    assert (answer.change, answer.changed, answer.problems) == ("create", ("carry",), ())
    assert answer.library.names == ("carry",)
    assert answer.usage == ""


def test_functions_of_several_blocks_belong_together():
    answer = read(
        f"First:\n{block(CARRY)}\nand then\n{block(BOTH)}\nFor example:\n{block('both(1, 2)')}"
    )
    assert answer.changed == ("carry", "both")
    assert answer.usage == "both(1, 2)"


@pytest.mark.parametrize(
    ("text", "cut", "problem"),
    [
        ("", False, "the answer was empty: there is no block of Python between ```python and ```"),
        ("I cannot do that.", False, "there is no block of Python between ```python and ```"),
        ("```python\ndef carry(", True, "the answer was cut off at its limit of tokens (--learner_max_tokens): there is no whole block of Python in it"),
        (block("def carry("), False, "line 1, `def carry(`: '(' was never closed"),
        (block("move('a')"), False, NO_FUNCTION),
        ("Note for carry: mind the gap", False, "there is no block of Python between ```python and ```"),
    ],
)  # fmt: skip
def test_an_answer_without_a_function_says_why(text, cut, problem):
    assert read(text, cut=cut) == Answer("none", Library(), problems=(problem,))


def test_of_an_answer_that_was_cut_the_whole_blocks_are_read():
    assert read(f"{block(CARRY)}\n\nAnd", cut=True).changed == ("carry",)


def test_an_improvement_replaces_and_adds():
    code = f"{CARRY.replace('move(room)', 'move(room); move(room)')}\ndef more(): both(1, 2)"
    answer = read(f"It moved once only.\n{block(code)}", noted("carry", "an old note"), "carry")
    assert (answer.change, answer.changed) == ("update", ("carry", "more"))
    assert [(each.name, each.version, each.notes) for each in answer.library.functions] == [
        ("carry", 2, ()),
        ("both", 1, ()),
        ("more", 1, ()),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Note for carry: the ball must be in the room.",
        "It was not there.\nNote for carry: the ball must be in the room.\nThat is all.".replace(
            "\nThat", "\n\nThat"
        ),
        "**Note for `carry`:** the ball must be in the room.",
        "- Note for carry(ball, room): the ball must\n  be in the room.\n\nBest wishes",
        "```\nNote for carry: the ball must be in the room.\n```",
        "note on carry: the ball must be in the room.",
        "Notes for carry:\n- the ball must be in the room.",
        "NOTE: the ball must be in the room.",
        "## Note for [carry]: the ball must be in the room.",
        "<think>Note for both: no</think>Note for carry: the ball must be in the room.",
        f"{block(CARRY)}\nNote for carry: the ball must be in the room.",
        f"{block('carry(1, 2)')}\nNote for carry: the ball must be in the room.",
        "Failed reason: it was away.\nImprove: Plan: [carry]\nContent: the ball must be in the room.\nTest case: none",
        "**Improve:** Plan\n**Content:** the ball must be in the room.",
        "Improve: Plan: function carry\n\nContent:\nthe ball must be in the room.",
    ],
)
def test_a_note_is_read_however_it_is_written(text):
    answer = read(text, PARENT, "carry")
    assert answer == Answer("note", noted("carry", "the ball must be in the room."), ("carry",))


def test_notes_are_added_once_each():
    parent = noted("carry", "one")
    answer = read("Note for carry: two\nNote for both: three\nNote for carry: one", parent, "carry")
    assert answer.changed == ("carry", "both")
    assert [each.notes for each in answer.library.functions] == [("one", "two"), ("three",)]
    again = read("Note for carry: one", parent, "carry")
    assert again == Answer(
        "none", parent, problems=("there is no block of Python between ```python and ```",)
    )


@pytest.mark.parametrize(
    ("text", "cut", "problem"),
    [
        ("Note for fly: use wings", False, "there is no function 'fly' to write a note for"),
        ("Note for carry: ", False, f"the note for carry must have 1 to {MAX_NOTE} characters"),
        (f"Note for carry: {'x' * (MAX_NOTE + 1)}", False, f"the note for carry must have 1 to {MAX_NOTE} characters"),
        ("Note for carry: the ball", True, "the answer was cut off at its limit of tokens (--learner_max_tokens): the note may be incomplete"),
        ("Improve: Plan", False, "there is no block of Python between ```python and ```"),
        (block(CARRY), False, NO_CHANGE),
        (block("move('a')"), False, NO_CHANGE),
        (f"{block('def carry(: pass')}\nNote: now it is right", False, "line 1, `def carry(: pass`: invalid syntax"),
        (f"{block('def more(): fly()')}\nNote for carry: more is better", False, "in more: fly: not defined"),
    ],
)  # fmt: skip
def test_an_answer_that_changes_nothing_says_why(text, cut, problem):
    assert read(text, PARENT, "carry", cut=cut) == Answer("none", PARENT, problems=(problem,))


def test_not_all_of_many_problems_are_said_and_none_at_length():
    classes = "\n".join(f"class A{number}: pass" for number in range(99))
    assert len(read(block(classes)).problems) == MAX_PROBLEMS
    [problem] = read(block(f"def f(): {'x' * 2000}()")).problems
    assert len(problem) == MAX_PROBLEM


def example(text, library=PARENT, *, cut=False):
    return read_example(Reply(text, cut=cut), library, ACTIONS)


def test_an_example_is_code_that_calls_the_functions():
    assert example(block("carry('a', 'b')\nmove('c')")) == "carry('a', 'b')\nmove('c')"
    assert (
        example(f"So:\n{block('for x in [1, 2]: both(x, x)')}")
        == "for x in [1, 2]:\n    both(x, x)"
    )


def test_what_an_example_defines_anew_is_left_out():
    assert example(block(f"{CARRY}\ncarry('a', 'b')")) == "carry('a', 'b')"


def test_an_example_may_use_the_constants_of_the_functions():
    library = read(block(f"ROOMS = ['a']\n{CARRY}\ndef f(): move(ROOMS[0])")).library
    assert example(block("carry('x', ROOMS[0])"), library) == "carry('x', ROOMS[0])"


@pytest.mark.parametrize(
    ("text", "cut", "problem"),
    [
        ("", False, "the answer was empty"),
        ("Call carry with a ball.", False, "there is no block of Python"),
        ("```python\ncarry(", True, "--learner_max_tokens"),
        (block("carry("), False, "line 1, `carry(`: '(' was never closed"),
        (block("move('a')"), False, "it calls none of the functions"),
        (block(CARRY), False, "it calls none of the functions"),
        (block("carry(ball, fly())"), False, "ball, fly: not defined"),
        (block(f"carry('{'x' * MAX_EXAMPLE}', 'b')"), False, f"it has more than {MAX_EXAMPLE} characters"),
    ],
)  # fmt: skip
def test_an_example_that_cannot_be_used_is_refused(text, cut, problem):
    with pytest.raises(ActionFormatError) as error:
        example(text, cut=cut)
    assert problem in error.value.reason


PIECES = (
    "```python\n", "```", "\n\n", "\n", "Note for carry: ", "Note: ", "Improve: Plan: [both]\n", "Content: ", "Test case: ",
    "<think>", "</think>", "User: ", "### Response:", CARRY, BOTH, "carry(1, 2)\n", "def f(a):\n    move(a)\n", "class A: pass\n", "    ",
    "**", "x = 1\n", "it fails",
)  # fmt: skip


WHOLE = st.sampled_from(
    [block(f"import re\n{CARRY}\n\n{BOTH}\n\nboth(1, 2)"), "Note for carry: mind it"]
)
MUTATED = st.builds(
    lambda text, start, length, new: text[:start] + new + text[start + length :],
    WHOLE,
    st.integers(0, 150),
    st.integers(0, 30),
    st.text(max_size=6) | st.sampled_from(PIECES),
)


@settings(max_examples=80)
@given(
    MUTATED | st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=15).map("".join),
    st.booleans(),
    st.sampled_from([Library(), PARENT, noted("carry", "it fails")]),
)
def test_any_answer_is_read(text, cut, parent):
    answer = read(text, parent, "carry" if parent.names else "", cut=cut)
    assert (answer.change == "none") == (not answer.changed) == (answer.library == parent)
    assert answer.changed or answer.problems
    assert set(answer.changed) <= set(answer.library.names)
    for function in answer.library.functions:
        assert all(note and "\n" not in note and len(note) <= MAX_NOTE for note in function.notes)
    with suppress(ActionFormatError):
        assert example(text, cut=cut)
