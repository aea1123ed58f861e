"""The table of answers asks for what is new, once."""

import json

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
from tests.planner.helpers import DirectPlanner

DOOR = ObjectName("door", "red")


class Keen:
    """Goes to keys in view, and keeps the questions; unavailable on demand."""

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
    """Another plan for each sample."""

    name = "moody"

    def __init__(self):
        self.batches = []

    def answer(self, questions):
        self.batches.append([(question.text, question.sample) for question in questions])
        for question in questions:
            plan = ", ".join(["explore"] * (question.sample + 1))
            yield Reply(f"{{{plan}}}", Usage(llm_calls=1))


def scene(number):
    """A scene with a number of keys in view."""
    keys = (ObjectName("key", "red"),) * number
    return Scene(keys, None, frozenset(keys))


@pytest.fixture
def keen():
    return Keen()


@pytest.fixture
def answers(keen):
    return AnswerTable(Mediator(DirectPlanner(keen), names_colors=False), scene, PlanIds())


def ask(answers, *questions, slot=0):
    questions = np.array(questions, dtype=np.int64)
    return answers.plans(questions, np.full(len(questions), slot)).tolist()


def test_each_question_is_asked_once(answers, keen):
    first = ask(answers, 2, 0, 2, 1)
    assert [len(batch) for batch in keen.batches] == [3]  # and all that are new together
    assert ask(answers, 1, 1, 0) == [first[3], first[3], first[1]]
    assert len(keen.asked) == 3
    assert first[0] == first[2] == first[3] != first[1]  # one key or two, the plan is the same
    assert ask(answers) == []


def test_plans_are_ids_and_answers_have_their_texts(answers):
    plan_ids = answers._plan_ids
    [number] = ask(answers, 0)
    assert plan_ids[number] == EXPLORE_PLAN
    assert answers.answer(0, 0).question == "observation: {observed nothing}"


def pop(answers, *questions, slot=0):
    """Calls that are charged to each place."""
    questions = np.array(questions, dtype=np.int64)
    usage = answers.pop_usage(questions, np.full(len(questions), slot))
    return {index: one.llm_calls for index, one in usage.items()}


def test_the_first_room_with_a_question_is_charged(answers):
    assert pop(answers, 0, 1) == {}
    ask(answers, 0, 1)
    assert pop(answers, 1, 1, 0, 5) == {0: 1, 2: 1}
    assert pop(answers, 1, 1, 0, 5) == {}


def test_situations_with_the_same_description_share_a_reply(keen):
    """The second situation differs from the first by what was seen before, which is not described."""
    key = ObjectName("key", "red")
    scenes = [Scene((key,), None, frozenset({key})), Scene((key,), None, frozenset({key, DOOR}))]
    mediator = Mediator(DirectPlanner(keen), names_colors=False)
    answers = AnswerTable(mediator, scenes.__getitem__, PlanIds())
    ask(answers, 0, 1)
    assert len(keen.asked) == answers.num_questions == 1
    assert pop(answers, 1, 0) == {1: 1}


def test_replies_are_taken_up_from_a_checkpoint():
    first, _ = moody_answers()
    plans = [ask(first, 0, slot=slot) for slot in range(3)]
    later, moody = moody_answers()
    later.load(json.loads(json.dumps(first.to_json())))
    assert later.num_questions == 3
    assert later.usage == first.usage == Usage(llm_calls=3)
    assert [ask(later, 0, slot=slot) for slot in range(3)] == plans
    assert moody.batches == []
    assert pop(later, 0) == {}
    assert later.to_json() == first.to_json()


def test_a_checkpoint_of_the_first_release_is_read(answers, keen):
    reply = {
        "text": "{explore}",
        "llm_calls": 2,
        "prompt_tokens": 30,
        "completion_tokens": 4,
        "seconds": 0.5,
        "store_hits": 1,
    }
    row = {"text": "observation: {observed nothing}", "sample": 0, "reply": reply}
    answers.load([{**row, "rejections": []}, {**row, "rejections": [["{fly}", "no wings"]]}])
    assert answers.usage == Usage(4, 60, 8, 1.0, 2)
    assert answers._plan_ids[ask(answers, 0)[0]] == EXPLORE_PLAN
    assert keen.batches == []


def test_a_failure_keeps_earlier_answers(answers, keen):
    [number] = ask(answers, 0)
    keen.is_gone = True
    with pytest.raises(ModelUnavailable, match="gone"):
        ask(answers, 0, 1)
    assert ask(answers, 0) == [number]
    assert pop(answers, 0, 1) == {0: 1}


def test_a_question_with_one_answer_has_slot_0(answers):
    for uniforms in (np.zeros(4), np.full(4, 0.999999), np.array([0.1, 0.5, 0.9, 0.3])):
        assert answers.draw_slots(uniforms).tolist() == [0] * 4


def moody_answers(num_samples=3):
    moody = Moody()
    mediator = Mediator(DirectPlanner(moody), names_colors=False)
    return AnswerTable(mediator, scene, PlanIds(), num_samples), moody


def test_the_slots_of_several_answers_are_equally_frequent():
    """Of three each has a third of [0, 1)."""
    answers, _ = moody_answers()
    uniforms = np.array([0.0, 0.33, 0.34, 0.66, 0.67, np.nextafter(1, 0)])
    assert answers.draw_slots(uniforms).tolist() == [0, 0, 1, 1, 2, 2]
    counts = np.bincount(answers.draw_slots(np.random.default_rng(0).random(30_000)))
    assert len(counts) == 3
    # the standard deviation of each count is 82
    assert np.abs(counts - 10_000).max() < 400


