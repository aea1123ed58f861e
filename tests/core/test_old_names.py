"""Runs that were saved under earlier names of settings can be evaluated and shown.

tests/golden/run_46d751b was trained by commit 46d751b (``table --quick``: SimpleDoorKey, seed 0) and evaluated
there by ``eval --decide argmax --test_num 5``.
"""

import json
import shutil
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.choices import FEATURE_SETS
from core.episode import Episode
from core.files import read_json, read_lines
from core.old_names import translate_settings
from core.settings import (
    EvalSettings,
    NetworkSettings,
    TrainSettings,
    from_json,
    to_json,
)
from main import main
from mediator.features import FEATURES
from reports.saved_run import load_run
from runner.training.checkpoint import Checkpoint, SavedModel

OLD_RUN = Path(__file__).parent.parent / "golden" / "run_46d751b"


@pytest.fixture
def logdir(tmp_path):
    shutil.copytree(OLD_RUN, tmp_path / "ppo" / "simpledoorkey" / "old")
    return tmp_path


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"policy": "vpg_logp"}, {"algo": "vpg_logp"}),
        ({"decide": "sample"}, {"greedy": False}),
        ({"decide": "argmax"}, {"greedy": True}),
        ({"layout": 3}, {"env_seed": 3}),
        ({"num_layouts": 200}, {"num_episodes": 200}),
        ({"ways": ["RL"]}, {"policies": ["RL"]}),
        ({"features": "news", "stop": []}, {"features": "counts", "stop": []}),
        ({"features": "frames"}, {"features": "frames"}),
        ({}, {}),
    ],
)
def test_old_names_and_values_are_translated(old, new):
    assert translate_settings(old) == new


@pytest.mark.parametrize("name", ["news", "scene", "hand", "map", "planes", "difference", "frames"])
def test_every_feature_set_of_old_has_a_name_now(name):
    assert translate_settings({"features": name})["features"] in FEATURES


@given(features=st.sampled_from(sorted(FEATURE_SETS)), algo=st.sampled_from(["ppo", "vpg_logp"]))
def test_names_of_today_stay_as_they_are(features, algo):
    saved = to_json(TrainSettings(save_name="x", features=features, algo=algo))
    assert translate_settings(saved) == saved


def test_a_configuration_saved_long_ago_is_read():
    saved = read_json(OLD_RUN / "config.json")["settings"]
    settings = from_json(TrainSettings, saved)
    assert (settings.features, settings.algo, settings.n_itr) == ("counts", "ppo", 60)


def test_a_model_saved_long_ago_is_read():
    model = SavedModel.load(OLD_RUN / "acmodel.pt", "cpu")
    assert from_json(NetworkSettings, model.settings).features == "counts"
    assert sum(parameter.numel() for parameter in model.network("cpu").parameters()) > 0


def test_a_checkpoint_saved_long_ago_is_read(tmp_path):
    settings = read_json(OLD_RUN / "config.json")["settings"]
    saved = Checkpoint("when2ask", settings, {}, {}, {}, torch.Generator().get_state(), [])
    saved.save(tmp_path / "checkpoint.pt")
    read = Checkpoint.load(tmp_path / "checkpoint.pt")
    assert read.settings == to_json(from_json(TrainSettings, settings))


def test_a_run_trained_long_ago_plays_as_it_did(logdir, capsys):
    """The same questions and steps, episode by episode."""
    flags = "--save_name old --greedy --test_num 5 --engine readable --logdir"
    assert main(["eval", *flags.split(), str(logdir)]) == 0
    evaluation = logdir / "ppo" / "simpledoorkey" / "old" / "eval"
    then = [Episode.from_json(row) for row in read_lines(OLD_RUN / "eval" / "episodes.jsonl")]
    now = [Episode.from_json(row) for row in read_lines(evaluation / "episodes.jsonl")]
    assert len(now) == len(then) == 5
    for before, after in zip(then, now, strict=True):
        assert [step.action for step in before.steps] == [step.action for step in after.steps]
        assert before.consultations == after.consultations
        assert before.success == after.success
    capsys.readouterr()


def test_a_run_evaluated_long_ago_is_shown_under_the_names_of_today(logdir, tmp_path, capsys):
    path = logdir / "ppo" / "simpledoorkey" / "old"
    run = load_run(path, "old")
    assert run.settings["features"] == "counts"
    assert run.settings["greedy"] is True
    assert "policy" not in run.settings
    assert len(run.episodes) == 5
    page = tmp_path / "page.html"
    assert main(["report", str(path), "--out", str(page)]) == 0
    assert "counts" in page.read_text()
    capsys.readouterr()


def test_saved_settings_of_today_need_no_translation(tmp_path):
    settings = EvalSettings(save_name="x", greedy=True)
    assert from_json(EvalSettings, json.loads(json.dumps(to_json(settings)))) == settings
