"""The episode loop of rooms, and evaluation on it."""

import numpy as np
import pytest

from agents.skill_rl import CHOICES, SkillController
from core.rooms.plan_ids import NO_PLAN
from core.settings import EVALUATION_SEEDS
from mediator.policies import ASK_POLICIES, PolicyOutput
from reports.statistics import summarize
from runner.rooms.collect import collect
from runner.rooms.episode_specs import EpisodeSpec, training_env_seed, training_specs
from runner.rooms.player import evaluate_policy
from tests.tasks import BATCHED_TASKS


class AskEvery:
    """Asks at every n-th decision, and counts the rooms of each decision."""

    def __init__(self, n):
        self.n = n
        self.shown = []

    def decide(self, observations, uniforms, lookahead):
        self.shown.append(len(observations))
        return PolicyOutput.deterministic(np.full(len(observations), len(self.shown) % self.n == 0))


class Constant:
    """A critic that estimates the same everywhere."""

    def values(self, observations):
        return np.full(len(observations), 0.5, dtype=np.float32)


def test_episodes_do_not_depend_on_how_many_rooms_play(play_policy):
    alone = play_policy("random", range(6), seed=5)
    together = play_policy("random", range(6), seed=5, num_rooms=4)
    assert alone == together


def test_another_seed_draws_other_decisions(play_policy):
    one, other = (play_policy("random", range(3), seed=seed) for seed in (0, 1))
    assert [e.asks for e in one] != [e.asks for e in other]


def test_rooms_without_a_pending_episode_leave_the_batch(play_policy):
    policy = AskEvery(3)
    assert len(play_policy(policy, range(4), num_rooms=3)) == 4
    assert policy.shown[0] == 3
    assert policy.shown[-1] == 1
    assert sorted(policy.shown, reverse=True) == policy.shown


def test_fewer_episodes_than_rooms_leave_rooms_empty(play_policy):
    policy = AskEvery(3)
    assert [e.case for e in play_policy(policy, [7, 3], num_rooms=5)] == ["7", "3"]
    assert policy.shown[0] == 2


def test_the_first_question_is_forced_and_costs_nothing(play_policy):
    [episode] = play_policy("baseline", [2])
    first = episode.steps[0].consultation
    assert first is not None
    assert first.is_forced
    assert first.cost == 0
    assert episode.steps[0].policy.decision == 0


def test_a_chosen_question_that_changes_nothing_costs_lambda(play_policy):
    """Always asking with seed 0: every question whose plan is the current one costs 0.01."""
    [episode] = play_policy("always", [0], ask_lambda=0.01)
    plans = [asked.plan for asked in episode.consultations]
    changes = sum(plan != before for plan, before in zip(plans, [None, *plans], strict=False))
    assert not any(asked.is_forced for asked in episode.consultations)
    assert episode.reward - episode.total_return == pytest.approx(0.01 * (len(plans) - changes))


def test_with_a_critic_a_rollout_holds_features_and_last_values(make_rooms, make_method):
    """Layout 0 is done in time under `always`; with a baseline that never gets there it is not."""
    rooms = make_rooms(num_rooms=2)
    specs = [EpisodeSpec(env_seed, np.zeros((2, 100))) for env_seed in (0, 5)]
    rollout = collect(
        rooms, specs, ASK_POLICIES["baseline"](), make_method(rooms), critic=Constant()
    )
    assert rollout.features.shape == (rollout.lengths.sum(), *rooms.features_shape)
    assert len(rollout.options) == len(rollout.decisions) == len(rollout.features)
    first_steps = np.cumsum(rollout.lengths) - rollout.lengths
    assert not rollout.features[first_steps].any()  # nothing has changed yet
    assert rollout.features[first_steps + 1].any(axis=(1, 2, 3)).all()
    cut_off = ~rollout.terminated
    assert rollout.last_values.tolist() == [0.5 if cut else 0.0 for cut in cut_off]


def test_without_a_critic_a_rollout_holds_no_features(make_rooms, make_method):
    rooms = make_rooms()
    rollout = evaluate_policy(rooms, ASK_POLICIES["oracle"](), make_method(rooms), 0, range(2))
    assert rollout.features.ndim == 1


@pytest.mark.parametrize("policy", ASK_POLICIES)
@pytest.mark.parametrize("task", BATCHED_TASKS)
def test_a_rollout_s_means_are_those_of_its_episodes(task, policy, make_rooms, make_method):
    rooms = make_rooms(task, 4, engine="batched")
    method = make_method(rooms, ask_lambda=0.03)
    rollout = evaluate_policy(rooms, ASK_POLICIES[policy](), method, 0, range(9))
    summary = summarize(rollout.episodes(rooms.task, method.answers))
    assert rollout.means() == pytest.approx({name: one.mean for name, one in summary.items()})


def test_training_seeds_are_never_evaluation_seeds_and_depend_on_seed_and_number_alone():
    env_seeds = [training_env_seed(seed, n) for seed in range(20) for n in range(500)]
    assert not set(env_seeds) & set(EVALUATION_SEEDS)
    assert min(env_seeds) >= EVALUATION_SEEDS.stop
    assert len(set(env_seeds)) > 9_990
    specs = list(training_specs(3, 10, 2, max_steps=7))
    assert [spec.env_seed for spec in specs] == [
        training_env_seed(3, 10),
        training_env_seed(3, 11),
    ]
    [again] = training_specs(3, 11, 1, max_steps=7)
    assert again.uniforms.tolist() == specs[1].uniforms.tolist()
    assert again.uniforms.shape == (2, 7)
    assert again.uniforms[0].tolist() != again.uniforms[1].tolist()
    assert specs[0].uniforms.tolist() != specs[1].uniforms.tolist()


ONE = np.zeros(1, dtype=np.int64)


@pytest.mark.parametrize("engine", ["readable", "batched"])
def test_a_skill_starts_only_when_the_choice_changes(make_rooms, engine):
    rooms = make_rooms(engine=engine)
    method = SkillController(rooms.plan_ids)

    def choose(choice):
        turn = method.act(rooms.observe(ONE), np.array([choice]))
        assert not turn.asked.any()
        assert turn.costs.tolist() == [0.0]
        rooms.step(ONE, turn.plans)
        return turn.plans[0]

    rooms.reset(ONE, np.array([0]))
    assert rooms.plan_ids[choose(0)] == CHOICES[0]
    assert choose(0) == NO_PLAN
    assert rooms.observe(ONE).steps_in_option.tolist() == [2]
    assert rooms.plan_ids[choose(4)] == CHOICES[4]
    at = rooms.observe(ONE)
    assert at.are_finished.tolist() == [True]  # to toggle takes one action
    assert method.lookahead(at).tolist() == at.plans.tolist()
    assert rooms.plan_ids[choose(4)] == CHOICES[4]  # a finished skill is started again


@pytest.mark.parametrize("engine", ["readable", "batched"])
def test_going_to_a_place_never_seen_does_nothing(make_rooms, engine):
    rooms = make_rooms(engine=engine)
    rooms.reset(ONE, np.array([0]))
    turn = SkillController(rooms.plan_ids).act(rooms.observe(ONE), np.array([2]))
    assert rooms.step(ONE, turn.plans).actions.tolist() == [6]
    assert rooms.observe(ONE).are_finished.tolist() == [True]
