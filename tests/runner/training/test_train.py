"""Training runs: their files, and that a resumed run equals an uninterrupted one."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from math import exp

import pytest
import torch

from agents import skill_rl, when2ask
from algos.lagrange import MAX_STEP
from core.errors import ModelUnavailable, RunDirectoryError, TrainingDiverged
from core.files import read_lines
from core.run import CHECKPOINT, CONFIG, METRICS, MODEL, RunDirectory
from core.task import find_task
from planner.build import build_planner
from runner.training.checkpoint import Checkpoint, SavedModel
from runner.training.trainer import Trainer
from tests.repository import ROOT
from tests.runner.training.helpers import assert_same_weights, timeless, train, weights_of


class DiesAfter:
    """A model whose server goes away after some answers."""

    name, in_flight = "mortal", 1

    def __init__(self, model, answers):
        self.model = model
        self.left = answers

    def chat(self, requests):
        for request in requests:
            if not self.left:
                raise ModelUnavailable("the server is gone")
            self.left -= 1
            yield from self.model.chat([request])


def test_a_run_leaves_model_checkpoint_config_metrics_and_events(tiny):
    settings = tiny()
    trainer, directory = train(settings)
    for name in (MODEL, CHECKPOINT, CONFIG, METRICS):
        assert directory.file(name).exists()
    assert list(directory.path.glob("events.out.tfevents*"))
    assert not list(directory.path.glob("*.tmp")) + list(directory.path.glob(".*.tmp"))

    rows = read_lines(directory.file(METRICS))
    assert [row["train/iteration"] for row in rows] == [1, 2, 3]
    # evaluated at every second iteration and at the last
    assert ["eval/asks" in row for row in rows] == [False, True, True]
    assert rows[-1]["train/episodes"] == 12
    assert rows[-1]["env_steps"] == trainer.state.env_steps
    config = json.loads(directory.file(CONFIG).read_text())
    assert config["settings"]["n_itr"] == 3
    assert config["method"] == "when2ask"


def test_the_same_seed_gives_the_same_run_and_another_seed_another(tiny):
    _, first = train(tiny(save_name="a"))
    _, second = train(tiny(save_name="b"))
    _, other = train(tiny(save_name="c", seed=1))
    assert_same_weights(weights_of(first), weights_of(second))
    rows = [timeless(read_lines(run.file(METRICS))) for run in (first, second, other)]
    assert rows[0] == rows[1] != rows[2]


def test_both_engines_learn_the_same(tiny):
    """Bit by bit: the same episodes in the same order make the same batches."""
    runs = [train(tiny(save_name=name, engine=name))[1] for name in ("readable", "batched")]
    assert_same_weights(*map(weights_of, runs))
    rows = [timeless(read_lines(run.file(METRICS))) for run in runs]
    assert rows[0] == rows[1]


@pytest.mark.parametrize("policy", ["ppo", "vpg_ratio", "vpg_logp"])
def test_a_run_ended_by_its_planner_resumes_to_the_same_end(tiny, policy):
    settings = tiny(task="ColoredDoorKey", algo=policy, n_itr=4)
    _, whole = train(replace(settings, save_name="whole"))

    planner = build_planner(settings, find_task(settings.task))
    mortal = replace(planner, model=DiesAfter(planner.model, answers=12))
    with pytest.raises(ModelUnavailable, match=r"the server is gone; .* --resume"):
        train(settings, mortal)
    _, resumed = train(replace(settings, resume=True))

    assert_same_weights(weights_of(whole), weights_of(resumed))
    rows = [timeless(read_lines(run.file(METRICS))) for run in (whole, resumed)]
    assert rows[0] == rows[1]


@pytest.mark.slow
@pytest.mark.parametrize("attempt", range(3))
def test_a_run_killed_at_random_moments_resumes_to_the_same_end(tiny, attempt, tmp_path):
    """SIGKILL up to four times, each at another moment; then the weights are compared bit by bit."""
    moments = random.Random(attempt)
    flags = "--task KeyInBox --n_itr 12 --traj_per_itr 4 --num_envs 2 --epochs 1 --eval_every 5"
    flags += f" --test_num 2 --seed 3 --logdir {tmp_path}"
    command = [sys.executable, "main.py", "train", *flags.split(), "--save_name"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": ROOT}
    subprocess.run([*command, "whole"], check=True, timeout=120, **quiet)

    killed = RunDirectory.of(tiny(task="KeyInBox", save_name="killed"))
    metrics = killed.file(METRICS)
    kills = 0
    for rows_before in (0, 2, 5, 8):
        resume = ["--resume"] if killed.file(CHECKPOINT).exists() else []
        process = subprocess.Popen([*command, "killed", *resume], **quiet)
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if metrics.exists() and metrics.read_bytes().count(b"\n") > rows_before:
                time.sleep(moments.uniform(0, 0.2))
                process.kill()
                break
            time.sleep(0.005)
        kills += process.wait(timeout=60) == -signal.SIGKILL
    assert kills >= 1
    subprocess.run([*command, "killed", "--resume"], check=True, timeout=120, **quiet)

    whole = RunDirectory.of(tiny(task="KeyInBox", save_name="whole"))
    assert_same_weights(weights_of(whole), weights_of(killed))
    rows = [timeless(read_lines(run.file(METRICS))) for run in (whole, killed)]
    assert rows[0] == rows[1]


def test_a_second_run_of_the_same_name_is_refused_unless_told_to_replace(tiny):
    settings = tiny(n_itr=1)
    train(settings)
    with pytest.raises(RunDirectoryError, match="holds a run already"):
        train(settings)
    train(replace(settings, overwrite=True))


def test_resuming_with_other_settings_is_refused_and_names_them(tiny):
    settings = tiny(n_itr=1)
    train(settings)
    with pytest.raises(RunDirectoryError, match=r"resume it with --seed 0 and with --gamma 0\.99$"):
        train(replace(settings, resume=True, seed=1, gamma=0.5))


def test_what_to_resume_with_can_be_typed(tiny):
    settings = tiny(n_itr=1, no_examples=True, stop=("a b",))
    train(settings)
    with pytest.raises(RunDirectoryError, match=r"with --no_examples and with --stop 'a b'$"):
        train(replace(settings, resume=True, no_examples=False, stop=()))
    with pytest.raises(RunDirectoryError, match=r"resume it with --stop 'a b'$"):
        train(replace(settings, resume=True, stop=("c",)))


def test_a_run_whose_directory_was_renamed_is_resumed(tiny):
    settings = tiny(n_itr=1)
    _, run = train(settings)
    run.path.rename(run.path.with_name("renamed"))
    train(replace(settings, save_name="renamed", n_itr=2, resume=True))
    assert run.path.with_name("renamed").is_dir()
    assert not run.path.exists()


def test_a_run_without_its_checkpoint_cannot_be_resumed(tiny):
    """ "Train this run first" would be refused, too."""
    settings = tiny(n_itr=1)
    _, run = train(settings)
    run.file(CHECKPOINT).unlink()
    with pytest.raises(RunDirectoryError, match=r"no checkpoint to resume from.*--overwrite"):
        train(replace(settings, resume=True))


def test_resuming_another_method_is_refused(tiny):
    settings = tiny(n_itr=1)
    train(settings)
    with pytest.raises(RunDirectoryError, match="another method"):
        skill_rl.train(replace(settings, resume=True))


def test_resuming_where_there_is_nothing_is_refused(tiny):
    with pytest.raises(RunDirectoryError, match="does not exist"):
        train(tiny(resume=True))


def test_a_truncated_checkpoint_is_named_and_left_alone(tiny):
    settings = tiny(n_itr=1)
    _, directory = train(settings)
    path = directory.file(CHECKPOINT)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(RunDirectoryError, match=r"checkpoint\.pt is damaged"):
        train(replace(settings, resume=True))
    assert path.stat().st_size == 1000


def test_a_finished_run_resumes_to_itself(tiny):
    settings = tiny(n_itr=2)
    _, directory = train(settings)
    before = weights_of(directory)
    rows = read_lines(directory.file(METRICS))
    train(replace(settings, resume=True))
    assert_same_weights(before, weights_of(directory))
    assert read_lines(directory.file(METRICS)) == rows


def test_a_finished_run_says_so_and_builds_nothing(tiny, capsys):
    settings = tiny(n_itr=2, engine="readable")
    _, directory = train(settings)
    files = [directory.file(name).read_bytes() for name in (MODEL, CHECKPOINT, METRICS, CONFIG)]
    [training] = when2ask.train(replace(settings, resume=True))
    assert training.metrics == {}
    said = f"{directory.path} is finished: 2 iterations; a larger --n_itr trains it further\n"
    assert capsys.readouterr().out == said
    assert files == [
        directory.file(name).read_bytes() for name in (MODEL, CHECKPOINT, METRICS, CONFIG)
    ]


def test_a_finished_run_is_trained_further_with_the_schedules_of_the_new_length(tiny, capsys):
    """Two iterations of 2, then three of 5: the learning rates are 1 and 1/2 of the first, then 3/5, 2/5 and 1/5."""
    settings = tiny(n_itr=2, lr=1e-3, engine="readable")
    _, directory = train(settings)
    train(replace(settings, resume=True, n_itr=5))
    rates = [row["train/learning_rate"] for row in read_lines(directory.file(METRICS))]
    assert rates == pytest.approx([1e-3, 5e-4, 6e-4, 4e-4, 2e-4])
    config = json.loads(directory.file(CONFIG).read_text())
    assert config["settings"]["n_itr"] == 5
    lengths = [{"from_iteration": 0, "n_itr": 2}, {"from_iteration": 2, "n_itr": 5}]
    assert config["lengths"] == lengths
    assert "from iteration 2 of 2 to 5: learning rate" in capsys.readouterr().out


def test_a_run_is_not_made_shorter(tiny):
    settings = tiny(n_itr=3, engine="readable")
    train(settings)
    with pytest.raises(RunDirectoryError, match=r"resume it with --n_itr 3$"):
        train(replace(settings, resume=True, n_itr=2))


def test_a_run_without_a_planner_is_resumed_whatever_its_planner_flags_were(tiny):
    """Runs of a table have them; train_RL rejects them."""
    settings = tiny(n_itr=1, engine="readable")
    skill_rl.train(replace(settings, llm_model="m", max_tokens=5, ask_cost="code"))
    skill_rl.train(replace(settings, resume=True, n_itr=2))
    with pytest.raises(RunDirectoryError, match=r"resume it with --gamma 0\.99$"):
        skill_rl.train(replace(settings, resume=True, n_itr=2, gamma=0.5))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("limit", "n_itr", "complaint"),
    [(20_000, 1, "cannot be written: File too large"), (120_000, 400, "File too large")],
    ids=["the model", "the metrics"],
)
def test_a_full_disk_is_one_line_and_leaves_no_half_written_checkpoint(
    tiny, limit, n_itr, complaint
):
    """A file-size limit stands in for the full disk: the kernel refuses the write either way."""
    settings = tiny(n_itr=1)
    _, directory = train(settings)
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "import main; sys.exit(main.main(sys.argv[1:]))"
    )
    flags = f"train --n_itr {n_itr} --traj_per_itr 4 --num_envs 2 --save_name run --overwrite"
    # what measures coverage writes files too, and would say in its own words that it cannot
    unmeasured = {k: v for k, v in os.environ.items() if not k.startswith("COVERAGE_")}
    done = subprocess.run(
        [sys.executable, "-c", script, *flags.split(), "--logdir", settings.logdir],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        env={**unmeasured, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 2
    assert complaint in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    # nothing half-written is in its place
    assert Checkpoint.load(directory.file(CHECKPOINT))


@pytest.mark.parametrize("algo", ["ppo", "vpg_logp"])
def test_a_training_whose_numbers_are_no_longer_finite_stops_before_a_checkpoint(tiny, algo):
    """With weights so large that the loss overflows, which no flag alone can cause in a few iterations."""
    settings = tiny(algo=algo)
    trainer = Trainer(settings, when2ask.METHOD)
    with torch.no_grad():
        for weights in trainer.network.parameters():
            weights.mul_(1e30)
    with (
        RunDirectory.of(settings) as directory,
        pytest.raises(TrainingDiverged, match=r"^iteration (1|2): .* smaller --lr") as error,
    ):
        trainer.run(directory)
    last = Checkpoint.load(directory.file(CHECKPOINT)).progress["iteration"]
    assert f"the run is kept up to iteration {last}" in str(error.value)
    assert all(tensor.isfinite().all() for tensor in weights_of(directory).values())
    with pytest.raises(TrainingDiverged) as again:  # it can be resumed, and stops at the same place
        train(replace(settings, resume=True))
    assert str(again.value) == str(error.value)


def test_a_learned_ask_cost_is_logged_resumed_and_saved_with_the_model(tiny):
    """No policy asks as little as 0.1 questions, so the ask cost rises by its limit each time."""
    budget = {"ask_budget": 0.1, "ask_cost": "each", "ask_lambda": 0.02}
    _, directory = train(tiny(n_itr=2, **budget))
    costs = [row["train/ask_lambda"] for row in read_lines(directory.file(METRICS))]
    assert costs == [0.02, 0.02 * exp(MAX_STEP)]
    model = SavedModel.load(directory.file(MODEL), "cpu")
    assert model.settings["ask_lambda"] == 0.02 * exp(MAX_STEP) * exp(MAX_STEP)

    resumed, _ = train(tiny(n_itr=2, resume=True, **budget))
    assert resumed.worlds[0].controller.ask_lambda == model.settings["ask_lambda"]
