"""Each distinct question costs once."""

import json

import pytest

from core.chat import Reply
from core.errors import PlannerError
from planner.memory import RememberingPlanner
from planner.planner import Rejection


class Counter:
    """Answers with the number of the question, for a price."""

    name = "counter"

    def __init__(self):
        self.asked = []

    def answer(self, question, rejections=()):
        self.asked.append((question, *rejections))
        return Reply(f"answer {len(self.asked)}", 1, 100, 10, 0.5)


class OnceMute:
    """Has no answer at first."""

    name = "once mute"

    def __init__(self):
        self.is_mute = True

    def answer(self, question, rejections=()):
        if self.is_mute:
            self.is_mute = False
            raise PlannerError("no answer")
        return Reply("{explore}")


def test_a_question_costs_once():
    counter = Counter()
    planner = RememberingPlanner(counter)
    assert planner.answer("where?") == Reply("answer 1", 1, 100, 10, 0.5)
    assert planner.answer("where?") == Reply("answer 1")
    assert planner.answer("what?") == Reply("answer 2", 1, 100, 10, 0.5)
    assert planner.answer("where?") == Reply("answer 1")
    assert counter.asked == [("where?",), ("what?",)]
    assert planner.num_questions == 2


def test_after_a_rejection_it_is_another_question():
    """Without this a rejected answer would be given again for ever."""
    counter = Counter()
    planner = RememberingPlanner(counter)
    rejections = [Rejection("answer 1", "no plan"), Rejection("answer 1", "no key")]
    assert planner.answer("where?").text == "answer 1"
    assert planner.answer("where?", rejections[:1]).text == "answer 2"
    assert planner.answer("where?", rejections[1:]).text == "answer 3"
    assert planner.answer("where?", rejections).text == "answer 4"
    assert planner.answer("where?", rejections[:1]) == Reply("answer 2")
    assert counter.asked[3] == ("where?", *rejections)


def test_the_name_is_that_of_the_planner_remembered():
    assert RememberingPlanner(Counter()).name == "counter"


def test_a_memory_is_taken_up_from_a_checkpoint():
    first = RememberingPlanner(Counter())
    rejection = Rejection("answer 1", "no plan")
    first.answer("where?")
    first.answer("where?", [rejection])
    counter = Counter()
    second = RememberingPlanner(counter)
    second.load(json.loads(json.dumps(first.to_json())))
    assert second.num_questions == 2
    assert second.answer("where?") == Reply("answer 1")
    assert second.answer("where?", [rejection]) == Reply("answer 2")
    assert counter.asked == []
    assert second.to_json() == first.to_json()


def test_a_failure_is_not_remembered():
    planner = RememberingPlanner(OnceMute())
    with pytest.raises(PlannerError, match="no answer"):
        planner.answer("where?")
    assert planner.num_questions == 0
    assert planner.answer("where?") == Reply("{explore}")
