"""Several experiments of a method, which differ in their random numbers: one after the other, and a table over them."""

from collections.abc import Callable, Iterator, Sequence
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
    """A row for each task, and one for all of several; it fits into 80 columns.

    Without a held-out case their success is ``-``.

    Args:
        tasks: the evaluations of each task, one for each experiment.
    """
    has_learned = any(evaluation.training_cases for task in tasks for evaluation in task)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("task", no_wrap=True)
    for column in ("cases", "success", *["held-out success"] * has_learned, "steps", "env steps"):
        table.add_column(column, justify="right", no_wrap=True)
    for evaluations in tasks:
        name = evaluations[0].episodes[0].task
        table.add_row(name, *_cells([[one] for one in evaluations], has_learned))
    if len(tasks) > 1:
        table.add_row("all", *_cells(list(zip(*tasks, strict=True)), has_learned))
    return table


def _cells(experiments: Sequence[Sequence[Evaluation]], has_learned: bool) -> Iterator[str]:
    """What a row says of the evaluations of each experiment; each case counts the same."""
    played = [[episode for one in each for episode in one.episodes] for each in experiments]
    held_out = [[e.success for one in each for e in one.held_out] for each in experiments]
    held_out = [successes for successes in held_out if successes]
    mean = summarize_runs(played)
    yield str(len(played[0]))
    yield _percent(mean["success"])
    if has_learned:
        yield _percent(mean_over_runs(held_out)) if held_out else "-"
    yield f"{mean['steps'].mean:.1f}"
    yield f"{mean['primitive_steps'].mean:.1f}"


def _percent(estimate: Estimate) -> str:
    low, high = (round(100 * end) for end in estimate[1:])
    return f"{100 * estimate.mean:.0f}% ({low}-{high})"
