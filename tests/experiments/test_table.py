"""The paper's table, and success against questions: one command each."""

import pytest

from core.files import read_json
from core.run import RESULT
from experiments.aggregate import aggregate
from experiments.jobs import LEARNED, RL
from experiments.table import with_regret
from main import main
from mediator.policies import ASK_POLICIES
from tests.experiments.helpers import measured, tiny_job

SMALL = ("--n_itr", "2", "--traj_per_itr", "4", "--seeds", "0", "--processes", "1")


def test_regret_is_the_number_of_questions_beyond_the_oracle(tmp_path):
    jobs = [tiny_job(tmp_path, policy) for policy in ("oracle", LEARNED, RL)]
    measurements = [measured([3.0, 5.0]), measured([4.0, 5.5]), measured([0.0, 0.0])]
    rows = with_regret(aggregate(jobs, dict(zip(jobs, measurements, strict=True))))
    assert [row.regret for row in rows] == [0, 0.75, None]


@pytest.mark.slow
def test_table_of_the_rules_is_the_papers(tmp_path, capsys):
    """Deterministic rows equal the paper's to the digit; a second command finds every run finished."""
    flags = ["table", "--tasks", "SimpleDoorKey", "--skill_sets", "paper", *SMALL]
    flags += ["--policies", "baseline", "always", "learned"]
    flags += ["--logdir", str(tmp_path / "log"), "--out", str(tmp_path / "out")]
    assert main(flags) == 0
    assert "1.58 (1.48..1.67) | 64.90" in capsys.readouterr().out
    rows = read_json(tmp_path / "out" / "table.json")["rows"]
    assert [(row["policy"], row["action_selection"]) for row in rows] == [
        ("baseline", "rule"),
        ("always", "rule"),
        (LEARNED, "sampled"),
        (LEARNED, "greedy"),
    ]
    assert rows[1]["estimates"]["steps"]["mean"] == pytest.approx(25.78)
    for figure in ("table.png", "curves.png"):
        assert (tmp_path / "out" / figure).read_bytes().startswith(b"\x89PNG")
    results = sorted((tmp_path / "log").rglob(RESULT))
    assert len(results) == 3
    written = [path.stat().st_mtime_ns for path in results]
    assert main(flags) == 0
    assert read_json(tmp_path / "out" / "table.json")["rows"] == rows
    assert [path.stat().st_mtime_ns for path in results] == written


@pytest.mark.slow
def test_pareto_trains_for_each_budget(tmp_path, capsys):
    flags = ["pareto", "--tasks", "KeyInBox", "--budgets", "2", "5.5", "--quick", *SMALL]
    flags += ["--test_num", "5", "--logdir", str(tmp_path / "log"), "--out", str(tmp_path / "out")]
    assert main(flags) == 0
    rows = read_json(tmp_path / "out" / "pareto.json")["rows"]
    assert [(row["policy"], row["action_selection"]) for row in rows] == [
        *((policy, "rule") for policy in ASK_POLICIES),
        *((f"budget {n}", how) for n in ("2", "5.5") for how in ("sampled", "greedy")),
    ]
    assert "| budget 5.5 (sampled) |" in capsys.readouterr().out
    assert (tmp_path / "out" / "pareto.png").read_bytes().startswith(b"\x89PNG")
    [config, _] = sorted((tmp_path / "log" / "quick").rglob("learned*/config.json"))
    assert read_json(config)["settings"]["ask_cost"] == "each"


@pytest.mark.slow
def test_run_that_fails_ends_the_table(tmp_path, capfd):
    """A replayed planner without a record fails; fifty more trainings would take long."""
    flags = ["table", "--policies", "learned", "--skill_sets", "paper", "--processes", "1"]
    flags += ["--planner", "replay", "--record_file", str(tmp_path / "none.jsonl")]
    assert main([*flags, "--logdir", str(tmp_path)]) == 2
    printed = capfd.readouterr().err
    assert "error: " in printed.splitlines()[-1]
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        ("table --seeds 0 0", "--seeds"),
        ("table --processes 0", "--processes 0"),
        ("table --seeds -1", "--seeds -1"),
        ("table --answers_per_question 5", "--answers_per_question 5"),
        ("pareto --budgets 2 -1", "--budgets"),
        ("transfer --answers_per_question 3", "--answers_per_question 3"),
        ("train --save_name x --ask_budget 3 --ask_cost paper", "--ask_cost each"),
        ("train --save_name x --ask_budget 3 --ask_lambda 0", "--ask_lambda 0"),
        (
            "train_RL --save_name x --ask_budget 3 --planner replay",
            "--ask_budget, --planner",
        ),
        (
            "eval_RL --save_name x --planner fastchat --llm_url nowhere",
            "--llm_url, --planner",
        ),
        ("ask x --run_seed_list 1 2", "--run_seed_list"),
        ("play --answers_per_question 3 --temperature 1", "--answers_per_question"),
        ("planners --run_seed_list 1 2 --save_name x", "--run_seed_list"),
        ("train --save_name x --device meta", "--device meta"),
    ],
)
def test_invalid_settings_are_one_line_before_anything_runs(tmp_path, capsys, flags, named):
    assert main([*flags.split(), "--logdir", str(tmp_path)]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert named in line
    assert not list(tmp_path.rglob("*.pt"))


def test_directory_that_cannot_be_written_is_one_line(tmp_path, capsys):
    (tmp_path / "file").write_text("")
    assert main(["table", "--logdir", str(tmp_path / "file" / "log")]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert "cannot be written" in line
