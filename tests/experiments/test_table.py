"""Many runs: units of work, intervals over seeds and layouts, the paper's table, budgets."""

import csv
import io
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.files import read_json, write_json
from core.run import CHECKPOINT, RESULT, RunDirectory
from core.settings import RL_DEFAULTS, TrainSettings
from experiments.jobs import AS_TRAINED, LEARNED, RL, Condition, Job, run_job, summarize_rows
from experiments.table import as_csv, as_markdown, with_regret
from main import main
from reports.statistics import mean_over_seeds_and_layouts

ROOT = Path(__file__).resolve().parent.parent.parent


def unit_of(logdir, way="baseline", **changes):
    flags = {
        "n_itr": 1,
        "traj_per_itr": 2,
        "num_envs": 2,
        "epochs": 1,
        "test_num": 3,
        "eval_every": 0,
    }
    flags |= {"save_name": way, "logdir": str(logdir), "engine": "readable"}
    flags = {**(RL_DEFAULTS if way == RL else {}), **flags}
    return Job(way, TrainSettings(**{**flags, **changes}))


def played(asks, success=1.0, decide="sample"):
    """What a unit leaves: the given questions, and the same of everything else."""
    same = [1.0] * len(asks)
    values = {
        "asks": asks,
        "steps": same,
        "success": [success] * len(asks),
        "return": same,
        "llm_calls": same,
    }
    condition = AS_TRAINED.to_json()
    return [{"task": "SimpleDoorKey", "condition": condition, "decide": decide, "values": values}]


def test_an_interval_over_seeds_and_layouts_by_hand():
    """Two seeds, (0, 2) and (2, 4): means of resamples are 0, 1, 2, 3 or 4, the ends once in 16 each."""
    estimate = mean_over_seeds_and_layouts("steps", np.array([[0.0, 2.0], [2.0, 4.0]]))
    assert estimate == (2.0, 0.0, 4.0)
    assert mean_over_seeds_and_layouts("steps", np.full((3, 4), 0.5)) == (0.5, 0.5, 0.5)
    assert mean_over_seeds_and_layouts("steps", np.array([[1.0, 2.0]]))[0] == 1.5


def test_never_failing_is_no_certainty():
    """10 of 10, by every seed: Wilson's interval, as for one evaluation."""
    assert mean_over_seeds_and_layouts("success", np.ones((5, 10))) == pytest.approx(
        (1.0, 0.7225, 1.0), abs=1e-4
    )


def test_seeds_that_differ_widen_the_interval():
    rng = np.random.default_rng(0)
    layouts = rng.normal(size=(1, 50)).repeat(5, axis=0)
    alike, apart = (
        mean_over_seeds_and_layouts("steps", layouts),
        mean_over_seeds_and_layouts("steps", layouts + np.arange(5)[:, None]),
    )
    assert apart.high - apart.low > 2 * (alike.high - alike.low)


@given(st.integers(2, 4), st.integers(2, 6), st.integers(0, 1000))
def test_the_mean_is_inside_its_interval(seeds, layouts, number):
    values = np.random.default_rng(number).integers(0, 3, (seeds, layouts)).astype(float)
    estimate = mean_over_seeds_and_layouts("steps", values)
    assert estimate.mean == pytest.approx(values.mean())
    assert values.min() <= estimate.low <= estimate.mean <= estimate.high <= values.max()


@pytest.mark.parametrize("way", ["baseline", LEARNED, RL])
def test_a_unit_is_played_once(tmp_path, way):
    job = unit_of(tmp_path, way)
    first = run_job(job)
    ways_to_decide = ["rule"] if way == "baseline" else ["sample", "argmax"]
    assert [row["decide"] for row in first] == ways_to_decide
    for row in first:
        assert [len(values) for values in row["values"].values()] == [3] * 6
    result = RunDirectory.of(job.training).file(RESULT)
    written = result.stat().st_mtime_ns
    assert run_job(job) == first
    assert result.stat().st_mtime_ns == written


