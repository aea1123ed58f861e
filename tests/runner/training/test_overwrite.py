"""--overwrite: the old run stays until the new one has something to keep."""

import json
from contextlib import suppress
from dataclasses import replace

import pytest

from agents import when2ask
from core.errors import ModelError, RunDirectoryError
from core.files import read_json, read_lines
from core.run import CHECKPOINT, CONFIG, METRICS, MODEL, RunDirectory
from main import run_verb
from tests.runner.training.helpers import assert_same_weights, train, weights_of

NOWHERE = "http://127.0.0.1:9/v1/chat/completions"


def contents(directory):
    """The files of a run and their bytes."""
    files = (path for path in directory.path.rglob("*") if path.is_file())
    relative = {path.relative_to(directory.path).as_posix(): path.read_bytes() for path in files}
    return {name: content for name, content in relative.items() if not name.startswith(".")}


@pytest.fixture
def small(tiny):
    """Settings of a run that takes no time to build."""
    return lambda **changes: tiny(**{"n_itr": 2, "eval_every": 0, "engine": "readable", **changes})


@pytest.fixture
def trained(small):
    """Settings of a run that was trained and evaluated, and its directory."""
    settings = small()
    _, directory = train(settings)
    (directory.path / "eval").mkdir()
    (directory.path / "eval" / "summary.json").write_text("{}")
    return settings, directory


@pytest.mark.parametrize("kind", ["empty record", "record of another task", "dead server"])
def test_a_run_that_cannot_begin_leaves_the_old_one(trained, kind, tmp_path, server):
    settings, directory = trained
    before = contents(directory)
    record = tmp_path / "record.jsonl"
    record.write_text("")
    changes = {"planner": "replay", "record_file": str(record)}
    if kind == "record of another task":
        train(replace(settings, save_name="x", task="KeyInBox", record_file=str(record)))
    if kind == "dead server":
        server.script = [(403, {}, b"no")]
        changes = {"planner": "fastchat", "llm_url": server.url, "llm_model": "m"}
    with pytest.raises(ModelError, match="the old run is as it was: fix the planner"):
        when2ask.train(replace(settings, overwrite=True, **changes))
    assert contents(directory) == before
    when2ask.train(replace(settings, resume=True))  # the old one is finished
    assert contents(directory) == before


def test_a_new_run_replaces_everything_of_the_old_one(trained, small):
    settings, _ = trained
    _, new = train(replace(settings, overwrite=True, seed=1))
    _, alone = train(small(save_name="alone", seed=1))
    assert_same_weights(weights_of(new), weights_of(alone))
    assert contents(new).keys() >= {CONFIG, MODEL, CHECKPOINT, METRICS}
    assert not (new.path / "eval").exists()
    assert not (new.path / ".draft").exists()
    assert read_json(new.file(CONFIG))["settings"]["seed"] == 1
    rows = [read_lines(run.file(METRICS)) for run in (new, alone)]
    assert [row["env_steps"] for row in rows[0]] == [row["env_steps"] for row in rows[1]]
    assert sum("tfevents" in name for name in contents(new)) == 1


def test_a_new_run_that_was_interrupted_at_once_is_resumed_and_replaces_the_old_one(
    trained, server, tmp_path
):
    """The first question is refused; with --resume the server answers it."""
    settings, directory = trained
    server.script = [(403, {}, b"no")]
    other = replace(settings, planner="fastchat", llm_url=server.url, llm_model="m", overwrite=True)
    with pytest.raises(ModelError):
        when2ask.train(other)
    assert (directory.path / ".draft" / CHECKPOINT).exists()
    server.script = [{"choices": [{"message": {"content": "{explore}"}}]}]
    when2ask.train(replace(other, overwrite=False, resume=True))
    assert read_json(directory.file(CONFIG))["settings"]["planner"] == "fastchat"
    assert len(read_lines(directory.file(METRICS))) == 2
    assert not (directory.path / ".draft").exists()


def test_a_training_does_not_remove_an_evaluation_before_it_has_a_checkpoint(small, tmp_path):
    """An asking policy was evaluated under the same name."""
    settings = small()
    directory = RunDirectory.of(settings)
    flags = {"save_name": "run", "logdir": settings.logdir, "test_num": 2, "engine": "readable"}
    run_verb("baseline", **flags)
    before = contents(directory)
    (tmp_path / "empty").write_text("")
    with pytest.raises(ModelError):
        train(replace(settings, planner="replay", record_file=str(tmp_path / "empty")))
    assert contents(directory) == before
    train(settings)
    assert "eval/summary.json" not in contents(directory)


def text_run(tmp_path, **changes):
    flags = {"save_name": "t", "logdir": str(tmp_path), "test_num": 2, **changes}
    return run_verb("act", **flags)


def test_a_text_run_that_cannot_begin_leaves_the_old_one(tmp_path):
    text_run(tmp_path)
    directory = RunDirectory(tmp_path, "act", "simpledoorkey", "t")
    before = contents(directory)
    (tmp_path / "empty").write_text("")
    replay = {"planner": "replay", "record_file": str(tmp_path / "empty")}
    with pytest.raises(ModelError):
        text_run(tmp_path, overwrite=True, **replay)
    assert contents(directory) == before
    text_run(tmp_path, resume=True)
    assert contents(directory).keys() == before.keys()


def test_the_first_episode_of_a_text_run_replaces_the_old_run(tmp_path, server):
    """The server answers until the first episode has ended; no file of the old run is left then."""
    text_run(tmp_path, test_num=3)
    directory = RunDirectory(tmp_path, "act", "simpledoorkey", "t")
    said = {"choices": [{"message": {"content": "go north"}}]}
    server.script = [said, said, (403, {}, b"no")]
    served = {
        "planner": "fastchat",
        "llm_url": server.url,
        "llm_model": "m",
        "answer_store": "none",
    }
    with suppress(ModelError):
        text_run(tmp_path, overwrite=True, max_steps=2, num_envs=1, llm_in_flight=1, **served)
    config = json.loads(directory.file(CONFIG).read_text())
    assert config["settings"]["planner"] == "fastchat"
    [episode] = read_lines(directory.path / "eval" / "episodes.jsonl")
    assert [step["answer"] for step in episode["steps"]] == ["go north"] * 2
    assert not (directory.path / "eval" / "summary.json").exists()
    server.script = [said]
    text_run(tmp_path, resume=True, max_steps=2, num_envs=1, llm_in_flight=1, **served)
    assert len(read_lines(directory.path / "eval" / "episodes.jsonl")) == 2


def test_of_old_and_new_settings_those_that_match_are_resumed(trained, tmp_path):
    settings, _ = trained
    (tmp_path / "empty").write_text("")
    replay = {"planner": "replay", "record_file": str(tmp_path / "empty")}
    with pytest.raises(ModelError):
        train(replace(settings, overwrite=True, **replay))
    with pytest.raises(RunDirectoryError, match="with --seed 0"):
        train(replace(settings, resume=True, seed=1))
