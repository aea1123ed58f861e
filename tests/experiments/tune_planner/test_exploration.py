"""Which answers are tried, and which episodes count for them."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.when2ask import make_controller
from core.chat import Reply, Sampling
from core.errors import SettingsError
from core.rooms.parse import parse_plan
from core.rooms.plan import ObjectName
from core.rooms.scene import Scene
from core.settings import PlannersSettings, TunePlannerSettings
from core.task import TASKS
from experiments.tune_planner.exploration import (
    CUT,
    FixedAnswers,
    distinct_candidates,
    draw_answers,
    sample_candidates,
    used_answers,
)
from experiments.tune_planner.outcomes import CandidateAnswer
from experiments.tune_planner.questions import Demonstration, demonstrate, hold_out, with_planner
from mediator.policies import RandomAsk
from planner.planner import Planner, Question
from planner.prompt import load_prompt
from planner.scripted import ScriptedModel
from runner.rooms.build import make_engine
from runner.rooms.player import evaluate_policy

SETTINGS = TunePlannerSettings(
    task="SimpleDoorKey", save_name="any", engine="readable", num_episodes=10, num_envs=4
)
TASK = TASKS["SimpleDoorKey"]
PROMPT = load_prompt(TASK, shows_examples=False)
KEY = ObjectName("key")
QUESTION = "observation: {observed a key}"
FETCH, FETCH_AND_EXPLORE = (
    "{go to the key, pick up the key}",
    "{go to the key, pick up the key, explore}",
)
DEMONSTRATION = Demonstration(
    Scene(in_sight=(KEY,), carried=None, known=frozenset({KEY})),
    QUESTION,
    FETCH_AND_EXPLORE,
    parse_plan(FETCH_AND_EXPLORE),
    is_held_out=False,
)


class Repeats:
    """Gives the n-th of some answers to the sample n of each question, and notes what it is asked."""

    name, in_flight = "repeats", 1

    def __init__(self, *replies):
        self.replies = replies
        self.requests = []

    def chat(self, requests):
        self.requests += requests
        return [self.replies[request.sample % len(self.replies)] for request in requests]


def test_each_plan_is_one_candidate_and_each_unreadable_text_too():
    own = map(
        Reply, (FETCH, "Then: go to the key, pick up the key", "{open the box}", "Hello", FETCH)
    )
    assert distinct_candidates(DEMONSTRATION, list(own)) == [
        CandidateAnswer(QUESTION, FETCH_AND_EXPLORE, FETCH_AND_EXPLORE, is_own=False),
        CandidateAnswer(QUESTION, FETCH, FETCH, is_own=True),
        CandidateAnswer(QUESTION, "{open the box}", "{toggle the box}", is_own=True),
        CandidateAnswer(QUESTION, "Hello", "", is_own=True),
    ]


def test_the_experts_plan_in_the_models_words_is_the_models_own():
    [one] = distinct_candidates(DEMONSTRATION, [Reply(FETCH_AND_EXPLORE)])
    assert one == CandidateAnswer(QUESTION, FETCH_AND_EXPLORE, FETCH_AND_EXPLORE, is_own=True)


def test_samples_have_different_numbers_and_cut_ones_are_counted():
    """Two questions with three samples: the numbers 1 to 6, and 0 for the most likely answers."""
    model = Repeats(Reply(FETCH), Reply("{go to", cut=True))
    planner = Planner(model, PROMPT, Sampling())
    other = replace(DEMONSTRATION, question="observation: {observed a key, carry key}")
    found = sample_candidates([DEMONSTRATION, other], planner, 3)
    asked = [(request.sample, request.sampling.temperature) for request in model.requests]
    assert sorted(asked) == [(0, 0.0), (0, 0.0), *((n, 1.0) for n in range(1, 7))]
    assert found.left_out == {CUT: 3}
    assert [one.answer for one in found.kept] == [FETCH_AND_EXPLORE, FETCH] * 2


def test_fixed_answers_are_given_to_first_questions_only():
    model = Repeats(Reply("asked"))
    fixed = Planner(FixedAnswers(model, {QUESTION: FETCH}), PROMPT, Sampling())
    first, other = Question(QUESTION), Question("observation: {observed nothing}")
    questions = [first, other, first.after_failure(FETCH, "no way")]
    replies = fixed.model.chat([fixed.request(one) for one in questions])
    assert [reply.text for reply in replies] == [FETCH, "asked", "asked"]


@given(st.integers(0, 1000), st.integers(0, 50))
def test_a_round_has_a_feasible_answer_to_each_question(seed, number):
    candidates = distinct_candidates(DEMONSTRATION, [Reply(FETCH), Reply("Hello")])
    answers = draw_answers(candidates, seed, number)
    assert answers.keys() == {QUESTION}
    assert answers[QUESTION] in {FETCH, FETCH_AND_EXPLORE}
    assert draw_answers(candidates, seed, number) == answers


@given(st.integers(2, 300), st.floats(0, 1), st.integers(0, 1000))
def test_a_share_of_the_questions_is_held_out_never_all_or_none(number, share, seed):
    held_out = hold_out(number, share, seed)
    assert 1 <= len(held_out) <= number - 1
    assert held_out <= set(range(number))
    assert abs(number - len(held_out) - share * number) <= 1


def test_one_question_cannot_be_held_out():
    with pytest.raises(SettingsError, match="one question only"):
        hold_out(1, 0.5, 0)


def test_the_demonstrations_are_the_scripted_planners_answers():
    found = demonstrate(SETTINGS)
    assert [one.question for one in found] == sorted({one.question for one in found})
    # the worked example of the prompt
    assert DEMONSTRATION.answer in {one.answer for one in found if one.question == QUESTION}
    assert 0 < sum(one.is_held_out for one in found) < len(found)


def test_the_used_answers_are_those_of_the_records():
    """Compared with the consultations of the episodes' records."""
    rooms = with_planner(PlannersSettings, SETTINGS)
    engine = make_engine(rooms, "delta_codes", 4, is_worth_compiling=False)
    model = FixedAnswers(ScriptedModel(), {QUESTION: "{explore}"})
    controller = make_controller(rooms, Planner(model, PROMPT, Sampling()), engine)
    rollout = evaluate_policy(engine, RandomAsk(), controller, 0, range(100, 106))
    episodes = rollout.episodes(TASK, controller.answers)
    assert used_answers(rollout, controller.answers) == {
        (number, asked.question)
        for number, episode in enumerate(episodes)
        for asked in episode.consultations
    }
    assert {
        asked.plan for one in episodes for asked in one.consultations if asked.question == QUESTION
    } == {"{explore}"}


def test_an_answer_without_a_feasible_plan_does_not_count():
    rooms = with_planner(PlannersSettings, SETTINGS)
    engine = make_engine(rooms, "delta_codes", 4, is_worth_compiling=False)
    model = FixedAnswers(ScriptedModel(), {"observation: {observed nothing}": "Hello"})
    controller = make_controller(rooms, Planner(model, PROMPT, Sampling()), engine)
    rollout = evaluate_policy(engine, RandomAsk(), controller, 0, range(100, 104))
    questions = {question for _, question in used_answers(rollout, controller.answers)}
    assert questions
    assert "observation: {observed nothing}" not in questions
