"""The table of answers asks for what is new, once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Reply, Usage
from core.errors import ModelUnavailable
from core.rooms.plan import EXPLORE_PLAN, ObjectName, format_plan
from core.rooms.plan_ids import PlanIds
from core.rooms.scene import Scene
from mediator.answer_table import NUM_CORRUPTED, AnswerTable
from mediator.mediator import Mediator


class Keen:
    """Goes for whatever is in sight, and keeps what it was asked; it may go away."""

    name = "keen"

    def __init__(self):
        self.batches = []
        self.is_gone = False

    @property
    def asked(self):
        return [question for batch in self.batches for question in batch]

    def answer(self, questions):
        if self.is_gone:
            raise ModelUnavailable("gone")
        self.batches.append(list(questions))
        for question in questions:
            yield Reply(
                "{go to the key}" if "key" in question.text else "{explore}", Usage(llm_calls=1)
            )


class Moody:
    """Each sample another answer, and each of them a plan."""

    name = "moody"

    def __init__(self):
        self.batches = []

    def answer(self, questions):
        self.batches.append([(question.text, question.sample) for question in questions])
        for question in questions:
            plan = ", ".join(["explore"] * (question.sample + 1))
            yield Reply(f"{{{plan}}}", Usage(llm_calls=1))


def scene(number):
    """1 and above: so many keys are in sight."""
    keys = (ObjectName("key", "red"),) * number
    return Scene(keys, None, frozenset(keys))


@pytest.fixture
def keen():
    return Keen()


@pytest.fixture
def answers(keen):
    return AnswerTable(Mediator(keen, names_colors=False), scene, PlanIds())


def ask(answers, *questions):
    return answers.plans(np.array(questions, dtype=np.int64)).tolist()


def test_each_question_is_put_once(answers, keen):
    first = ask(answers, 2, 0, 2, 1)
    assert [len(batch) for batch in keen.batches] == [3]  # and all that are new together
    assert ask(answers, 1, 1, 0) == [first[3], first[3], first[1]]
    assert len(keen.asked) == 3
    assert first[0] == first[2] == first[3] != first[1]  # one key or two, the plan is the same
    assert ask(answers) == []


def test_plans_are_numbers_of_the_book_and_answers_keep_their_words(answers):
    plan_ids = answers._plan_ids
    [number] = ask(answers, 0)
    assert plan_ids[number] == EXPLORE_PLAN
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
    keen.is_gone = True
    with pytest.raises(ModelUnavailable, match="gone"):
        ask(answers, 0, 1)
    assert ask(answers, 0) == [number]
    assert answers.settle(1) is None


def test_one_answer_a_question_leaves_its_number_as_it_is(answers):
    questions = np.array([0, 5, 2**40, 5])
    for uniforms in (np.zeros(4), np.full(4, 0.999999), np.array([0.1, 0.5, 0.9, 0.3])):
        assert answers.draw(questions, uniforms).tolist() == questions.tolist()


def moody_answers(num_samples=3):
    moody = Moody()
    mediator = Mediator(moody, names_colors=False)
    return AnswerTable(mediator, scene, PlanIds(), num_samples), moody


def test_a_draw_says_which_of_several_answers_it_is_to_be():
    """Of three each has a third of [0, 1); question 0 has the numbers 0-2, question 1 has 3-5."""
    answers, _ = moody_answers()
    uniforms = np.array([0.0, 0.33, 0.34, 0.66, 0.67, np.nextafter(1, 0)])
    assert answers.draw(np.zeros(6, dtype=np.int64), uniforms).tolist() == [0, 0, 1, 1, 2, 2]
    assert answers.draw(np.ones(6, dtype=np.int64), uniforms).tolist() == [3, 3, 4, 4, 5, 5]
    many = np.random.default_rng(0).random(30_000)
    counts = np.bincount(answers.draw(np.zeros(30_000, dtype=np.int64), many))
    assert len(counts) == 3
    # the standard deviation of each count is 82
    assert np.abs(counts - 10_000).max() < 400


@given(num_samples=st.integers(1, 50), draw=st.floats(0, 1, exclude_max=True))
def test_no_two_questions_share_an_answer(num_samples, draw):
    answers, _ = moody_answers(num_samples)
    here, next_one = answers.draw(np.array([7, 8]), np.array([draw, 0.0])).tolist()
    assert 7 * num_samples <= here < next_one


def test_each_of_several_answers_is_asked_for_once():
    answers, moody = moody_answers()
    drawn = answers.draw(np.array([0, 0, 1, 0]), np.array([0.9, 0.1, 0.5, 0.9]))
    first = answers.plans(drawn)
    nothing, a_key = "observation: {observed nothing}", "observation: {observed a key}"
    assert moody.batches == [[(nothing, 0), (nothing, 2), (a_key, 1)]]
    every = answers.draw(np.repeat([0, 1], 3), np.tile([0.0, 0.4, 0.8], 2))
    plans = answers.plans(every).tolist()
    assert moody.batches[1:] == [[(nothing, 1), (a_key, 0), (a_key, 2)]]
    # the same sample says the same here, another something else
    assert plans[:3] == plans[3:]
    assert len(set(plans)) == 3
    assert first.tolist() == [plans[2], plans[0], plans[1], plans[2]]
    answers.plans(every)
    assert len(moody.batches) == 2


def test_each_of_several_answers_is_paid_for_by_who_has_it_first():
    answers, _ = moody_answers()
    ask(answers, 0, 1)
    assert answers.settle(0).llm_calls == 1
    assert answers.settle(1).llm_calls == 1
    assert answers.settle(0) is None
    assert not answers.has_unpaid


def noisy_answers(noise, planner=None):
    mediator = Mediator(planner or Keen(), names_colors=False)
    return AnswerTable(mediator, scene, PlanIds(), noise=noise)


def test_noise_is_the_share_of_wrong_answers():
    """Draws below it mean one of the wrong ones, alike; the others mean the planner's."""
    answers = noisy_answers(0.25)
    uniforms = np.random.default_rng(0).random(40_000)
    numbers = answers.draw(np.full(40_000, 3), uniforms)
    first = 3 * (1 + NUM_CORRUPTED)
    assert (numbers[uniforms >= 0.25] == first).all()
    counts = np.bincount(numbers[uniforms < 0.25] - first)
    assert counts[0] == 0
    assert len(counts) == 1 + NUM_CORRUPTED
    # 10,000 draws among 60; the standard deviation of each count is 13
    assert np.abs(counts[1:] - 10_000 / NUM_CORRUPTED).max() < 65


