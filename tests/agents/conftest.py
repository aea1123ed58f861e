"""Rooms, planners and settings for tests of methods and loops."""

import pytest

from agents.engines import make_engine
from agents.evaluate import evaluate
from agents.when2ask import make_asking
from core.settings import TrainSettings
from mediator.ask import WAYS
from planner.build import build_planner


@pytest.fixture(scope="session")
def make_rooms():
    """Builds an engine; the readable one, unless told otherwise."""

    def make(task="SimpleDoorKey", num_rooms=1, *, features="difference", **changes):
        changes = {"engine": "readable", **changes}
        settings = TrainSettings(save_name="test", task=task, **changes)
        return make_engine(settings, features, num_rooms, is_worth_compiling=True)

    return make


@pytest.fixture(scope="session")
def make_method():
    """Builds the asking method with the scripted planner, for the rooms of an engine."""

    def make(rooms, **changes):
        settings = TrainSettings(save_name="test", task=rooms.task.name, **changes)
        return make_asking(settings, build_planner(settings, rooms.task), rooms)

    return make


@pytest.fixture
def play_way(make_rooms, make_method):
    """Plays a way of asking on some layouts; returns the episodes."""

    def run(way, layouts, *, task="SimpleDoorKey", num_rooms=1, seed=0, ask_lambda=0.01, **changes):
        rooms = make_rooms(task, num_rooms, **changes)
        method = make_method(rooms, ask_lambda=ask_lambda)
        policy = WAYS[way]() if isinstance(way, str) else way
        rollout = evaluate(rooms, policy, method, seed, layouts)
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
