"""Whole runs with a model that is too small to learn much: their stages, their files, and how they are resumed."""

import shutil
from dataclasses import replace

import pytest

from core.errors import ModelMissing, RunDirectoryError, SettingsError
from core.files import read_json, read_lines
from main import run_verb
from tests.kills import contents
from tests.tuning.conversations import turns_of
from tuning.formats import read_pairs, read_trajectories, write_pairs

pytest.importorskip("transformers")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]
SMALL = {
    "task": "gripper", "agent": "act", "num_active": 3, "test_num": 2, "max_steps": 6, "max_tokens": 8,
}  # fmt: skip
FLAGS = {
    **SMALL, "save_name": "x", "model_path": "tiny:32x1", "train_num": 6, "dev_num": 2, "num_iterations": 2,
    "sft_epochs": 2, "dpo_batch_size": 2,
}  # fmt: skip
"""In six steps the expert moves a ball; the agent writes nothing that can be read, and is worse in every case."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A run that was left alone: what it returned, and its logdir."""
    logdir = tmp_path_factory.mktemp("finished")
    [run] = run_verb("eto", logdir=str(logdir), **FLAGS)
    return run, logdir


def test_all_stages_are_evaluated_and_kept(finished):
    """Six pairs in batches of two and two passes are six steps in each of the two rounds; each control has twelve."""
    run, _ = finished
    names = ["untuned", "expert", "SFT", "ETO 1", "ETO 2", "more_sft", "sft_failed", "rft"]
    assert [name for name in run.tests if name != "rft"] == [
        name for name in names if name != "rft"
    ]
    assert [one.num_steps for one in run.rounds] == [6, 6]
    assert [one.outcomes.lose for one in run.rounds] == [6, 6]
    assert len(read_trajectories(run.path / "sft.json")) == 6
    assert len(read_pairs(run.path / "iterations/2/pairs.json")) == 6
    for control in ("more_sft", "sft_failed"):
        assert read_json(run.path / f"controls/{control}/tuned.json")["num_steps"] == 12
    best = read_json(run.path / "best.json")
    assert best["best"] == run.best.name
    assert (run.path / "best/config.json").exists()
    assert (run.path / best["model"]).samefile(run.path / "best")


def test_no_test_case_is_trained_on(finished):
    run, _ = finished
    trained = {one.case for one in read_trajectories(run.path / "sft.json")}
    trained |= {one.case for each in run.rounds for one in each.explored}
    tested = {one.case for each in run.tests.values() for one in each.episodes}
    chosen = {one.case for one in run.sft.dev.episodes}
    assert len(trained) == 6
    assert trained.isdisjoint(tested)
    assert trained.isdisjoint(chosen)
    assert chosen.isdisjoint(tested)


def cut_episodes(path, number):
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:number]) + lines[number][:40])


def in_expert(path):
    """Killed while the expert was writing its third episode."""
    for name in ("sft", "base", "iterations", "controls", "best.json", "metrics.jsonl", "sft.json"):
        remove(path / name)
    cut_episodes(path / "expert/episodes.jsonl", 2)


def in_exploration(path):
    """Killed in the second group of the first exploration."""
    for name in ("iterations/2", "controls", "best.json", "metrics.jsonl"):
        remove(path / name)
    for left in (path / "iterations/1").iterdir():
        if left.name != "explore":
            remove(left)
    cut_episodes(path / "iterations/1/explore/episodes.jsonl", 4)


def in_training(path):
    """Killed in the training of the second round, before its first checkpoint."""
    for name in ("controls", "best.json", "iterations/2/dev", "iterations/2/test"):
        remove(path / name)
    stage = path / "iterations/2/dpo"
    for left in stage.iterdir():
        if left.name != "stage.json":
            remove(left)


def in_controls(path):
    """Killed between two controls."""
    remove(path / "controls/sft_failed")
    remove(path / "best.json")


def remove(path):
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@pytest.mark.parametrize("killed", [in_expert, in_exploration, in_training, in_controls])
def test_a_killed_run_ends_as_one_that_was_left_alone(finished, tmp_path, killed):
    run, logdir = finished
    shutil.copytree(logdir, tmp_path, symlinks=True, dirs_exist_ok=True)
    killed(tmp_path / run.path.relative_to(logdir))
    [resumed] = run_verb("eto", logdir=str(tmp_path), resume=True, **FLAGS)
    assert contents(tmp_path) == contents(logdir)
    assert resumed.best.name == run.best.name


def test_a_run_is_not_replaced_or_changed_by_accident(finished):
    _, logdir = finished
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        run_verb("eto", logdir=str(logdir), **FLAGS)
    with pytest.raises(RunDirectoryError, match="with --num_iterations 2"):
        run_verb("eto", logdir=str(logdir), resume=True, **{**FLAGS, "num_iterations": 3})


