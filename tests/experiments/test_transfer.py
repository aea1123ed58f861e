"""Zero-shot transfer: one command, a table."""

import pytest

from core.files import read_json
from core.settings import WITHOUT_EFFECT_ON_ANSWERS, PlannerSettings, TransferSettings
from experiments.jobs import AS_TRAINED, make_jobs
from experiments.transfer import CONDITIONS, as_markdown
from main import main
from reports.rows import Row
from reports.statistics import Estimate


def row(policy, action_selection="sampled", asks=3.0, condition="view"):
    means = {"asks": asks, "steps": 25.0, "success": 1.0}
    return Row(
        skills="paper",
        task="KeyInBox",
        policy=policy,
        condition=condition,
        action_selection=action_selection,
        seeds=1,
        estimates={name: Estimate(value, value, value) for name, value in means.items()},
        per_seed={name: (value,) for name, value in means.items()},
    )


def test_line_holds_every_policy_under_one_condition():
    rows = [
        row("always", "rule", asks=25.0),
        row("learned"),
        row("learned", "greedy", asks=2.5),
        row("learned on all tasks", asks=3.5),
        row("learned on all tasks", "greedy", asks=9.0),
        row("learned", condition="other"),
    ]
    head, _, first, second = as_markdown(rows).splitlines()
    assert head == (
        "| skills | condition | task | always | oracle | learned | learned on all tasks "
        "| learned, greedy |"
    )
    assert first == (
        "| paper | view | KeyInBox | 25.00 / 25.00 / 100.0 |  | 3.00 / 25.00 / 100.0 "
        "| 3.50 / 25.00 / 100.0 | 2.50 / 25.00 / 100.0 |"
    )
    assert second.startswith("| paper | other | KeyInBox |  |  | 3.00 / 25.00 / 100.0 |")


def test_rules_are_played_with_every_seed_where_the_planner_is_noisy():
    """With a planner that is always right, every seed would give the same."""
    settings = TransferSettings(seeds=(3, 4))

    def seeds(conditions):
        jobs = make_jobs(settings, [("always", 0.0)], ["paper"], ["KeyInBox"], conditions)
        return [job.training.seed for job in jobs]

    assert seeds((AS_TRAINED,)) == [0]
    assert seeds(CONDITIONS) == [3, 4]


def test_settings_without_effect_on_answers_are_a_planners():
    assert PlannerSettings.__dataclass_fields__.keys() >= WITHOUT_EFFECT_ON_ANSWERS


@pytest.mark.slow
def test_every_policy_meets_every_condition_and_another_planner_only_in_evaluations(
    tmp_path, capsys
):
    flags = ["--tasks", "SimpleDoorKey", "--skill_sets", "frontier", "--test_num", "2"]
    flags += ["--n_itr", "1", "--traj_per_itr", "2", "--seeds", "0", "--processes", "1"]
    assert main(["transfer", "--quick", *flags, "--no_examples", "--logdir", str(tmp_path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    for condition in (*(one.name for one in CONDITIONS), "no_examples True"):
        [line] = [line for line in lines if f"| {condition} | SimpleDoorKey |" in line]
        assert line.count("/") == 10  # five policies, each with three numbers
    rows = read_json(tmp_path / "quick" / "transfer.json")["rows"]
    assert {row["task"] for row in rows} == {"SimpleDoorKey"}
    assert {row["policy"] for row in rows} == {
        "always",
        "oracle",
        "learned",
        "learned on all tasks",
    }
    configs = list(tmp_path.glob("quick/ppo/*/learned_frontier_seed0/config.json"))
    assert len(configs) == 2
    for config in configs:
        assert read_json(config)["settings"]["no_examples"] is False
