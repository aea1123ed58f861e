"""The table of answers asks for what is new, once."""

import numpy as np
import pytest

from core.chat import Reply
from core.errors import PlannerError
from core.plan import EXPLORE_PLAN, ObjectName
from core.plan_book import PlanBook
from core.scene import Scene
from mediator.answers import Answers
from mediator.mediator import Mediator


class Keen:
    """Goes for whatever is in sight, and keeps what it was asked."""

    name = "keen"

    def __init__(self):
        self.asked = []

    def answer(self, question, rejections=()):
        self.asked.append(question)
        return Reply("{go to the key}" if "key" in question else "{explore}", llm_calls=1)


def scene(number):
    """1 and above: so many keys are in sight."""
    keys = (ObjectName("key", "red"),) * number
    return Scene(keys, None, frozenset(keys))


@pytest.fixture
def keen():
    return Keen()


@pytest.fixture
def answers(keen):
    return Answers(Mediator(keen, names_colors=False), scene, PlanBook())


def ask(answers, *questions):
    return answers.plans(np.array(questions, dtype=np.int64)).tolist()


def test_each_question_is_put_once(answers, keen):
    first = ask(answers, 2, 0, 2, 1)
    assert len(keen.asked) == 3
    assert ask(answers, 1, 1, 0) == [first[3], first[3], first[1]]
    assert len(keen.asked) == 3
    assert first[0] == first[2] == first[3] != first[1]  # one key or two, the plan is the same
    assert ask(answers) == []


def test_plans_are_numbers_of_the_book_and_answers_keep_their_words(answers):
    book = answers._book
    [number] = ask(answers, 0)
    assert book[number] == EXPLORE_PLAN
    assert answers[0].question == "observation: {observed nothing}"


def test_who_asks_first_pays(answers):
    assert not answers.has_unpaid
    ask(answers, 0, 1)
    assert answers.has_unpaid
    bill = answers.settle(0)
    assert bill is not None
    assert bill.llm_calls == 1
    assert answers.settle(0) is None
    assert answers.settle(1) is not None
    assert not answers.has_unpaid


def test_a_planner_without_an_answer_leaves_what_was_answered(answers, keen):
    [number] = ask(answers, 0)

    def refuse(question, rejections=()):
        raise PlannerError("gone")

    keen.answer = refuse
    with pytest.raises(PlannerError, match="gone"):
        ask(answers, 0, 1)
    assert ask(answers, 0) == [number]
