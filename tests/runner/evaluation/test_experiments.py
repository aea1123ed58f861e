"""The table over several experiments, by hand."""

import io

import pytest
from rich.console import Console

from core.episode import Episode, Step
from reports.statistics import summarize
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.experiments import as_table_of_tasks


def evaluation(tmp_path, solved, training_cases=()):
    """An evaluation of the cases "0", "1", ...; solved: whether each was a success."""
    episodes = tuple(
        Episode(
            "gripper",
            str(case),
            success=success,
            score=float(success),
            terminated=success,
            truncated=not success,
            steps=(Step("move rooma roomb", 0.0, observation="Two rooms."),) * 4,
            goal="",
            final_observation="The end.",
        )
        for case, success in enumerate(solved)
    )
    return Evaluation("r", episodes, summarize(episodes), tmp_path, training_cases)


def table(*tasks):
    """Heads and rows of the table, without the ends of intervals."""
    console = Console(file=io.StringIO(), width=80)
    console.print(as_table_of_tasks(tasks))
    lines = [line for line in console.file.getvalue().splitlines() if "─" not in line]
    assert all(len(line) <= 80 for line in lines)
    return [[word for word in line.split() if not word.startswith("(")] for line in lines]


def test_means_over_experiments(tmp_path):
    """Of four and of four cases, three and one are solved."""
    first = evaluation(tmp_path, [True, True, True, False])
    second = evaluation(tmp_path, [True, False, False, False])
    heads, row = table((first, second))
    assert heads == ["task", "cases", "success", "steps", "env", "steps"]
    assert row == ["gripper", "4", "50%", "4.0", "4.0"]


def test_all_tasks_together(tmp_path):
    """Each case counts the same: 2 of 3 and 1 of 3. Without case 0 of each task, 1 of 1 and 0 of 1."""
    larger = [evaluation(tmp_path, [True, solved], ("0",)) for solved in (True, False)]
    smaller = [evaluation(tmp_path, [False], ("0",))] * 2
    _, *rows = table(larger, smaller)
    assert rows == [
        ["gripper", "2", "75%", "50%", "4.0", "4.0"],
        ["gripper", "1", "0%", "-", "4.0", "4.0"],
        ["all", "3", "50%", "50%", "4.0", "4.0"],
    ]


@pytest.mark.parametrize(
    ("training", "share"),
    [
        ((("0",), ("3",)), "50%"),  # 2 of 3 and 1 of 3
        ((("0", "1", "2", "3"), ("3",)), "33%"),
        ((("0", "1", "2", "3"),) * 2, "-"),
    ],
    ids=["others in each experiment", "none in one experiment", "none"],
)
def test_held_out_cases(tmp_path, training, share):
    first = evaluation(tmp_path, [True, True, True, False], training[0])
    second = evaluation(tmp_path, [True, False, False, False], training[1])
    heads, row = table((first, second))
    assert "held-out" in heads
    assert row == ["gripper", "4", "50%", share, "4.0", "4.0"]
