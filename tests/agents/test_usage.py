"""The calls that episodes report are the requests that reached the server, for every policy."""

import pytest

from agents import when2ask
from core.chat import Usage
from core.settings import EvalSettings, TrainSettings
from mediator.network_policy import NetworkPolicy
from mediator.policies import ASK_POLICIES
from runner.rooms.build import make_engine
from runner.rooms.player import RoomPlayer
from tests.planner.fake_server import completion
from tests.planner.helpers import scripted
from tests.runner.training.helpers import train

CONDITIONS = {
    "plain": {},
    "noise": {"planner_noise": 0.5},
    "several answers": {"answers_per_question": 3, "temperature": 0.7},
    "noise and several answers": {
        "planner_noise": 0.3,
        "answers_per_question": 2,
        "temperature": 0.7,
    },
    "no cache": {"answer_store": "none"},
}
CASES = [str(env_seed) for env_seed in range(5)]


def as_scripted(body):
    if body.get("seed", 0) % 3 == 1:
        return completion("{explore}", prompt_tokens=100, completion_tokens=10)
    return scripted(body)


def first_nonsense(body):
    """The first answer to each question is no plan, so each question takes two calls."""
    said = body["messages"][-2]["content"]
    return as_scripted(body) if said == "{fly}" else completion("{fly}", prompt_tokens=100)


@pytest.fixture
def evaluate_served(tmp_path, server):
    """Plays a policy with the fake server as the planner; returns the episodes of each task."""

    def run(policy, features="delta_codes", task="ColoredDoorKey", **changes):
        settings = EvalSettings(
            save_name="test", task=task, planner="fastchat", llm_url=server.url, llm_model="m",
            logdir=str(tmp_path / "log"), num_envs=5, engine="readable", **changes,
        )  # fmt: skip
        engine = make_engine(settings, features, settings.num_envs, is_worth_compiling=False)
        worlds = when2ask.build(settings, [engine])
        return list(RoomPlayer("test", worlds, policy, settings.seed).play(CASES))

    return run


@pytest.fixture(scope="session")
def learned(tmp_path_factory):
    """A policy that was trained for two iterations."""
    settings = TrainSettings(
        save_name="run", logdir=str(tmp_path_factory.mktemp("log")), task="ColoredDoorKey",
        features="delta_codes", n_itr=2, traj_per_itr=4, num_envs=2, eval_every=0, engine="readable",
        batch_size=64,  # small batches leave torch one thread: tests run beside each other
    )  # fmt: skip
    trainer, _ = train(settings)
    return NetworkPolicy(trainer.network, "cpu")


@pytest.fixture
def policy_of(learned):
    """An asking policy by name."""
    return lambda name: learned if name == "learned" else ASK_POLICIES[name]()


def usage_of(episodes):
    return sum((step.usage for episode in episodes for step in episode.steps), Usage())


SCRIPTED = [(name, as_scripted) for name in CONDITIONS]
FORMAT_ERRORS = [(name, first_nonsense) for name in ("plain", "noise and several answers")]


def quick_or_slow(policy, condition, script):
    """The oracle, whose lookaheads are calls, in every condition; one case of the trained policy."""
    is_quick = policy == "oracle" or (policy, condition, script) == (
        "learned",
        "plain",
        as_scripted,
    )
    return pytest.param(
        policy, condition, script, marks=() if is_quick else pytest.mark.slow,
        id=f"{policy}-{condition}{'' if script is as_scripted else '-format errors'}",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("policy", "condition", "script"),
    [
        quick_or_slow(policy, *case)
        for policy in (*ASK_POLICIES, "learned")
        for case in SCRIPTED + FORMAT_ERRORS
    ],
)
def test_llm_calls_are_the_requests_at_the_server(
    server, evaluate_served, policy_of, policy, condition, script
):
    server.script = [script]
    usage = usage_of(evaluate_served(policy_of(policy), **CONDITIONS[condition]))
    assert usage.llm_calls == len(server.asked) > 0
    assert usage.prompt_tokens == 100 * len(server.asked)


def test_lookaheads_are_usage_of_the_step_but_not_asks(server, evaluate_served, policy_of):
    """It asks about every situation it meets, and puts few of these questions."""
    server.script = [as_scripted]
    episodes = evaluate_served(policy_of("oracle"))
    ahead = [
        step
        for episode in episodes
        for step in episode.steps
        if step.consultation is None and step.usage.llm_calls
    ]
    assert ahead
    asked = sum(step.usage.llm_calls for episode in episodes for step in episode.steps)
    assert asked == len(server.asked) > asked - sum(step.usage.llm_calls for step in ahead)


def test_answers_from_the_cache_are_no_calls(server, evaluate_served, policy_of):
    """The second evaluation meets the same situations."""
    server.script = [as_scripted]
    first, second = (usage_of(evaluate_served(policy_of("random"))) for _ in range(2))
    assert first.llm_calls == second.cache_hits == len(server.asked)
    assert second.llm_calls == first.cache_hits == 0
