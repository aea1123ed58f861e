"""Rooms, planners and settings for tests of methods and loops."""

import pytest

from agents.room import Room
from agents.when2ask import make_asking
from core.settings import TrainSettings
from core.task import find_task
from planner.build import build_planner


@pytest.fixture
def make_room():
    """Builds a room of a task."""

    def make(task="SimpleDoorKey", skills="paper", features="difference"):
        return Room(find_task(task), skills, features)

    return make


@pytest.fixture
def make_method():
    """Builds the asking method with the scripted planner."""

    def make(task="SimpleDoorKey", **changes):
        settings = TrainSettings(save_name="test", **changes)
        return make_asking(settings, find_task(task), build_planner(settings, find_task(task)))

    return make


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
