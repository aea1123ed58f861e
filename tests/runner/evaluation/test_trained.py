"""What an evaluation takes from the training, and what it says about differences."""

from dataclasses import fields, replace

import pytest

from agents import when2ask
from core.errors import RunDirectoryError
from core.files import read_json
from core.run import MODEL, RunDirectory
from core.settings import (
    FROM_THE_MODEL,
    WITHOUT_EFFECT_ON_ANSWERS,
    EvalSettings,
    PlannerSettings,
)
from main import main
from runner.evaluation.trained import load_target
from runner.training.checkpoint import SavedModel
from tests.planner.helpers import scripted

TRAINED_WITH = {
    "planner": "replay",
    "planner_mode": "rank",
    "no_examples": True,
    "model_path": "models/small",
    "llm_model": "served",
    "llm_template": "vicuna",
    "llm_url": "http://127.0.0.1:9/v1/chat/completions",
    "temperature": 0.5,
    "max_tokens": 64,
    "stop": ("###",),
    "answers_per_question": 1,
    "record_file": "answers.jsonl",
    "seed": 7,
    "rooms": "Min5-Max16-View7",
    "skills": "frontier",
    "ask_cost": "code",
    "ask_lambda": 0.5,
}
"""A value for each setting that is taken from the model; most differ from the default."""


@pytest.fixture
def trained(tiny):
    """Settings of the evaluation of a trained run, and a function that changes what it was trained with."""
    settings = tiny(n_itr=1, eval_every=0)
    when2ask.train(settings)
    path = RunDirectory.of(settings).file(MODEL)

    def retrain(**changes):
        model = SavedModel.load(path, "cpu")
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in changes.items()}
        replace(model, settings={**model.settings, **plain}).save(path)

    return EvalSettings(save_name="run", logdir=settings.logdir), retrain


def test_every_setting_that_decides_answers_is_the_trainings_by_default(trained):
    settings, retrain = trained
    retrain(**TRAINED_WITH)
    assert TRAINED_WITH.keys() == set(FROM_THE_MODEL)
    every = {item.name for item in fields(PlannerSettings)}
    assert every - set(FROM_THE_MODEL) == WITHOUT_EFFECT_ON_ANSWERS - {"llm_url"}
    target = load_target(settings, frozenset(), "when2ask")
    taken = {name: getattr(target.settings, name) for name in FROM_THE_MODEL}
    # the server's model is that of a training with a server only
    assert taken == {**TRAINED_WITH, "llm_model": ""}


def test_what_is_typed_wins_and_is_said_in_one_line(trained, capsys):
    settings, retrain = trained
    retrain(planner="fastchat", llm_url="http://127.0.0.1:9/v1", llm_model="m", temperature=0.5)
    typed = replace(settings, planner="scripted", temperature=1.0, no_examples=True)
    target = load_target(typed, {"planner", "temperature", "no_examples"}, "when2ask")
    assert (target.settings.planner, target.settings.temperature) == ("scripted", 1.0)
    assert target.own.planner == "fastchat"
    assert capsys.readouterr().out == (
        "trained with fastchat (m at http://127.0.0.1:9/v1) and without --no_examples and with "
        "--temperature 0.5, evaluated with scripted and with --no_examples and with "
        "--temperature 1.0\n"
    )


def test_the_same_settings_are_not_worth_a_line(trained, capsys):
    settings, retrain = trained
    retrain(planner="fastchat", llm_model="m")
    load_target(replace(settings, llm_model="m"), {"llm_model"}, "when2ask")
    assert capsys.readouterr().out == ""


def test_noise_in_training_only_is_said(trained, capsys):
    settings, retrain = trained
    retrain(planner_noise=0.1)
    assert load_target(settings, frozenset(), "when2ask").settings.planner_noise == 0
    assert "evaluated with --planner_noise 0.0" in capsys.readouterr().out


@pytest.mark.parametrize(
    "changes", [{"temperature": "hot"}, {"planner": "oracle"}, {"stop": [5]}, {"rooms": None}]
)
def test_settings_that_cannot_be_are_one_error(trained, changes):
    settings, retrain = trained
    retrain(**changes)
    with pytest.raises(RunDirectoryError, match=r"acmodel\.pt.* is damaged: "):
        load_target(settings, frozenset(), "when2ask")


def test_a_record_that_was_only_written_is_not_written_again(trained):
    settings, retrain = trained
    retrain(planner="local", record_file="answers.jsonl")
    assert load_target(settings, frozenset(), "when2ask").settings.record_file == ""


SHORT = "--n_itr 1 --traj_per_itr 2 --num_envs 2 --epochs 1 --eval_every 0 --engine readable"


@pytest.fixture
def command(tmp_path, capsys):
    """Runs one command on the run ``served``; returns exit status and everything printed."""

    def run(line):
        more = f"--save_name served --answer_store none --logdir {tmp_path} --engine readable"
        status = main([*line.split(), *more.split()])
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


def test_a_run_trained_with_a_server_is_evaluated_with_it(command, server, tmp_path):
    """And when the server gives no answers, one line says how to evaluate without it."""
    server.script = [scripted]
    prompt = "--no_examples --max_tokens 77"
    assert command(f"train {SHORT} --planner fastchat --llm_url {server.url} {prompt}")[0] == 0
    number = len(server.asked)
    status, out, _ = command("eval --test_num 2")
    assert status == 0
    assert "planner served" in out
    assert "trained with" not in out
    asked = [body for _, _, body in server.asked]
    assert len(asked) > number
    assert {body["max_tokens"] for body in asked} == {77}
    assert len({len(body["messages"]) for body in asked}) == 1
    # naming the planner only: the address and the model are still those of the training
    assert command("eval --test_num 2 --planner fastchat")[0] == 0

    server.script = [(401, {}, b"who are you?")]
    status, _, err = command("eval --test_num 2")
    assert status == 2
    [line] = err.splitlines()
    assert "--planner scripted" in line
    assert "--llm_url" in line
    assert "--planner scripted" not in command("eval --planner fastchat")[2]

    status, out, _ = command("eval --test_num 2 --planner scripted")
    assert status == 0
    assert f"trained with fastchat (served at {server.url}), evaluated with scripted\n" in out
    home = tmp_path / "ppo" / "simpledoorkey" / "served"
    kept = {
        place: read_json(home / place / "summary.json")["settings"]["planner"]
        for place in ("eval", "eval_planner-scripted")
    }
    assert kept == {"eval": "fastchat", "eval_planner-scripted": "scripted"}


def test_a_run_trained_with_a_record_is_evaluated_with_it(command, tmp_path):
    record = tmp_path / "answers.jsonl"
    assert command(f"train {SHORT} --record_file {record}")[0] == 0
    assert command(f"train {SHORT} --planner replay --record_file {record} --overwrite")[0] == 0
    lines = record.read_bytes()
    status, out, err = command("eval --test_num 2")
    if status:  # the record holds what the training has asked
        assert "--planner scripted" in err
    else:
        assert "replay of answers.jsonl" in out
    assert record.read_bytes() == lines