def test_a_wrong_answer_is_another_plan_that_can_be_carried_out():
    """One key in sight: to fetch it, to fetch it and explore, or to explore; the planner walks to it."""
    answers = noisy_answers(0.5)
    plan_ids = answers._plan_ids
    right, *wrong = ask(answers, *range(1 * (1 + NUM_CORRUPTED), 2 * (1 + NUM_CORRUPTED)))
    assert format_plan(plan_ids[right]) == "{go to the key}"
    assert {format_plan(plan_ids[number]) for number in wrong} == {
        "{explore}",
        "{go to the key, pick up the key}",
        "{go to the key, pick up the key, explore}",
    }
    slot = 1 * (1 + NUM_CORRUPTED) + 1
    assert answers[slot].text == format_plan(answers[slot].plan)
    assert answers[slot].question == "observation: {observed a key}"


def test_where_there_is_only_one_plan_no_answer_is_wrong():
    answers = noisy_answers(1.0)
    numbers = answers.draw(np.zeros(5, dtype=np.int64), np.linspace(0, 0.99, 5))
    plans = answers.plans(numbers)
    assert [answers._plan_ids[number] for number in plans.tolist()] == [EXPLORE_PLAN] * 5


def test_who_is_misled_has_asked_and_pays():
    answers = noisy_answers(1.0)
    [number] = answers.draw(np.array([1]), np.array([0.3])).tolist()
    ask(answers, number)
    assert answers.settle(number).llm_calls == 1


def test_the_oracle_sees_what_the_planner_means():
    """With three samples a question has the slots 0, 1, 2, and 60 that mislead."""
    mediator = Mediator(Moody(), names_colors=False)
    answers = AnswerTable(mediator, scene, PlanIds(), 3, noise=0.5)
    slots = 3 + NUM_CORRUPTED
    numbers = np.array([0, 2, 3, slots - 1, slots, slots + 2, 2 * slots - 1])
    assert answers.without_noise(numbers).tolist() == [0, 2, 0, 0, slots, slots + 2, slots]


@given(draw=st.floats(0, 1, exclude_max=True), noise=st.floats(0, 1), samples=st.integers(1, 9))
def test_a_draw_is_right_or_wrong_and_of_its_own_question(draw, noise, samples):
    mediator = Mediator(Moody(), names_colors=False)
    answers = AnswerTable(mediator, scene, PlanIds(), samples, noise=noise)
    slots = samples + (NUM_CORRUPTED if noise else 0)
    [number] = answers.draw(np.array([5]), np.array([draw])).tolist()
    question, slot = divmod(number, slots)
    assert question == 5
    assert (slot >= samples) == (draw < noise)