@given(num_samples=st.integers(1, 50), draw=st.floats(0, 1, exclude_max=True))
def test_a_slot_is_a_sample(num_samples, draw):
    answers, _ = moody_answers(num_samples)
    [slot] = answers.draw_slots(np.array([draw])).tolist()
    assert 0 <= slot < num_samples


def test_each_of_several_answers_is_asked_for_once():
    answers, moody = moody_answers()
    first = answers.plans(np.array([0, 0, 1, 0]), np.array([2, 0, 1, 2]))
    nothing, a_key = "observation: {observed nothing}", "observation: {observed a key}"
    assert moody.batches == [[(nothing, 0), (nothing, 2), (a_key, 1)]]
    every = np.repeat([0, 1], 3), np.tile([0, 1, 2], 2)
    plans = answers.plans(*every).tolist()
    assert moody.batches[1:] == [[(nothing, 1), (a_key, 0), (a_key, 2)]]
    # the same sample has the same plan here, another sample another plan
    assert plans[:3] == plans[3:]
    assert len(set(plans)) == 3
    assert first.tolist() == [plans[2], plans[0], plans[1], plans[2]]
    answers.plans(*every)
    assert len(moody.batches) == 2


def test_usage_of_several_answers_is_reported_by_slot():
    answers, _ = moody_answers()
    answers.plans(np.array([0, 0]), np.array([0, 1]))
    assert pop(answers, 0, slot=0) == {0: 1}
    assert pop(answers, 0, slot=1) == {0: 1}
    assert pop(answers, 0, slot=0) == {}


def noisy_answers(noise, planner=None):
    mediator = Mediator(DirectPlanner(planner or Keen()), names_colors=False)
    return AnswerTable(mediator, scene, PlanIds(), noise=noise)


def test_noise_is_the_share_of_wrong_answers():
    """Draws below it get one of the wrong slots, equally often; the others the planner's answer."""
    answers = noisy_answers(0.25)
    uniforms = np.random.default_rng(0).random(40_000)
    slots = answers.draw_slots(uniforms)
    assert (slots[uniforms >= 0.25] == 0).all()
    counts = np.bincount(slots[uniforms < 0.25])
    assert counts[0] == 0
    assert len(counts) == 1 + NUM_CORRUPTED
    # 10,000 draws among 60; the standard deviation of each count is 13
    assert np.abs(counts[1:] - 10_000 / NUM_CORRUPTED).max() < 65


def test_a_wrong_answer_is_another_feasible_plan():
    """One key in sight: fetch it, fetch it and explore, or explore; the planner walks to it."""
    answers = noisy_answers(0.5)
    plan_ids = answers._plan_ids
    slots = np.arange(1 + NUM_CORRUPTED)
    right, *wrong = answers.plans(np.ones_like(slots), slots).tolist()
    assert format_plan(plan_ids[right]) == "{go to the key}"
    assert {format_plan(plan_ids[number]) for number in wrong} == {
        "{explore}",
        "{go to the key, pick up the key}",
        "{go to the key, pick up the key, explore}",
    }
    answer = answers.answer(1, 1)
    assert answer.text == format_plan(answer.plan)
    assert answer.question == "observation: {observed a key}"


def test_with_one_feasible_plan_no_answer_is_wrong():
    answers = noisy_answers(1.0)
    slots = answers.draw_slots(np.linspace(0, 0.99, 5))
    plans = answers.plans(np.zeros(5, dtype=np.int64), slots)
    assert [answers._plan_ids[number] for number in plans.tolist()] == [EXPLORE_PLAN] * 5


def test_a_wrong_answer_is_a_call_too():
    answers = noisy_answers(1.0)
    [slot] = answers.draw_slots(np.array([0.3])).tolist()
    ask(answers, 1, slot=slot)
    assert pop(answers, 1, slot=slot) == {0: 1}


def test_looking_ahead_is_charged_to_the_room_that_looks():
    """It asks for the planner's own answer; the rooms' slots are wrong ones."""
    answers = noisy_answers(1.0)
    questions, slots = np.array([1, 0]), answers.draw_slots(np.array([0.3, 0.3]))
    answers.plans(questions, answers.without_noise(slots))
    assert set(answers.pop_usage(questions, slots)) == {0, 1}
    # the wrong answer replaces the same reply, which is not asked for again
    answers.plans(questions, slots)
    assert answers.pop_usage(questions, slots) == {}


def test_without_noise_a_slot_is_the_planner_s_own_answer():
    """With three samples a question has the slots 0, 1, 2, then 60 wrong ones."""
    mediator = Mediator(DirectPlanner(Moody()), names_colors=False)
    answers = AnswerTable(mediator, scene, PlanIds(), 3, noise=0.5)
    slots = np.array([0, 2, 3, 2 + NUM_CORRUPTED])
    assert answers.without_noise(slots).tolist() == [0, 2, 0, 0]


@given(draw=st.floats(0, 1, exclude_max=True), noise=st.floats(0, 1), samples=st.integers(1, 9))
def test_a_slot_is_wrong_exactly_below_the_noise(draw, noise, samples):
    mediator = Mediator(DirectPlanner(Moody()), names_colors=False)
    answers = AnswerTable(mediator, scene, PlanIds(), samples, noise=noise)
    [slot] = answers.draw_slots(np.array([draw])).tolist()
    assert (slot >= samples) == (draw < noise)
    assert 0 <= slot < samples + (NUM_CORRUPTED if noise else 0)
