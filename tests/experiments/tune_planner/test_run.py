"""Whole runs with a tiny model from scratch."""

import shutil

import pytest

from core.errors import RunDirectoryError, SettingsError
from core.files import read_json, read_lines
from main import main, run_verb
from tuning.formats import read_pairs, read_trajectories

pytestmark = [pytest.mark.slow, pytest.mark.llm]

pytest.importorskip("transformers", reason="make install-llm")

FLAGS = {
    "task": "SimpleDoorKey",
    "save_name": "tuned",
    "model_path": "tiny:32x1",
    "num_episodes": 40,
    "train_share": 0.7,
    "batch_size": 4,
    "sft_epochs": 20,
    "sft_lr": 1e-2,
    "num_samples": 3,
    "explore_episodes": 100,
    "explore_rounds": 5,
    "dpo_epochs": 1,
    "dpo_lr": 1e-3,
    "control_lr": 1e-3,
    "max_tokens": 24,
    "test_num": 3,
    "num_envs": 32,
}
"""40 episodes meet 6 questions, of which 4 are trained on; in 100 more, the answers to 3 of them are played often enough."""
STAGES = ("sft", "eto", "more_sft", "rft")


def weights(place):
    return [(place / stage / "model" / "model.safetensors").read_bytes() for stage in STAGES]


@pytest.fixture(scope="module")
def logdir(tmp_path_factory):
    return tmp_path_factory.mktemp("log")


@pytest.fixture(scope="module")
def rows(logdir):
    return run_verb("tune_planner", **FLAGS, logdir=str(logdir))


@pytest.fixture(scope="module")
def run(logdir):
    return logdir / "tune_planner" / "simpledoorkey" / "tuned"


def test_each_planner_has_a_row(rows, run):
    assert [row.planner for row in rows] == ["scripted", *STAGES]
    scripted = rows[0].evaluation
    assert scripted.held_out.exact == scripted.held_out.questions
    assert len(read_json(run / "results.json")["rows"]) == len(rows)


def test_the_controls_have_as_many_gradient_steps(rows):
    steps = {row.planner: row.steps for row in rows}
    assert steps["eto"] == steps["more_sft"] == steps["rft"] > 0


def test_no_held_out_question_is_trained_on(rows, run):
    questions = read_json(run / "questions.json")["questions"]
    held_out = {one["question"] for one in questions if one["is_held_out"]}
    trained = {one["question"] for one in questions} - held_out
    trajectories = [
        one for name in ("sft", "rft") for one in read_trajectories(run / f"{name}.json")
    ]
    pairs = read_pairs(run / "eto.json")
    assert held_out
    assert {one.messages[1].content for one in trajectories} <= trained
    assert {one.prompt[-1].content for one in pairs} <= trained


def test_the_evaluations_play_the_evaluation_seeds(rows, run):
    episodes = read_lines(run / "eval_eto" / "random" / "episodes.jsonl")
    assert [one["case"] for one in episodes] == ["0", "1", "2"]


def test_a_finished_run_is_not_done_again(rows, run, logdir):
    before = {path: path.stat().st_mtime_ns for path in run.rglob("model/*")}
    assert run_verb("tune_planner", **FLAGS, logdir=str(logdir), resume=True) == rows
    assert {path: path.stat().st_mtime_ns for path in run.rglob("model/*")} == before


def test_stages_that_are_missing_are_made_as_before(rows, run, logdir, tmp_path):
    """The same run elsewhere, of which an interruption has left the first stage only."""
    flags = {**FLAGS, "logdir": str(tmp_path)}
    place = tmp_path / "tune_planner" / "simpledoorkey" / "tuned"
    place.parent.mkdir(parents=True)
    place.mkdir()
    for name in ("config.json", "base", "sft"):
        copy = shutil.copytree if (run / name).is_dir() else shutil.copy
        copy(run / name, place / name)
    assert run_verb("tune_planner", **flags, resume=True) == rows
    assert weights(place) == weights(run)


def test_a_run_is_not_replaced_by_accident(rows, logdir):
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        run_verb("tune_planner", **FLAGS, logdir=str(logdir))
    with pytest.raises(RunDirectoryError, match="resume it with --beta"):
        run_verb("tune_planner", **FLAGS, logdir=str(logdir), resume=True, beta=0.2)


def test_processes_that_cannot_compute_are_refused_before_a_run_begins(tmp_path):
    """With a GPU or without one: a number names one GPU, and each process needs its own."""
    with pytest.raises(SettingsError, match="cuda:0"):
        run_verb("tune_planner", **FLAGS, logdir=str(tmp_path), device="cuda:0", num_processes=2)
    assert not list(tmp_path.iterdir())


def test_the_tuned_planner_answers_a_mediator(rows, run, logdir, capsys):
    words = "baseline --task SimpleDoorKey --save_name b --test_num 2 --planner local --no_examples"
    model = ["--model_path", str(run / "eto" / "model"), "--logdir", str(logdir)]
    assert main([*words.split(), *model]) == 0
    assert "planner model, local" in capsys.readouterr().out
