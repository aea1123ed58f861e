"""Whole training runs for tests, and what they leave."""

import torch

from agents import when2ask
from core.run import MODEL, RunDirectory
from runner.build import World
from runner.checkpoint import SavedModel
from runner.train import Trainer


def train(settings, planner=None):
    """Run one training, with a planner of one's own if need be; returns the learner and the directory."""

    def make(settings, engines):
        if planner is None:
            return when2ask.make(settings, engines)
        return [
            World(one, when2ask.make_when2ask(settings, planner, one), planner) for one in engines
        ]

    learner = Trainer(settings, when2ask.NAME, when2ask.NUM_ACTIONS, make)
    with RunDirectory.of(settings) as directory:
        learner.run(directory)
    return learner, directory


def weights_of(directory):
    return SavedModel.load(directory.file(MODEL), "cpu").weights


def assert_same_weights(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name
