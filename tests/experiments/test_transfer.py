"""What survives: one command, a table."""

import json

from core.files import read_json
from core.settings import TransferSettings
from experiments.jobs import AS_TRAINED, make_jobs
from experiments.transfer import CONDITIONS, as_markdown
from main import main


def cell(way, decide="sample", asks=3.0, **changes):
    mean = {"asks": asks, "steps": 25.0, "success": 1.0}
    row = {"skills": "paper", "task": "KeyInBox", "condition": "view", "way": way, "decide": decide}
    return {**row, "mean": {name: {"mean": value} for name, value in mean.items()}, **changes}


def test_a_line_holds_every_way_under_one_condition():
    rows = [
        cell("always", "rule", asks=25.0),
        cell("learned"),
        cell("learned", "argmax", asks=2.5),
        cell("learned on all tasks", asks=3.5),
        cell("learned on all tasks", "argmax", asks=9.0),
        cell("learned", condition="other"),
    ]
    head, _, first, second = as_markdown(rows).splitlines()
    assert head.startswith("| skills | condition | task | always | oracle | learned |")
    assert first == (
        "| paper | view | KeyInBox | 25.00 / 25.00 / 100.0 |  | 3.00 / 25.00 / 100.0 "
        "| 3.50 / 25.00 / 100.0 | 2.50 / 25.00 / 100.0 |"
    )
    assert second.startswith("| paper | other | KeyInBox |  |  | 3.00 / 25.00 / 100.0 |")


def test_rules_have_chances_where_the_planner_errs_at_times():
    """With a planner that is always right, every seed would be the same."""
    settings = TransferSettings(seeds=(3, 4))

    def seeds(conditions):
        jobs = make_jobs(settings, [("always", 0.0)], ["paper"], ["KeyInBox"], conditions)
        return [job.training.seed for job in jobs]

    assert seeds((AS_TRAINED,)) == [0]
    assert seeds(CONDITIONS) == [3, 4]


def test_one_command_makes_the_table(tmp_path, capsys):
    flags = [
        "transfer",
        "--quick",
        "--seeds",
        "0",
        "--tasks",
        "SimpleDoorKey",
        "--skill_sets",
        "frontier",
    ]
    flags += ["--test_num", "5", "--processes", "1", "--logdir", str(tmp_path)]
    assert main(flags) == 0
    lines = capsys.readouterr().out.splitlines()
    for condition in CONDITIONS:
        [line] = [line for line in lines if f"| {condition.name} | SimpleDoorKey |" in line]
        assert line.count("/") == 10  # five ways, each with three numbers
    rows = json.loads((tmp_path / "quick" / "transfer.json").read_text())["rows"]
    assert {row["task"] for row in rows} == {"SimpleDoorKey"}
    assert {row["way"] for row in rows} == {
        "always",
        "oracle",
        "learned",
        "learned on all tasks",
    }


def test_another_planner_is_met_at_test_time_only(tmp_path, capsys):
    flags = ["--quick", "--tasks", "SimpleDoorKey", "--skill_sets", "paper", "--test_num", "3"]
    flags += ["--seeds", "0", "--processes", "1", "--logdir", str(tmp_path)]
    assert main(["transfer", *flags, "--no_examples"]) == 0
    assert "| paper | no_examples True | SimpleDoorKey |" in capsys.readouterr().out
    [config] = tmp_path.glob("quick/ppo/simpledoorkey/learned_paper_seed0/config.json")
    assert read_json(config)["settings"]["no_examples"] is False