def test_a_unit_of_other_code_or_other_settings_is_played_again(tmp_path):
    job = unit_of(tmp_path, LEARNED)
    first = run_job(job)
    directory = RunDirectory.of(job.training)
    for name in (RESULT, "config.json"):
        write_json(directory.file(name), {**read_json(directory.file(name)), "code": "other"})
    weights = directory.file(CHECKPOINT).stat().st_mtime_ns
    assert run_job(job) == first
    assert directory.file(CHECKPOINT).stat().st_mtime_ns > weights
    fewer = replace(job, training=replace(job.training, test_num=2))
    again = run_job(fewer)[0]["values"]
    assert again == {name: values[:2] for name, values in first[0]["values"].items()}


def test_a_new_condition_is_played_without_training_again(tmp_path):
    job = unit_of(tmp_path, LEARNED)
    first = run_job(job)
    weights = RunDirectory.of(job.training).file(CHECKPOINT).stat().st_mtime_ns
    other = Condition("wide view", (("rooms", "Min5-Max10-View7"), ("stop", ("x", "y"))))
    both = run_job(replace(job, conditions=(AS_TRAINED, other)))
    assert both[:2] == first
    assert [row["condition"] for row in both[2:]] == [other.to_json()] * 2
    assert both[2]["values"] != both[0]["values"]
    written = RunDirectory.of(job.training).file(RESULT).stat().st_mtime_ns
    assert run_job(replace(job, conditions=(AS_TRAINED, other))) == both
    assert run_job(job) == first
    assert RunDirectory.of(job.training).file(CHECKPOINT).stat().st_mtime_ns == weights
    assert RunDirectory.of(job.training).file(RESULT).stat().st_mtime_ns == written


def test_regret_is_what_is_asked_beyond_the_oracle(tmp_path):
    jobs = [unit_of(tmp_path, way) for way in ("oracle", LEARNED, RL)]
    numbers = [played([3.0, 5.0]), played([4.0, 5.5]), played([0.0, 0.0])]
    results = dict(zip(jobs, numbers, strict=True))
    oracle, learned, rl = with_regret(summarize_rows(jobs, results))
    assert (oracle["regret"], learned["regret"]) == (0, 0.75)
    assert "regret" not in rl
    assert learned["mean"]["asks"]["mean"] == 4.75
    assert learned["per_seed"]["asks"] == [4.75]


def test_seeds_of_a_row_come_together(tmp_path):
    jobs = [unit_of(tmp_path, LEARNED, seed=seed) for seed in (0, 1)]
    results = {job: played([float(job.training.seed)] * 2) for job in jobs}
    [row] = summarize_rows(jobs, results)
    assert row["seeds"] == 2
    assert row["per_seed"]["asks"] == [0.0, 1.0]


def test_the_files_say_the_same(tmp_path):
    jobs = [unit_of(tmp_path, way) for way in ("baseline", "oracle")]
    results = {job: played([2.0, 3.0], success=0.5, decide="rule") for job in jobs}
    rows = with_regret(summarize_rows(jobs, results))
    [line, _] = csv.DictReader(io.StringIO(as_csv(rows)))
    assert (line["task"], line["way"], float(line["asks_mean"])) == (
        "SimpleDoorKey",
        "baseline",
        2.5,
    )
    [first, second] = as_markdown(rows).splitlines()[2:]
    assert "| 2.50 (2.00..3.00) |" in first
    assert first.endswith("| +0.00 | 1.58 / 64.9 / 59 |")
    assert second.endswith("| +0.00 |  |")


