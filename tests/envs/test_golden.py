"""Layouts and observations equal those recorded from the authors' code (tests/golden)."""

import hashlib
import json
from pathlib import Path

import gymnasium
import numpy as np
import pytest

import envs  # noqa: F401 registers the tasks
from core.task import TASKS
from tests.reference import PUBLISHED

GOLDEN = Path(__file__).resolve().parent.parent / "golden"


def rows_of(name):
    return [json.loads(line) for line in (GOLDEN / name).read_text().splitlines()]


def label(row):
    return f"{row['task']}-{row['seed']}"


def sha1(observation):
    return hashlib.sha1(observation["image"].tobytes(), usedforsecurity=False).hexdigest()


def boxes_of(env):
    """[x, y, [kind, colour] of the content or None] of each box, x-major."""
    boxes = []
    for x in range(env.width):
        for y in range(env.height):
            cell = env.grid.get(x, y)
            if cell is not None and cell.type == "box":
                inside = cell.contains
                boxes.append([x, y, None if inside is None else [inside.type, inside.color]])
    return boxes


LAYOUTS, ROLLOUTS = rows_of("layouts.jsonl"), rows_of("rollouts.jsonl")


def test_the_golden_files_are_complete():
    """A truncated file would let the other tests pass with fewer rows."""
    assert [(row["task"], row["seed"]) for row in LAYOUTS] == [
        (name, seed) for name in PUBLISHED for seed in range(20)
    ]
    assert [(row["task"], row["seed"]) for row in ROLLOUTS] == [
        (name, seed) for name in PUBLISHED for seed in range(5)
    ]
    assert all(len(row["observation_sha1_12"]) == 61 for row in ROLLOUTS)  # 60 steps and a reset


@pytest.mark.parametrize("golden", LAYOUTS, ids=label)
def test_a_seed_gives_the_layout_of_the_authors_code(golden):
    assert golden["env_id"] == TASKS[golden["task"]].env_id
    env = gymnasium.make(golden["env_id"]).unwrapped
    observation, _ = env.reset(seed=golden["seed"])
    assert [*map(int, env.agent_pos)] == golden["agent_pos"]
    assert env.agent_dir == golden["agent_dir"]
    planes = [golden[name] for name in ("object_idx", "color_idx", "state_idx")]
    assert np.array_equal(env.grid.encode(), np.stack(planes, axis=2))
    assert boxes_of(env) == golden["boxes"]
    assert sha1(observation) == golden["first_observation_sha1"]


@pytest.mark.parametrize("golden", ROLLOUTS, ids=label)
def test_the_same_actions_give_the_observations_of_the_authors_code(golden):
    env = gymnasium.make(TASKS[golden["task"]].env_id).unwrapped
    observation, _ = env.reset(seed=golden["seed"])
    hashes, rewards, terminated = [sha1(observation)[:12]], [], False
    for action in golden["actions"]:
        observation, reward, terminated, _, _ = env.step(action)
        hashes.append(sha1(observation)[:12])
        rewards.append(reward)
    assert hashes == golden["observation_sha1_12"]
    assert rewards == golden["rewards"]
    assert terminated == golden["terminated"]
