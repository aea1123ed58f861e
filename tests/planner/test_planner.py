"""A chat model is told everything in every request, for it keeps nothing."""

import pytest

from core.chat import Message, Reply, Request, Sampling, Usage
from core.errors import ModelUnavailable
from planner.planner import ChatPlanner, FailedAttempt, Question
from planner.prompt import Prompt
from tests.planner.helpers import answer

PROMPT = Prompt("rules", (("q1", "a1"), ("q2", "a2")), "Not so: {reason}.")
OPENING = PROMPT.messages


SAMPLING = Sampling()


class Listener:
    """Keeps what it is told, and answers with the number of the request."""

    name = "listener"

    def __init__(self):
        self.batches = []

    def chat(self, requests):
        first = sum(map(len, self.batches)) + 1
        self.batches.append(list(requests))
        return [Reply(f"answer {first + n}", Usage(llm_calls=1)) for n in range(len(requests))]


class Mute:
    name = "mute"

    def chat(self, requests):
        raise ModelUnavailable("no answer")


def after_the_opening(*messages, **changes):
    return Request((*OPENING, *messages), **changes)


def test_every_request_holds_the_prompt_and_only_its_own_question():
    model = Listener()
    planner = ChatPlanner(model, PROMPT, SAMPLING)
    assert answer(planner, "where?") == Reply("answer 1", Usage(llm_calls=1))
    assert answer(planner, "what now?") == Reply("answer 2", Usage(llm_calls=1))
    assert model.batches == [
        [after_the_opening(Message("user", "where?"))],
        [after_the_opening(Message("user", "what now?"))],
    ]


def test_questions_that_come_together_are_put_together():
    model = Listener()
    replies = ChatPlanner(model, PROMPT, SAMPLING).answer(
        [Question("where?"), Question("what now?", 2)]
    )
    assert [reply.text for reply in replies] == ["answer 1", "answer 2"]
    assert model.batches == [
        [
            after_the_opening(Message("user", "where?")),
            after_the_opening(Message("user", "what now?"), sample=2),
        ]
    ]


def test_rejected_answers_are_turns_with_a_complaint_each():
    model = Listener()
    failed_attempts = [FailedAttempt("fly", "no wings"), FailedAttempt("swim", "no water")]
    answer(ChatPlanner(model, PROMPT, SAMPLING), "where?", *failed_attempts)
    assert model.batches == [
        [
            after_the_opening(
                Message("user", "where?"),
                Message("assistant", "fly"),
                Message("user", "Not so: no wings. where?"),
                Message("assistant", "swim"),
                Message("user", "Not so: no water. where?"),
            )
        ]
    ]


@pytest.mark.parametrize(("ranks", "told"), [(False, ()), (True, ("{explore}", "{sing}"))])
def test_only_who_ranks_is_told_the_choices(ranks, told):
    model = Listener()
    answer(
        ChatPlanner(model, PROMPT, SAMPLING, ranks=ranks), "where?", choices=("{explore}", "{sing}")
    )
    assert model.batches == [[after_the_opening(Message("user", "where?"), choices=told)]]


def test_a_rejected_question_is_another_one_and_the_first_stays_as_it_was():
    first = Question("where?", 1, choices=("{explore}",))
    second = first.rejected("fly", "no wings")
    assert second.failed_attempts == (FailedAttempt("fly", "no wings"),)
    assert (second.text, second.sample, second.choices) == ("where?", 1, ("{explore}",))
    third = second.rejected("swim", "no water")
    assert third.failed_attempts == (
        FailedAttempt("fly", "no wings"),
        FailedAttempt("swim", "no water"),
    )
    assert first == Question("where?", 1)


def test_a_planner_has_the_name_of_its_model():
    assert ChatPlanner(Listener(), PROMPT, SAMPLING).name == "listener"


def test_a_model_without_an_answer_is_not_hidden():
    with pytest.raises(ModelUnavailable, match="no answer"):
        answer(ChatPlanner(Mute(), PROMPT, SAMPLING), "where?")
