"""Figures of many runs: learning curves, and success against questions beside the paper's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from reports.paper import PAPER
from reports.rows import GREEDY, SAMPLED, Row
from reports.statistics import Estimate

POINTS = 200
QUANTITIES = ("success", "asks")
AGAINST = {"env_steps": "environment steps", "time/total_seconds": "seconds"}
Metrics = Sequence[Mapping[str, float]]
"""The rows of a run's metrics, in order."""


def plot_learning_curves(runs: Mapping[str, Sequence[Metrics]], path: Path) -> None:
    """Success and questions against steps and seconds of training: mean and range over seeds.

    Args:
        runs: label of a line -> the metrics of its runs.
        path: of the PNG.
    """
    figure = Figure(figsize=(11, 7), layout="constrained")
    axes = figure.subplots(len(QUANTITIES), len(AGAINST))
    for row, quantity in zip(axes, QUANTITIES, strict=True):
        for axis, (against, unit) in zip(row, AGAINST.items(), strict=True):
            for label, seeds in runs.items():
                x, lines = _interpolate(seeds, against, f"rollout/{quantity}")
                [line] = axis.plot(x, lines.mean(axis=0), label=label)
                axis.fill_between(
                    x,
                    lines.min(axis=0),
                    lines.max(axis=0),
                    color=line.get_color(),
                    alpha=0.15,
                    lw=0,
                )
            axis.set_xlabel(unit)
            axis.set_ylabel("success" if quantity == "success" else "questions an episode")
            axis.grid(alpha=0.3)
            if quantity == "asks":
                axis.set_yscale("log")
    _save(figure, axes[0][0], 4, path)


