"""What all tests share: how many examples hypothesis tries, one torch thread, drawn images, rooms."""

import gc
import os
import re

import numpy as np
import pytest
import torch
from hypothesis import settings
from minigrid.core.constants import COLOR_TO_IDX, OBJECT_TO_IDX, STATE_TO_IDX

from agents.when2ask import make_controller
from core.settings import TrainSettings
from mediator.policies import ASK_POLICIES
from planner.build import build_planner
from runner.rooms.build import make_engine
from runner.rooms.player import evaluate_policy
from tests.planner.fake_server import Server

settings.register_profile("dev", max_examples=25, deadline=None)
settings.register_profile("ci", max_examples=100, deadline=None, derandomize=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

torch.set_num_threads(1)

MARKS_OF_A_FILE = re.compile(r"^pytestmark = \[?\s*pytest\.mark\.(slow|llm)\b", re.MULTILINE)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported lives to the end: the garbage collector need not look at it, neither now nor in the tests."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_ignore_collect(collection_path, config):
    """Leave out the files in which no test is wanted, by their ``pytestmark``: many import transformers, or trl."""
    if collection_path.suffix != ".py":
        return None
    marks = MARKS_OF_A_FILE.findall(collection_path.read_text("utf-8"))
    return any(f"not {mark}" in config.option.markexpr for mark in marks) or None


@pytest.fixture(scope="session")
def make_image():
    """Draws an observation by words: ``make_image({(2, 1): "red key", (3, 1): "open red door"})``.

    The agent faces `direction` from `agent`, on a cell that shows what it carries; cells that are
    not named were never seen.
    """

    def code(words):
        *adjectives, kind = words.split()
        color = next((COLOR_TO_IDX[word] for word in adjectives if word in COLOR_TO_IDX), 0)
        state = next((STATE_TO_IDX[word] for word in adjectives if word in STATE_TO_IDX), 0)
        return OBJECT_TO_IDX[kind], color, state

    def make(cells, agent=(0, 0), direction=0, carried="empty", shape=(4, 4)):
        image = np.zeros((*shape, 4), dtype=np.uint8)
        image[:, :, 3] = 4
        for (x, y), words in {**cells, agent: carried}.items():
            image[x, y, :3] = code(words)
        image[(*agent, 3)] = direction
        return image

    return make


@pytest.fixture(scope="session")
def make_rooms():
    """Builds an engine, by default the reference engine."""

    def make(task="SimpleDoorKey", num_rooms=1, *, features="delta_codes", **changes):
        changes = {"engine": "readable", **changes}
        settings = TrainSettings(save_name="test", task=task, **changes)
        return make_engine(settings, features, num_rooms, is_worth_compiling=True)

    return make


@pytest.fixture(scope="session")
def make_method():
    """Builds the asking method with the scripted planner, for the rooms of an engine."""

    def make(rooms, **changes):
        settings = TrainSettings(save_name="test", task=rooms.task.name, **changes)
        return make_controller(settings, build_planner(settings, rooms.task), rooms)

    return make


@pytest.fixture
def play_policy(make_rooms, make_method):
    """Plays an asking policy on some layouts; returns the episodes."""

    def run(
        policy, layouts, *, task="SimpleDoorKey", num_rooms=1, seed=0, ask_lambda=0.01, **changes
    ):
        rooms = make_rooms(task, num_rooms, **changes)
        method = make_method(rooms, ask_lambda=ask_lambda)
        policy = ASK_POLICIES[policy]() if isinstance(policy, str) else policy
        rollout = evaluate_policy(rooms, policy, method, seed, layouts)
        return rollout.episodes(rooms.task, method.answers)

    return run


@pytest.fixture
def tiny(tmp_path):
    """Settings of a training run of a few seconds, with changes."""

    def make(**changes):
        small = {
            "save_name": "run",
            "logdir": str(tmp_path),
            "n_itr": 3,
            "traj_per_itr": 4,
            "num_envs": 2,
            "batch_size": 64,
            "epochs": 1,
            "eval_every": 2,
            "test_num": 3,
        }
        return TrainSettings(**{**small, **changes})

    return make


@pytest.fixture
def server():
    """A fake OpenAI-style server on loopback."""
    server = Server()
    yield server
    server.stop()
