"""Rooms of the batched engine equal those of MiniGrid, object by object."""

import hashlib
import json
from pathlib import Path

import gymnasium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.constants import COLOR_TO_IDX

import envs  # noqa: F401 registers the tasks
from core.task import TASKS
from envs.batched.engine import BatchedRooms
from envs.batched.layouts import LAYOUTS
from tests.tasks import BATCHED_TASKS

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "layouts.jsonl"
ONE = np.zeros(1, dtype=np.int64)


def room_of(task, seed):
    batch = BatchedRooms(task, 1, frontier=False)
    batch.reset(ONE, np.array([seed]))
    return batch.rooms[0]


def test_every_layout_is_a_task_s_and_has_its_own_number():
    assert set(LAYOUTS) <= set(TASKS)
    assert len(set(LAYOUTS.values())) == len(LAYOUTS)


def test_first_observations_equal_those_of_the_authors_code():
    for row in map(json.loads, GOLDEN.read_text().splitlines()):
        image = room_of(row["task"], row["seed"])["image"]
        sha1 = hashlib.sha1(image.tobytes(), usedforsecurity=False).hexdigest()
        assert sha1 == row["first_observation_sha1"], (row["task"], row["seed"])


@pytest.mark.parametrize("task", BATCHED_TASKS)
@given(seed=st.integers(0, 2**31 - 1))
def test_every_cell_equals_minigrid_s(task, seed):
    env = gymnasium.make(TASKS[task].env_id, disable_env_checker=True).unwrapped
    env.reset(seed=seed)
    room = room_of(task, seed)
    truth = np.array([cell.encode() if cell else (1, 0, 0) for cell in env.grid.grid])
    truth = truth.reshape(env.height, env.width, 3).swapaxes(0, 1)
    assert (room["grid"] == truth).all()
    assert (room["x"], room["y"], room["direction"]) == (*env.agent_pos, env.agent_dir)
    for x in range(env.width):
        for y in range(env.height):
            inside = getattr(env.grid.get(x, y), "contains", None)
            code = 0 if inside is None else 1 + COLOR_TO_IDX[inside.color]
            assert room["box_contents"][x, y] == code or room["grid"][x, y, 0] != 7
    # skills continue to draw from the same generator
    low = int(room["rng"][1])
    assert env.np_random.bit_generator.state["state"]["state"] % 2**64 == low
