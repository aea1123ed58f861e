"""The vector environment equals `SyncVectorEnv` over the MiniGrid rooms."""

import gymnasium
import numpy as np
import pytest
from gymnasium.vector import SyncVectorEnv

import envs  # noqa: F401 registers the tasks
from core.task import TASKS
from envs.batched.engine import PARALLEL_FROM
from tests.tasks import BATCHED_TASKS


def make(env_id, num_envs, **kwargs):
    return gymnasium.make_vec(env_id, num_envs, vectorization_mode="vector_entry_point", **kwargs)


def reference(env_id, num_envs, **kwargs):
    rooms = [lambda: gymnasium.make(env_id, disable_env_checker=True, **kwargs)] * num_envs
    return SyncVectorEnv(rooms)


def assert_same(one, other):
    assert (one["image"] == other["image"]).all()
    assert one["image"].dtype == other["image"].dtype
    assert tuple(one["mission"]) == tuple(other["mission"])


@pytest.mark.parametrize(
    "kwargs",
    [{}, {"agent_view_size": 5, "max_room_size": 16}, {"agent_view_size": 7, "min_room_size": 7}],
)
@pytest.mark.parametrize("task", BATCHED_TASKS)
def test_it_equals_sync_vector_env_step_by_step(task, kwargs):
    """Random actions in short episodes, so that rooms are reset without a new seed."""
    env_id, kwargs = TASKS[task].env_id, {**kwargs, "max_steps": 40}
    ours, theirs = make(env_id, 4, **kwargs), reference(env_id, 4, **kwargs)
    rng = np.random.default_rng(0)
    assert_same(ours.reset(seed=7)[0], theirs.reset(seed=7)[0])
    for step in range(130):
        # mostly forward, so that the agent reaches objects
        actions = rng.choice(7, 4, p=[0.15, 0.15, 0.4, 0.1, 0.05, 0.1, 0.05])
        one, other = ours.step(actions), theirs.step(actions)
        assert_same(one[0], other[0])
        for ours_column, theirs_column in zip(one[1:4], other[1:4], strict=True):
            assert ours_column.tolist() == theirs_column.tolist(), step
    assert_same(ours.reset()[0], theirs.reset()[0])
    theirs.close()


def test_its_spaces_equal_those_of_sync_vector_env():
    env_id = TASKS["KeyInBox"].env_id
    ours, theirs = make(env_id, 3), reference(env_id, 3)
    assert ours.num_envs == 3
    assert ours.single_action_space == theirs.single_action_space
    assert ours.action_space == theirs.action_space
    image = ours.observation_space["image"]
    assert image == theirs.observation_space["image"]
    assert image.contains(ours.reset(seed=0)[0]["image"])
    assert ours.metadata["autoreset_mode"] == theirs.metadata["autoreset_mode"]
    theirs.close()


def test_seeds_may_be_a_list_and_rooms_differ_without_a_seed():
    env_id = TASKS["SimpleDoorKey"].env_id
    rooms = make(env_id, 2)
    first = rooms.reset(seed=[5, 9])[0]["image"].copy()
    assert (rooms.reset(seed=[9, 5])[0]["image"][::-1] == first).all()
    drawn = [make(env_id, 8).reset()[0]["image"] for _ in range(2)]
    assert (drawn[0] != drawn[1]).any()


def test_many_rooms_on_all_cores_equal_a_few_on_one():
    env_id = TASKS["RandomBoxKey"].env_id
    many, few = make(env_id, PARALLEL_FROM), make(env_id, 3)
    many.reset(seed=0), few.reset(seed=0)
    rng = np.random.default_rng(1)
    for _ in range(120):
        actions = rng.integers(0, 6, PARALLEL_FROM)
        one, other = many.step(actions), few.step(actions[:3])
        assert (one[0]["image"][:3] == other[0]["image"]).all()
        assert one[1][:3].tolist() == other[1].tolist()