def test_one_command_makes_the_table_and_again_finds_it_made(tmp_path, capsys):
    """Deterministic rows equal the paper's to the digit."""
    flags = [
        "table",
        "--tasks",
        "SimpleDoorKey",
        "--policies",
        "baseline",
        "always",
        "learned",
        "--quick",
        "--seeds",
        "0",
    ]
    flags += ["--skill_sets", "paper", "--processes", "1", "--logdir", str(tmp_path / "log")]
    flags += ["--out", str(tmp_path / "out")]
    assert main(flags) == 0
    printed = capsys.readouterr().out
    assert "1.58 (1.48..1.67) | 64.90" in printed
    document = json.loads((tmp_path / "out" / "table.json").read_text())
    assert [(row["way"], row["decide"]) for row in document["rows"]] == [
        ("baseline", "rule"),
        ("always", "rule"),
        (LEARNED, "sample"),
        (LEARNED, "argmax"),
    ]
    assert document["rows"][1]["mean"]["steps"]["mean"] == pytest.approx(25.78)
    for picture in ("table.png", "curves.png"):
        assert (tmp_path / "out" / picture).read_bytes().startswith(b"\x89PNG")
    results = sorted((tmp_path / "log" / "quick").rglob("result.json"))
    assert len(results) == 3
    written = [path.stat().st_mtime_ns for path in results]
    assert main(flags) == 0
    assert json.loads((tmp_path / "out" / "table.json").read_text())["rows"] == document["rows"]
    assert [path.stat().st_mtime_ns for path in results] == written


def test_one_command_shows_what_questions_buy(tmp_path, capsys):
    flags = [
        "pareto",
        "--tasks",
        "KeyInBox",
        "--budgets",
        "2",
        "5.5",
        "--quick",
        "--seeds",
        "0",
        "--test_num",
        "20",
    ]
    flags += ["--processes", "1", "--logdir", str(tmp_path / "log"), "--out", str(tmp_path / "out")]
    assert main(flags) == 0
    rows = json.loads((tmp_path / "out" / "pareto.json").read_text())["rows"]
    names = [(row["way"], row["decide"]) for row in rows]
    assert ("budget 2", "sample") in names
    assert ("budget 5.5", "argmax") in names
    assert ("oracle", "rule") in names
    assert "| budget 5.5 (sample) |" in capsys.readouterr().out
    assert (tmp_path / "out" / "pareto.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        ("table --seeds 0 0", "there twice"),
        ("table --processes 0", "--processes 0"),
        ("table --seeds -1", "--seed -1"),
        ("table --answers_per_question 5", "--answers_per_question 5"),
        ("pareto --budgets 2 -1", "--budgets"),
        ("transfer --answers_per_question 3", "--answers_per_question 3"),
        ("train --save_name x --ask_budget 3 --ask_cost paper", "--ask_cost each"),
        ("train --save_name x --ask_budget 3 --ask_lambda 0", "--ask_lambda 0"),
        (
            "train_RL --save_name x --ask_budget 3 --planner replay",
            "--ask_budget, --planner: without",
        ),
        (
            "eval_RL --save_name x --planner fastchat --llm_url nowhere",
            "--llm_url, --planner: without",
        ),
        ("ask x --run_seed_list 1 2", "--run_seed_list: one question"),
        ("play --answers_per_question 3 --temperature 1", "--answers_per_question: a person"),
        ("planners --run_seed_list 1 2 --save_name x", "--run_seed_list: every question"),
        ("train --save_name x --device meta", "--device meta: cpu, cuda"),
    ],
)
def test_what_makes_no_sense_is_one_line_before_anything_runs(tmp_path, capsys, flags, complaint):
    assert main([*flags.split(), "--logdir", str(tmp_path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert complaint in line
    assert not list(tmp_path.rglob("*.pt"))


def test_a_place_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["table", "--logdir", str(tmp_path / "file" / "log")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "cannot be written" in line


def test_a_run_that_fails_stops_all_others(tmp_path):
    """A replayed planner without a record fails once rooms are compiled; fifty more runs would take long."""
    flags = ["table", "--policies", "learned", "--skill_sets", "paper", "--processes", "2"]
    flags += ["--planner", "replay", "--record_file", str(tmp_path / "none.jsonl")]
    command = [sys.executable, "main.py", *flags, "--logdir", str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 2
    assert "error: " in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr


def test_a_training_with_a_budget_that_was_cut_off_goes_on(tmp_path):
    job = unit_of(tmp_path, LEARNED, n_itr=2, ask_budget=2.0, ask_cost="each")
    whole = run_job(job)
    directory = RunDirectory.of(job.training)
    directory.file(RESULT).unlink()
    checkpoint = directory.file(CHECKPOINT).stat().st_mtime_ns
    assert run_job(job) == whole
    assert directory.file(CHECKPOINT).stat().st_mtime_ns == checkpoint
