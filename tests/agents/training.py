"""Whole training runs for tests, and what they leave."""

from functools import partial

import torch

from agents import when2ask
from agents.learn import Learner
from agents.storage import SavedModel
from core.run import MODEL, RunDirectory
from core.task import find_task
from planner.build import build_planner


def train(settings, planner=None):
    """Run one training; returns the learner and the directory."""
    task = find_task(settings.task)
    planner = planner or build_planner(settings, task)
    make_method = partial(when2ask.make_asking, settings, planner)
    learner = Learner(settings, when2ask.NAME, when2ask.NUM_ACTIONS, make_method, planner)
    with RunDirectory(settings) as directory:
        learner.run(directory)
    return learner, directory


def weights_of(directory):
    return SavedModel.load(directory.file(MODEL), "cpu").weights


def assert_same_weights(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name
