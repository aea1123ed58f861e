"""What an attempt is told about earlier ones, and how a note is asked for and read."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.react import ReActPolicy
from agents.reflexion.memory import MAX_ATTEMPT, told
from agents.reflexion.policy import TrialPolicy, load_prompt, note_request, read_note
from agents.text_prompt import TextPrompt
from core.chat import STEPS_LEFT_OUT, Reply, Sampling, Usage
from core.episode import Episode, Step
from core.errors import ModelRefused
from core.reflection import MEMORY_HEADING, REFLECTION_CUE, Reflection
from runner.text import History

PROMPT = load_prompt()
POLICY = ReActPolicy(TextPrompt(("Rules.",), {"act": "Act."}, ()), "act", Sampling(max_tokens=9))


def notes(*texts, start=0):
    return [Reflection(number, text) for number, text in enumerate(texts, start)]


def episode(*pairs, final="the end", **flags):
    """Of observations with the actions after them."""
    steps = tuple(Step(action, 0.0, observation=seen, answer=action) for seen, action in pairs)
    flags = {"truncated": True, "terminated": False, **flags}
    return Episode(
        "t", "7", success=False, score=0.0, steps=steps, final_observation=final, **flags
    )


def shown(strategy, these, last=None, size=3):
    return told(strategy, these, last, size, PROMPT)


def test_the_last_notes_are_shown_with_the_numbers_of_their_trials():
    assert shown("reflexion", notes("a", "b", "c", "d", "e")) == (
        f"{MEMORY_HEADING}\nTrial 2: c\nTrial 3: d\nTrial 4: e"
    )


def test_of_equal_notes_the_last_is_shown():
    assert shown("reflexion", notes("a", "b", "a", " b\n", size := "c"), size=2) == (
        f"{MEMORY_HEADING}\nTrial 3: b\nTrial 4: {size}"
    )


def test_notes_that_are_empty_or_cut_are_not_shown():
    these = [Reflection(0, "a"), Reflection(1, " "), Reflection(2, "so I", cut=True)]
    assert shown("reflexion", these) == f"{MEMORY_HEADING}\nTrial 0: a"
    assert shown("reflexion", these[1:]) == ""


@given(st.lists(st.sampled_from(["a", "b", "c", "", "d"]), max_size=9), st.integers(1, 4))
def test_memory_by_its_definition(texts, size):
    """Readable notes from the last to the first, each text once, as many as fit."""
    expected = []
    for number, text in reversed(list(enumerate(texts))):
        if text and text not in [seen for _, seen in expected] and len(expected) < size:
            expected.append((number, text))
    lines = [f"Trial {number}: {text}" for number, text in reversed(expected)]
    assert shown("reflexion", notes(*texts), size=size) == "\n".join(
        [MEMORY_HEADING, *lines] if lines else []
    )


def test_the_first_attempt_is_told_nothing():
    for strategy in ("none", "last_attempt", "reflexion", "last_attempt_and_reflexion"):
        assert shown(strategy, ()) == ""


def test_the_last_attempt_is_shown_whole_and_with_the_newest_note_only():
    last = episode(("a room", "look"), ("a desk", "go to\ndesk"), final="a pen")
    text = f"{PROMPT.last_attempt}\na room\n> look\na desk\n> go to desk\na pen\n{PROMPT.begin}"
    assert shown("last_attempt", notes("a"), last) == text
    assert shown("last_attempt_and_reflexion", notes("a", "b"), last) == (
        f"{text}\n\n{MEMORY_HEADING}\nTrial 1: b"
    )
    assert shown("none", notes("a"), last) == ""


def test_of_a_long_attempt_the_longest_observations_are_left_out_but_not_the_first():
    long = "x" * (MAX_ATTEMPT // 2)
    last = episode((long, "look"), ("short", "go"), (long + "y", "back"), final=long)
    lines = shown("last_attempt", (), last).split("\n")
    assert lines[1:-1] == [
        long, "> look", "short", "> go", PROMPT.left_out, "> back", PROMPT.left_out,
    ]  # fmt: skip


def test_what_is_told_stands_before_the_first_observation_of_its_case_only():
    policy = TrialPolicy(POLICY, {"7": "NOTES", "8": ""}.__getitem__, sample=2)
    request = policy.request(History("7", (), "a room", "find it"))
    assert [message.content for message in request.messages[1:]] == ["NOTES\n\nfind it\na room"]
    assert request.sample == 2
    other = policy.request(History("8", (), "a room", ""))
    assert [message.content for message in other.messages[1:]] == ["a room"]


@pytest.mark.parametrize(
    ("flags", "kind"),
    [
        ({"looped": True}, "looped"),
        ({}, "truncated"),
        ({"truncated": False, "terminated": True}, "terminated"),
    ],
)
def test_a_note_is_asked_for_in_the_conversation_of_the_attempt(flags, kind):
    last = episode(("a room", "look"), ("a desk", "take pen"), final="no pen", **flags)
    policy = TrialPolicy(POLICY, lambda _: "NOTES", sample=3)
    request = note_request(last, policy, PROMPT.ask_for_note(last), Sampling(max_tokens=77))
    acting = policy.request(History("7", (), "a room"))
    assert request.messages[: len(acting.messages)] == acting.messages
    *_, answered, question = request.messages
    assert answered.content == "take pen"
    first, _, rest = question.content.partition("\n\n")
    assert first == "no pen"
    assert rest.startswith(PROMPT.ended[kind])
    assert request.question.endswith(f"\n{REFLECTION_CUE}")
    assert request.sampling == Sampling(max_tokens=77)
    assert request.sample == 3


def test_a_note_is_written_by_a_model_that_sees_what_it_saw_when_it_acted():
    """With --history 1 the first observation and the last step."""
    last = episode(("a room", "look"), ("a desk", "wait"), ("a cat", "take pen"), final="no pen")
    request = note_request(last, replace(POLICY, history=1), PROMPT.ask_for_note(last), Sampling())
    *_, first, answered, question = (message.content for message in request.messages)
    assert first == f"a room\n{STEPS_LEFT_OUT}\na cat"
    assert answered == "take pen"
    assert question.startswith("no pen\n\n")


@pytest.mark.parametrize(
    ("reply", "text", "is_readable"),
    [
        (Reply("Look in the desk."), "Look in the desk.", True),
        (Reply("<think>hm</think> Look."), "Look.", True),
        (Reply("Look in the", cut=True), "Look in the", False),
        (Reply(" \n"), "", False),
        (Reply("<think>hm", cut=True), "", False),
        (ModelRefused("too long"), "", False),
    ],
)
def test_a_note_is_what_an_answer_says(reply, text, is_readable):
    note = read_note(4, reply)
    assert (note.trial, note.text, note.is_readable) == (4, text, is_readable)


def test_a_note_keeps_what_it_took():
    assert read_note(0, Reply("a", Usage(1, 2, 3))).usage == Usage(1, 2, 3)