def _interpolate(
    seeds: Sequence[Metrics], against: str, quantity: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """``(POINTS,)`` on the x axis, up to the end of the shortest run, and ``(seeds, POINTS)`` values."""
    xs = [np.array([row[against] for row in rows]) for rows in seeds]
    x = np.linspace(max(x[0] for x in xs), min(x[-1] for x in xs), POINTS)
    ys = [np.array([row[quantity] for row in rows]) for rows in seeds]
    return x, np.stack([np.interp(x, *pair) for pair in zip(xs, ys, strict=True)])


def plot_success_vs_asks(rows: Sequence[Row], path: Path) -> None:
    """Success against questions, a panel for each task and skill set; rings are the paper's.

    Args:
        rows: of the table.
        path: of the PNG.
    """
    panels = list(dict.fromkeys((row.skills, row.task) for row in rows))
    tasks = list(dict.fromkeys(task for _, task in panels))
    skill_sets = list(dict.fromkeys(skills for skills, _ in panels))
    policies = dict.fromkeys(row.policy for row in rows)
    colors = {policy: f"C{number}" for number, policy in enumerate(policies)}
    figure = Figure(figsize=(3.4 * len(tasks), 3.3 * len(skill_sets)), layout="constrained")
    grid = figure.subplots(len(skill_sets), len(tasks), squeeze=False, sharex=True, sharey=True)
    for skills, task in panels:
        axis = grid[skill_sets.index(skills)][tasks.index(task)]
        axis.set_title(f"{task}, {skills} skills", fontsize=9)
        _log_ticks(axis, rows)
        for row in rows:
            if (row.skills, row.task) != (skills, task) or row.action_selection == GREEDY:
                continue
            asks, success = row.estimates["asks"], row.estimates["success"]
            axis.errorbar(
                asks.mean,
                success.mean,
                xerr=_error_bars([asks]),
                yerr=_error_bars([success]),
                fmt="o",
                color=colors[row.policy],
                label=row.policy,
            )
            theirs = PAPER.get(task, {}).get(row.policy)
            if theirs is not None and skills == "paper":
                axis.plot(
                    theirs.asks, theirs.success, "o", mfc="none", ms=10, color=colors[row.policy]
                )
    for axis in grid[-1]:
        axis.set_xlabel("questions an episode")
    for axis in grid[:, 0]:
        axis.set_ylabel("success")
    _save(figure, grid[0][0], 2 * len(tasks), path)


def plot_budgets(rows: Sequence[Row], path: Path) -> None:
    """Success and steps against questions: a line over the budgets, marks for other policies.

    Args:
        rows: of one skill set; learned policies are called ``budget N``.
        path: of the PNG.
    """
    tasks = list(dict.fromkeys(row.task for row in rows))
    figure = Figure(figsize=(3.4 * len(tasks), 6), layout="constrained")
    grid = figure.subplots(2, len(tasks), squeeze=False, sharex=True, sharey="row")
    for column, task in zip(grid.T, tasks, strict=True):
        of_task = [row for row in rows if row.task == task and row.action_selection != GREEDY]
        budgets = [row.estimates for row in of_task if row.policy.startswith("budget")]
        for axis, quantity in zip(column, ("success", "steps"), strict=True):
            axis.plot(
                [estimates["asks"].mean for estimates in budgets],
                [estimates[quantity].mean for estimates in budgets],
                "o-",
                label="learned, by budget",
            )
            for row in of_task:
                if not row.policy.startswith("budget"):
                    at = row.estimates["asks"].mean, row.estimates[quantity].mean
                    axis.plot(*at, "s", label=row.policy)
            _log_ticks(axis, rows)
        column[0].set_title(task, fontsize=9)
        column[1].set_xlabel("questions an episode")
    grid[0][0].set_ylabel("success")
    grid[1][0].set_ylabel("steps")
    _save(figure, grid[0][0], 2 * len(tasks), path)


def plot_ablation(rows: Sequence[Row], path: Path) -> None:
    """Questions and success of some variants, a column a task: discs are sampled, rings are greedy.

    Args:
        rows: with the name of the variant as their ``policy``.
        path: of the PNG.
    """
    tasks = list(dict.fromkeys(row.task for row in rows))
    variants = list(dict.fromkeys(row.policy for row in rows))
    size = (1.6 + max(2.0, 0.75 * len(variants)) * len(tasks), 5)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(2, len(tasks), squeeze=False, sharex=True, sharey="row")
    for column, task in zip(grid.T, tasks, strict=True):
        for axis, quantity in zip(column, ("asks", "success"), strict=True):
            for selection, shift, fill in ((SAMPLED, -0.12, "C0"), (GREEDY, 0.12, "white")):
                marks = [
                    row for row in rows if (row.task, row.action_selection) == (task, selection)
                ]
                estimates = [row.estimates[quantity] for row in marks]
                axis.errorbar(
                    [variants.index(row.policy) + shift for row in marks],
                    [estimate.mean for estimate in estimates],
                    yerr=_error_bars(estimates),
                    fmt="o",
                    color="C0",
                    mfc=fill,
                    label=selection,
                )
            axis.grid(alpha=0.3)
        column[0].set_title(task, fontsize=9)
        column[1].set_xticks(
            range(len(variants)), labels=variants, rotation=30, ha="right", fontsize=8
        )
    grid[0][0].set_ylabel("questions")
    grid[1][0].set_ylabel("success")
    _save(figure, grid[0][0], 2, path)


def _error_bars(estimates: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    """The intervals' lengths below and above their means."""
    below = [one.mean - one.low for one in estimates]
    return below, [one.high - one.mean for one in estimates]


def _log_ticks(axis: Any, rows: Sequence[Row]) -> None:
    """Questions on a logarithmic axis with round numbers; it starts at 0 only if a policy asks nothing."""
    ticks = (0, 1, 2, 5, 10, 20, 50)
    axis.set_xscale("symlog", linthresh=1)
    axis.set_xticks(ticks, labels=map(str, ticks), minor=False)
    axis.minorticks_off()
    axis.set_xlim(-0.2 if min(row.estimates["asks"].mean for row in rows) < 1 else 1, 90)
    axis.grid(alpha=0.3)


def _save(figure: Figure, axis: Any, columns: int, path: Path) -> None:
    """Write the figure with one legend below all panels.

    Args:
        figure: with all its panels.
        axis: the panel whose labels are shown.
        columns: of the legend, at most.
        path: of the PNG.
    """
    handles, labels = axis.get_legend_handles_labels()
    ncols = min(len(labels), columns)
    figure.legend(handles, labels, loc="outside lower center", ncols=ncols)
    figure.savefig(path, dpi=110)