def test_the_stages_one_by_one(finished, tmp_path):
    """The model of eto's supervised training explores; its trajectories and the demonstrations become the same pairs."""
    run, _ = finished
    given = {**SMALL, "save_name": "x", "logdir": str(tmp_path)}
    exploring = {name: value for name, value in given.items() if name != "test_num"}
    model = str(run.path / "sft/model")
    [explored] = run_verb("explore", model_path=model, train_num=6, **exploring)
    assert [one.case for one in explored.episodes] == [one.case for one in run.rounds[0].explored]
    file = tmp_path / "explore/gripper/x/explored.json"
    [played] = run_verb(
        "dpo",
        model_path=model,
        experts=str(run.path / "sft.json"),
        explored=str(file),
        dpo_lr=(1e-3,),
        dpo_epochs=1,
        **given,
    )
    assert len(played.episodes) == 2
    config = read_json(tmp_path / "dpo/gripper/x/config.json")
    assert (
        config["settings"]["dpo_batch_size"] == 8
    )  # that of a tiny model, which a tuned one still is
    own, of_eto = tmp_path / "dpo/gripper/x/pairs.json", run.path / "iterations/1/pairs.json"
    assert own.read_text() == of_eto.read_text()


def test_a_round_whose_pairs_are_all_too_long_leaves_the_model_as_it_was(tmp_path, capfd):
    """Of three problems the first, which is explored, has a prompt of 528 tokens, and only the last one less than 500."""
    flags = {**FLAGS, "task": "tyreworld", "train_num": 3, "explore_num": 1, "max_length": 500}
    [run] = run_verb("eto", logdir=str(tmp_path), **{**flags, "num_iterations": 1, "max_steps": 12})
    [only] = run.rounds
    assert len(only.pairs.kept) == 1
    assert only.num_steps == 0
    assert run.best.model == run.sft.model
    said = capfd.readouterr().out
    assert "ETO 1, pairs as tokens: 0 kept; left out: 1 longer than 500 tokens\n" in said
    assert "more_sft: left out, there is nothing to train on\n" in said


def test_pairs_of_a_file_that_teach_little_are_said(finished, tmp_path, capfd):
    run, _ = finished
    pairs = [replace(pair, rejected=turns_of("up")) for pair in read_pairs(run.path / "iterations/1/pairs.json")]  # fmt: skip
    write_pairs(tmp_path / "pairs.json", pairs)
    given = {"pairs": str(tmp_path / "pairs.json"), "no_eval": True, "dpo_epochs": 1}
    model = str(run.path / "sft/model")
    run_verb("dpo", task="gripper", save_name="x", logdir=str(tmp_path), model_path=model, **given)
    said = capfd.readouterr().err
    assert said.count("DPO: 100 % of the pairs first reject one and the same answer, 'up'") == 1


def test_a_file_of_demonstrations_needs_no_world(finished, tmp_path):
    run, _ = finished
    nothing = run_verb(
        "sft",
        task="gripper",
        save_name="x",
        logdir=str(tmp_path),
        model_path="tiny:32x1",
        data=str(run.path / "sft.json"),
        sft_epochs=1,
        no_eval=True,
    )
    assert nothing == []
    assert (tmp_path / "sft/gripper/x/sft/model/config.json").exists()
    assert not (tmp_path / "sft/gripper/x/expert").exists()


def test_a_task_without_training_cases_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="hotpotqa has no train cases"):
        run_verb("eto", task="hotpotqa", save_name="x", logdir=str(tmp_path))


def test_actions_are_learned_among_others_and_some_cases_explored(tmp_path):
    flags = {**FLAGS, "num_iterations": 1, "controls": ("none",), "constrained": True}
    [run] = run_verb("eto", logdir=str(tmp_path), **flags, other_actions=2, explore_num=3)
    cases = [one.case for one in read_trajectories(run.path / "sft.json")]
    assert sorted(one.case for one in run.rounds[0].explored) == sorted(cases[::2])
    rows = read_lines(run.path / "sft" / "metrics.jsonl")
    assert all(0 <= row["sft/choice_accuracy"] <= 1 for row in rows)
    assert rows[-1]["sft/choice_loss"] < rows[0]["sft/choice_loss"]


@pytest.mark.parametrize("verb", ["sft", "eto"])
def test_an_impossible_tiny_model_is_refused_before_anything_is_played(tmp_path, verb):
    with pytest.raises(SettingsError, match="no tiny model 'tiny:48x2'"):
        run_verb(verb, task="gripper", save_name="x", model_path="tiny:48x2", logdir=str(tmp_path))
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("flags", "error", "words"),
    [
        ({"model_path": "no/such/place"}, ModelMissing, "there is no such directory"),
        ({"device": "cuda:99"}, SettingsError, "device 'cuda:99' cannot be used"),
    ],
)
def test_what_cannot_begin_is_said_before_an_expert_plays(tmp_path, capsys, flags, error, words):
    with pytest.raises(error, match=words):
        run_verb("eto", **{**FLAGS, "logdir": str(tmp_path), **flags})
    assert not list(tmp_path.rglob("*"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("verb", ["sft", "dpo"])
def test_a_run_is_not_replaced_before_there_is_a_model(tmp_path, verb):
    """A mistyped model beside --overwrite."""
    flags = {"task": "gripper", "save_name": "x", "logdir": str(tmp_path / "log")}
    old = tmp_path / "log" / verb / "gripper/x/config.json"
    old.parent.mkdir(parents=True)
    old.write_text("{}")
    data = tmp_path / "data.json"
    data.write_text("[]")
    given = {"sft": "data", "dpo": "pairs"}[verb]
    with pytest.raises(ModelMissing, match="there is no such directory"):
        run_verb(verb, model_path="no/such/place", overwrite=True, **{given: str(data)}, **flags)
    assert old.read_text() == "{}"
