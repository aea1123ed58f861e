"""Whole training runs for tests, and what they leave."""

from dataclasses import replace

import torch

from agents.when2ask import METHOD, make_controller
from core.run import MODEL, RunDirectory
from runner.rooms.build import World
from runner.training.checkpoint import SavedModel
from runner.training.resume import load_if_resumed
from runner.training.trainer import Trainer


def with_planner(planner):
    """The asking method, with a planner of one's own."""

    def build(settings, engines):
        return [World(one, make_controller(settings, planner, one), planner) for one in engines]

    return replace(METHOD, build=build)


def timeless(rows):
    """Rows of metrics without those of time."""
    return [{k: v for k, v in row.items() if not k.startswith("time/")} for row in rows]


def train(settings, planner=None):
    """Run one training, with a planner of one's own if need be; returns the trainer and the directory."""
    method = METHOD if planner is None else with_planner(planner)
    with RunDirectory.of(settings) as directory:
        checkpoint = load_if_resumed(directory, settings, method)
        trainer = Trainer(settings, method)
        trainer.run(directory, checkpoint)
    return trainer, directory


def weights_of(directory):
    return SavedModel.load(directory.file(MODEL), "cpu").weights


def assert_same_weights(one, other):
    assert one.keys() == other.keys()
    for name in one:
        assert torch.equal(one[name], other[name]), name
