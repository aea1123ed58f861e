"""A request holds the whole conversation, for a chat model keeps no state."""

import pytest

from core.chat import Message, Request, Sampling
from planner.planner import FailedAttempt, Planner, Question
from planner.prompt import Prompt
from planner.scripted import ScriptedModel

PROMPT = Prompt("rules", (("q1", "a1"), ("q2", "a2")), "Not so: {reason}.")
SAMPLING = Sampling(0.5, 9, ("}",), 3)


def planner(**changes):
    return Planner(ScriptedModel(), PROMPT, SAMPLING, **changes)


def test_a_request_is_the_prompt_the_question_and_how_to_sample():
    request = planner().request(Question("where?", 2))
    assert request == Request(
        (*PROMPT.messages, Message("user", "where?")), (), 2, Sampling(0.5, 9, ("}",), 3)
    )


def test_each_failed_attempt_is_a_turn_and_a_message_that_asks_again():
    question = Question("where?").after_failure("fly", "no wings").after_failure("swim", "no water")
    assert planner().request(question).messages[len(PROMPT.messages) :] == (
        Message("user", "where?"),
        Message("assistant", "fly"),
        Message("user", "Not so: no wings. where?"),
        Message("assistant", "swim"),
        Message("user", "Not so: no water. where?"),
    )


@pytest.mark.parametrize(("ranks", "choices"), [(False, ()), (True, ("{explore}", "{sing}"))])
def test_choices_are_sent_only_for_ranking(ranks, choices):
    question = Question("where?", choices=("{explore}", "{sing}"))
    assert planner(ranks=ranks).request(question).choices == choices


def test_a_question_after_a_failure_is_another_one_and_the_first_is_unchanged():
    first = Question("where?", 1, choices=("{explore}",))
    second = first.after_failure("fly", "no wings")
    assert second.failed_attempts == (FailedAttempt("fly", "no wings"),)
    assert (second.text, second.sample, second.choices) == ("where?", 1, ("{explore}",))
    assert second != first == Question("where?", 1)


def test_a_planner_has_the_name_of_its_model():
    assert planner().name == "scripted"


def test_an_empty_answer_is_repeated_as_a_turn_with_words():
    """Many servers refuse a turn without a word."""
    messages = planner().request(Question("where?").after_failure(" ", "no words")).messages
    assert messages[-2:] == (
        Message("assistant", "..."),
        Message("user", "Not so: no words. where?"),
    )
