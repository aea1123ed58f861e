"""A chat model is told everything in every request, for it keeps nothing."""

import pytest

from core.chat import Message, Reply
from core.errors import PlannerError
from planner.planner import ChatPlanner, Rejection
from planner.prompt import Prompt

PROMPT = Prompt("rules", (("q1", "a1"), ("q2", "a2")), "Not so: {reason}.")
OPENING = PROMPT.messages


class Listener:
    """Keeps what it is told, and answers with the number of the request."""

    name = "listener"

    def __init__(self):
        self.requests = []

    def chat(self, messages):
        self.requests.append(list(messages))
        return Reply(f"answer {len(self.requests)}", llm_calls=1)


class Mute:
    name = "mute"

    def chat(self, messages):
        raise PlannerError("no answer")


def test_every_request_holds_the_prompt_and_only_its_own_question():
    model = Listener()
    planner = ChatPlanner(model, PROMPT)
    assert planner.answer("where?") == Reply("answer 1", llm_calls=1)
    assert planner.answer("what now?") == Reply("answer 2", llm_calls=1)
    assert model.requests == [
        [*OPENING, Message("user", "where?")],
        [*OPENING, Message("user", "what now?")],
    ]


def test_rejected_answers_are_turns_with_a_complaint_each():
    model = Listener()
    rejections = [Rejection("fly", "no wings"), Rejection("swim", "no water")]
    ChatPlanner(model, PROMPT).answer("where?", rejections)
    assert model.requests == [
        [
            *OPENING,
            Message("user", "where?"),
            Message("assistant", "fly"),
            Message("user", "Not so: no wings. where?"),
            Message("assistant", "swim"),
            Message("user", "Not so: no water. where?"),
        ]
    ]


def test_a_planner_has_the_name_of_its_model():
    assert ChatPlanner(Listener(), PROMPT).name == "listener"


def test_a_model_without_an_answer_is_not_hidden():
    with pytest.raises(PlannerError, match="no answer"):
        ChatPlanner(Mute(), PROMPT).answer("where?")
