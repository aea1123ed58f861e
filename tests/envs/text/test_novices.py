"""Scripted beginners: success rises with their notes and not without, and nothing but the text carries it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Message
from core.errors import ModelRefused
from core.reflection import (
    LESSON_CUE,
    MEMORY_HEADING,
    REFLECTION_CUE,
    Lesson,
    Reflection,
    lessons_text,
    memory_text,
)
from core.task import find_text_tasks
from envs.text.cases import cases_of
from envs.text.notes import read_notes, repeated_action
from envs.text.scripted import ScriptedTextModel
from runner.text import make_world
from tests.envs.text.attempts import attempt, say, solved_by_trial

CASES = {
    "alfworld": cases_of(*find_text_tasks("alfworld"))[::9],
    "blockworld": cases_of(*find_text_tasks("blockworld")),
    "SimpleDoorKey": [str(seed) for seed in range(10)],
    "KeyInBox": [str(seed) for seed in range(10)],
}
"""A few real cases of each kind of world."""


@pytest.mark.parametrize("task", CASES)
def test_success_rises_with_notes_and_not_without(task):
    with_notes = solved_by_trial(task, CASES[task], memory_size=3)
    without = solved_by_trial(task, CASES[task], memory_size=0)
    assert without == [with_notes[0]] * 4
    assert with_notes[0] < with_notes[1] <= with_notes[-1] == len(CASES[task])


def test_without_notes_a_new_sample_gains_by_chance_only():
    cases = CASES["alfworld"]
    by_chance = solved_by_trial("alfworld", cases, memory_size=0, draws_anew=True)
    with_notes = solved_by_trial("alfworld", cases, memory_size=3)
    assert by_chance[0] == with_notes[0]
    assert by_chance[0] < by_chance[-1] < with_notes[-1]


def test_seeds_have_habits_of_their_own():
    [world] = find_text_tasks("alfworld")
    played = [
        attempt(ScriptedTextModel(seed=seed, is_novice=True), make_world(world), case, 20).messages
        for seed in (0, 1)
        for case in CASES["alfworld"][:1]
    ]
    assert played[0] != played[1]


def test_what_several_notes_say_is_forgotten_with_them():
    """Some of these blocks need two preconditions that were unknown: one note teaches one of them."""
    with_one = solved_by_trial("blockworld", CASES["blockworld"], memory_size=1)
    with_three = solved_by_trial("blockworld", CASES["blockworld"], memory_size=3)
    assert with_one[-1] < with_three[-1] == len(CASES["blockworld"])


@pytest.mark.parametrize("task", CASES)
def test_an_answer_depends_on_the_conversation_only(task):
    """Each answer of an episode and its note, asked again in another order of another model."""
    [world] = find_text_tasks(task)
    model = ScriptedTextModel(seed=2, is_novice=True)
    messages = attempt(model, make_world(world), CASES[task][0], 12).messages
    other = ScriptedTextModel(seed=2, is_novice=True)
    for length in reversed(range(1, len(messages), 2)):
        assert say(other, messages[:length]) == messages[length].content


@pytest.mark.parametrize("task", CASES)
@given(note=st.text(max_size=200), is_last=st.booleans())
def test_a_note_may_say_anything(task, note, is_last):
    [world] = find_text_tasks(task)
    observation, _ = make_world(world).reset(options={"case": CASES[task][0]})
    memory = f"{MEMORY_HEADING}\n{note}"
    if is_last:
        memory = memory_text([Reflection(0, note)])
    model = ScriptedTextModel(is_novice=True)
    assert say(model, [Message("user", f"{memory}\n\n{observation}")])


@pytest.mark.parametrize("task", [*CASES, "hotpotqa", "webshop"])
def test_a_lesson_is_what_is_answered_to_its_cue(task):
    """And not to the cue of a note."""
    [world] = find_text_tasks(task)
    env, model = make_world(world), ScriptedTextModel(is_novice=True)
    observation, _ = env.reset(options={"case": cases_of(world)[0]})
    first = say(model, [Message("user", observation)])
    later = [Message("user", observation), Message("assistant", first)]
    seen = env.step(first)[0]
    lesson, note = (
        say(model, [*later, Message("user", f"{seen}\n\nThe task is not done. {cue}")])
        for cue in (LESSON_CUE, REFLECTION_CUE)
    )
    assert lesson != note
    assert lesson


def test_a_novice_refuses_another_world():
    with pytest.raises(ModelRefused, match="this is none of these"):
        say(ScriptedTextModel(is_novice=True), [Message("user", "You are in a maze.")])
    assert ScriptedTextModel(is_novice=True).name == "scripted novice"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])), max_size=5))
def test_notes_are_read_as_they_stand_in_a_conversation(texts):
    reflections = [Reflection(trial, text) for trial, text in enumerate(texts)]
    assert read_notes(memory_text(reflections)) == [" ".join(text.split()) for text in texts]


def test_lessons_are_read_as_notes_are():
    lessons = [Lesson(0, "Open drawers.", case="a"), Lesson(1, "Round 7: no.", case="a")]
    assert read_notes(lessons_text(lessons)) == ["Open drawers.", "Round 7: no."]


def test_an_earlier_attempt_that_is_shown_stands_before_the_notes():
    notes = memory_text([Reflection(3, "Not there.")])
    assert read_notes(f"Your last attempt:\n> go\n\n{notes}") == [
        "Your last attempt:\n> go",
        "Not there.",
    ]
    assert read_notes("Your last attempt:\n> go") == ["Your last attempt:\n> go"]
    assert read_notes("") == []


def test_an_action_is_repeated_twice_in_a_row_or_three_times_with_the_same_result():
    assert repeated_action([]) == ""
    assert repeated_action([("look", "a"), ("go", "b"), ("look", "a")]) == ""
    assert repeated_action([("look", "a"), ("go", "b")] * 2 + [("look", "a")]) == "look"
    assert repeated_action([("look", "a"), ("look", "b")]) == "look"
