"""Notes and lessons as they stand in a conversation."""

from hypothesis import given
from hypothesis import strategies as st

from core.chat import Usage
from core.decode import convert
from core.reflection import (
    LESSONS_HEADING,
    MEMORY_HEADING,
    Lesson,
    Reflection,
    lessons_text,
    memory_text,
    readable,
)


def test_notes_stand_one_a_line_with_the_numbers_of_their_trials():
    notes = [Reflection(0, "Look in\n the desk. "), Reflection(3, "b")]
    assert memory_text(notes) == f"{MEMORY_HEADING}\nTrial 0: Look in the desk.\nTrial 3: b"
    assert memory_text([]) == ""


def test_lessons_stand_one_a_line_with_the_numbers_of_their_rounds():
    lessons = [Lesson(0, "Open\n\ndrawers.", case="a"), Lesson(1, "b", case="a")]
    assert lessons_text(lessons) == f"{LESSONS_HEADING}\nRound 0: Open drawers.\nRound 1: b"
    assert lessons_text([]) == ""


def test_a_lesson_is_read_back():
    lesson = Lesson(1, "b", Usage(1, 2, 3), cut=True, case="gripper/prob08")
    row = {
        "trial": 1, "text": "b", "cut": True, "case": "gripper/prob08",
        "usage": {"llm_calls": 1, "prompt_tokens": 2, "completion_tokens": 3},
    }  # fmt: skip
    assert convert(row, Lesson, "a line") == lesson


def test_what_is_empty_or_cut_is_not_readable():
    notes = [Reflection(0, " \n"), Reflection(1, "so I", cut=True), Reflection(2, "a")]
    assert readable(notes) == notes[2:]


@given(st.lists(st.sampled_from(["a", "b", " b\n", "c", ""]), max_size=9))
def test_of_equal_notes_the_last_one_is_read(texts):
    """By its definition: from the last to the first, each text once."""
    notes = [Reflection(number, text) for number, text in enumerate(texts)]
    expected: list[Reflection] = []
    for note in reversed(notes):
        text = note.text.strip()
        if text and text not in [other.text.strip() for other in expected]:
            expected.insert(0, note)
    assert readable(notes) == expected
