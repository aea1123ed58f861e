"""Several experiments of a method, which differ in their random numbers: one after the other, and a table over them."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from rich import box
from rich.table import Table

from core.console import count, echo, show
from core.settings import ExperimentSettings
from reports.statistics import Estimate, mean_over_runs, summarize_runs
from runner.evaluation.evaluate import Evaluation

S = TypeVar("S", bound=ExperimentSettings)


def play_experiments(play: Callable[[S], list[Evaluation]], settings: S) -> list[Evaluation]:
    """Play each experiment of ``--exp_id``, and print a table over them if there are several.

    Args:
        play: plays one experiment; returns an evaluation for each task.
        settings: of all of them.
    """
    experiments = [play(each) for each in settings.experiments()]
    if len(experiments) > 1:
        echo(f"means over {count(len(experiments), 'experiment')} and their cases, 95 % intervals")
        show(as_table_of_tasks(list(zip(*experiments, strict=True))))
    return [evaluation for experiment in experiments for evaluation in experiment]


def as_table_of_tasks(tasks: Sequence[Sequence[Evaluation]]) -> Table:
    """A row for each task; it fits into 80 columns. Without a held-out case their success is ``-``.

    Args:
        tasks: the evaluations of each task, one for each experiment.
    """
    has_learned = any(evaluation.training_cases for task in tasks for evaluation in task)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("task", no_wrap=True)
    for column in ("cases", "success", *["held-out success"] * has_learned, "steps", "env steps"):
        table.add_column(column, justify="right", no_wrap=True)
    for evaluations in tasks:
        mean = summarize_runs([evaluation.episodes for evaluation in evaluations])
        held_out = [
            [episode.success for episode in evaluation.held_out]
            for evaluation in evaluations
            if evaluation.held_out
        ]
        table.add_row(
            evaluations[0].episodes[0].task,
            str(len(evaluations[0].episodes)),
            _percent(mean["success"]),
            *[_percent(mean_over_runs(held_out)) if held_out else "-"] * has_learned,
            f"{mean['steps'].mean:.1f}",
            f"{mean['primitive_steps'].mean:.1f}",
        )
    return table


def _percent(estimate: Estimate) -> str:
    low, high = (round(100 * end) for end in estimate[1:])
    return f"{100 * estimate.mean:.0f}% ({low}-{high})"
