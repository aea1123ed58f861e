"""The episode loop and the evaluation built on it."""

import numpy as np
import pytest

from agents.evaluate import evaluate
from agents.learn import training_episodes, training_layout
from agents.play import play
from agents.skill_rl import CHOICES, Choosing
from core.plan import Skill
from core.settings import EVALUATION_SEEDS
from mediator.ask import WAYS, Decisions


class AskEvery:
    """Asks at every n-th step of each room, and keeps what it was shown."""

    def __init__(self, n):
        self.n = n
        self.shown = []
        self.steps = {}

    def decide(self, situations):
        self.shown.append(len(situations))
        asks = []
        for at in situations:
            step = self.steps[id(at.rng)] = self.steps.get(id(at.rng), -1) + 1
            asks.append(step % self.n == 0)
        return Decisions.certain(asks)


def test_episodes_do_not_depend_on_how_many_rooms_play(make_room, make_method):
    alone = evaluate([make_room()], WAYS["random"](), make_method(), 5, range(6))
    rooms = [make_room() for _ in range(4)]
    together = evaluate(rooms, WAYS["random"](), make_method(), 5, range(6))
    assert alone == together


def test_another_seed_tosses_other_coins(make_room, make_method):
    one = evaluate([make_room()], WAYS["random"](), make_method(), 0, range(3))
    other = evaluate([make_room()], WAYS["random"](), make_method(), 1, range(3))
    assert [e.asks for e in one] != [e.asks for e in other]


def test_rooms_without_a_waiting_episode_leave_the_batch(make_room, make_method):
    policy = AskEvery(3)
    rooms = [make_room() for _ in range(3)]
    assert len(evaluate(rooms, policy, make_method(), 0, range(4))) == 4
    assert policy.shown[0] == 3
    assert policy.shown[-1] == 1
    assert sorted(policy.shown, reverse=True) == policy.shown


def test_the_first_question_is_forced_and_charged_by_nothing_in_hand(make_room, make_method):
    [episode] = evaluate([make_room()], WAYS["baseline"](), make_method(), 0, [2])
    first = episode.steps[0].consultation
    assert first is not None
    assert first.is_forced
    assert first.cost == 0
    assert episode.steps[0].decision == 0


def test_a_chosen_question_that_changes_nothing_costs_lambda(make_room, make_method):
    """Always asking on layout 0: every question but those with news costs 0.01."""
    method = make_method(ask_lambda=0.01)
    [episode] = evaluate([make_room()], WAYS["always"](), method, 0, [0])
    plans = [asked.plan for asked in episode.consultations]
    news = sum(plan != before for plan, before in zip(plans, [None, *plans], strict=False))
    assert not any(asked.is_forced for asked in episode.consultations)
    assert episode.reward - episode.total_return == pytest.approx(0.01 * (len(plans) - news))


def test_a_trace_has_one_entry_a_step_and_the_situation_after_the_last(make_room, make_method):
    rng = np.random.default_rng(0)
    room = make_room()
    [(episode, trace)] = play([room], [(7, rng)], WAYS["always"](), make_method())
    assert len(trace.features) == len(trace.options) == episode.num_steps
    assert not trace.features[0].any()
    assert trace.last_features is not None
    # the last features are the change that the last action made
    assert (trace.last_features == room.situation(tuple).features).all()


def test_watchers_see_resets_and_every_step(make_room, make_method):
    seen = []
    episodes = evaluate(
        [make_room()],
        WAYS["oracle"](),
        make_method(),
        0,
        range(2),
        lambda room, step: seen.append((room.seed, step)),
    )
    assert [pair for pair in seen if pair[1] is None] == [(0, None), (1, None)]
    steps = [step for _, step in seen if step is not None]
    assert steps == [step for episode in episodes for step in episode.steps]


def test_training_layouts_are_never_evaluation_layouts_and_depend_on_seed_and_number_alone():
    layouts = [training_layout(seed, n) for seed in range(20) for n in range(500)]
    assert not set(layouts) & set(EVALUATION_SEEDS)
    assert min(layouts) >= EVALUATION_SEEDS.stop
    assert len(set(layouts)) > 9_990
    assert [seed for seed, _ in training_episodes(3, 10, 2)] == [
        training_layout(3, 10),
        training_layout(3, 11),
    ]


def test_choosing_begins_a_skill_only_when_the_choice_changes(make_room):
    room, method = make_room(), Choosing()
    room.reset(0, np.random.default_rng(0))
    assert method.act(room, 0) is None
    assert room.executor.plan == CHOICES[0]
    room.step()
    room.step()
    steps = room.executor.steps_in_option
    method.act(room, 0)
    assert room.executor.steps_in_option == steps == 2
    method.act(room, 4)
    assert room.executor.steps_in_option == 0
    assert room.step().skill is Skill.TOGGLE
    assert method.foresee(room) == CHOICES[4]


def test_going_to_a_place_never_seen_does_nothing(make_room):
    room = make_room()
    room.reset(0, np.random.default_rng(0))
    Choosing().act(room, 2)
    assert room.step().action == 6
    assert room.executor.is_finished
