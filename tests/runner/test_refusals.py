"""A run that is refused is refused before an engine is compiled or a planner is built."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from agents import when2ask
from core.errors import RunDirectoryError, SettingsError
from core.run import CHECKPOINT, RunDirectory
from core.settings import EvalSettings, TextSettings, to_json
from runner.refuse import refuse_other_settings
from runner.training import train as training

ROOT = Path(__file__).resolve().parents[2]


class MustNotBuild(Exception):
    """The engine was made, and the planner was about to be."""


def build(settings, engines):
    raise MustNotBuild


METHOD = replace(when2ask.METHOD, build=build)


@pytest.fixture
def trained(tiny):
    """Settings of a run that was trained."""
    settings = tiny(n_itr=1, eval_every=0)
    when2ask.train(settings)
    return settings


def test_a_run_that_is_not_refused_is_built(tiny):
    with pytest.raises(MustNotBuild):
        training.train(METHOD, tiny())


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({}, "holds a run already"),
        ({"resume": True, "gamma": 0.5}, "with --gamma 0.99"),
        ({"resume": True, "save_name": "other"}, "does not exist"),
        ({"run_seed_list": (7,), "resume": True}, None),
    ],
)
def test_refused_before_anything_is_built(trained, changes, complaint):
    expected = MustNotBuild if complaint is None else RunDirectoryError
    with pytest.raises(expected, match=complaint):
        training.train(METHOD, replace(trained, **changes))


def test_a_setting_that_was_added_since_had_its_default(tmp_path):
    directory = RunDirectory(tmp_path, "act", "webshop", "r")
    settings = TextSettings(save_name="r")
    saved = {name: value for name, value in to_json(settings).items() if name != "webshop_data"}
    refuse_other_settings(directory, saved, settings, ())
    with pytest.raises(RunDirectoryError, match="resume it without --webshop_data"):
        refuse_other_settings(directory, saved, replace(settings, webshop_data="d"), ())


def test_a_directory_in_use_is_refused_before_anything_is_built(tiny):
    settings = tiny()
    with (
        RunDirectory.of(settings),
        pytest.raises(RunDirectoryError, match="in use"),
    ):
        training.train(METHOD, settings)


def test_of_several_seeds_none_is_trained_if_one_is_refused(tiny):
    settings = tiny(n_itr=1, eval_every=0)
    when2ask.train(replace(settings, run_seed_list=(2,)))
    with pytest.raises(RunDirectoryError, match="run_seed2 holds a run already"):
        when2ask.train(replace(settings, run_seed_list=(1, 2)))
    assert not RunDirectory.of(replace(settings, save_name="run_seed1")).holds_training


def test_an_old_run_is_replaced_only_once_the_new_one_can_be_built(trained):
    directory = RunDirectory.of(trained)
    before = directory.file(CHECKPOINT).read_bytes()
    with pytest.raises(MustNotBuild):
        training.train(METHOD, replace(trained, overwrite=True))
    assert directory.file(CHECKPOINT).read_bytes() == before


def test_a_cost_rule_that_cannot_keep_a_budget_is_refused(tiny):
    settings = tiny(ask_budget=2.0, ask_cost="code")
    with pytest.raises(SettingsError, match="--ask_cost each"):
        training.train(METHOD, settings, {"ask_cost"})


def test_of_several_trained_runs_all_must_be_there(trained):
    settings = EvalSettings(save_name="run", logdir=trained.logdir, run_seed_list=(1, 2))
    when2ask.train(replace(trained, run_seed_list=(1,)))
    with pytest.raises(RunDirectoryError, match=r"no model in .*run_seed2"):
        when2ask.evaluate_trained(settings)
    assert not RunDirectory.of(replace(settings, save_name="run_seed1")).file("eval").exists()


LOADED = """
import sys
import main
status = main.main(sys.argv[1:])
print(status, *sorted({"numba", "torch"} & set(sys.modules)))
"""


def loaded(*command):
    """The status of a command in a process of its own, and which slow libraries it imported."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.slow
def test_a_refused_training_has_not_loaded_the_compiler(trained):
    """numba is imported only to make the batched engine."""
    command = ("train", "--save_name", "run", "--logdir", trained.logdir, "--engine", "batched")
    assert loaded(*command) == ["2", "torch"]


@pytest.mark.parametrize("verb", ["eval", "eval_RL"])
def test_an_evaluation_of_no_run_has_not_loaded_torch(tmp_path, verb):
    assert loaded(verb, "--save_name", "missing", "--logdir", str(tmp_path)) == ["2"]
