"""Pictures of many runs: learning curves, and the table as marks beside the paper's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure

from reports.paper import PAPER

POINTS = 200
QUANTITIES = ("success", "asks")
AGAINST = {"env_steps": "environment steps", "time/total_seconds": "seconds"}
Rows = Sequence[Mapping[str, float]]


def plot_learning_curves(runs: Mapping[str, Sequence[Rows]], path: Path) -> None:
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
    seeds: Sequence[Rows], against: str, quantity: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """``(POINTS,)`` places on the axis, as far as the shortest run goes, and ``(seeds, POINTS)`` values."""
    xs = [np.array([row[against] for row in rows]) for rows in seeds]
    x = np.linspace(max(x[0] for x in xs), min(x[-1] for x in xs), POINTS)
    ys = [np.array([row[quantity] for row in rows]) for rows in seeds]
    return x, np.stack([np.interp(x, *pair) for pair in zip(xs, ys, strict=True)])


def plot_success_vs_asks(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Success against questions, a panel for each task and skills; rings are the paper's.

    Args:
        rows: of the table.
        path: of the PNG.
    """
    panels = list(dict.fromkeys((row["skills"], row["task"]) for row in rows))
    tasks = list(dict.fromkeys(task for _, task in panels))
    kinds = list(dict.fromkeys(skills for skills, _ in panels))
    ways = list(dict.fromkeys(row["way"] for row in rows))
    colors = {way: f"C{number}" for number, way in enumerate(ways)}
    figure = Figure(figsize=(3.4 * len(tasks), 3.3 * len(kinds)), layout="constrained")
    grid = figure.subplots(len(kinds), len(tasks), squeeze=False, sharex=True, sharey=True)
    for skills, task in panels:
        axis = grid[kinds.index(skills)][tasks.index(task)]
        axis.set_title(f"{task}, {skills} skills", fontsize=9)
        _log_ticks(axis, rows)
        for row in rows:
            if (row["skills"], row["task"]) != (skills, task) or row["decide"] == "argmax":
                continue
            asks, success = row["mean"]["asks"], row["mean"]["success"]
            axis.errorbar(
                asks["mean"],
                success["mean"],
                xerr=_error_bars([asks]),
                yerr=_error_bars([success]),
                fmt="o",
                color=colors[row["way"]],
                label=row["way"],
            )
            theirs = PAPER.get(task, {}).get(row["way"])
            if theirs is not None and skills == "paper":
                axis.plot(
                    theirs.asks, theirs.success, "o", mfc="none", ms=10, color=colors[row["way"]]
                )
    for axis in grid[-1]:
        axis.set_xlabel("questions an episode")
    for axis in grid[:, 0]:
        axis.set_ylabel("success")
    _save(figure, grid[0][0], 2 * len(tasks), path)


def plot_budgets(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Success and steps against questions: a line over the budgets, the other ways as marks.

    Args:
        rows: of one set of skills; learned ones are called ``budget N``.
        path: of the PNG.
    """
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    figure = Figure(figsize=(3.4 * len(tasks), 6), layout="constrained")
    grid = figure.subplots(2, len(tasks), squeeze=False, sharex=True, sharey="row")
    for column, task in zip(grid.T, tasks, strict=True):
        mine = [row for row in rows if row["task"] == task and row["decide"] != "argmax"]
        budgets = [row["mean"] for row in mine if row["way"].startswith("budget")]
        for axis, quantity in zip(column, ("success", "steps"), strict=True):
            axis.plot(
                [mean["asks"]["mean"] for mean in budgets],
                [mean[quantity]["mean"] for mean in budgets],
                "o-",
                label="learned, by budget",
            )
            for row in mine:
                if not row["way"].startswith("budget"):
                    at = row["mean"]["asks"]["mean"], row["mean"][quantity]["mean"]
                    axis.plot(*at, "s", label=row["way"])
            _log_ticks(axis, rows)
        column[0].set_title(task, fontsize=9)
        column[1].set_xlabel("questions an episode")
    grid[0][0].set_ylabel("success")
    grid[1][0].set_ylabel("steps")
    _save(figure, grid[0][0], 2 * len(tasks), path)


def plot_ablation(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Questions and success of some variants, a column a task: sampled as discs, by argmax as rings.

    Args:
        rows: as of a table, each with the variant's name as its ``way``.
        path: of the PNG.
    """
    tasks = list(dict.fromkeys(row["task"] for row in rows))
    ways = list(dict.fromkeys(row["way"] for row in rows))
    size = (1.6 + max(2.0, 0.75 * len(ways)) * len(tasks), 5)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(2, len(tasks), squeeze=False, sharex=True, sharey="row")
    for column, task in zip(grid.T, tasks, strict=True):
        for axis, quantity in zip(column, ("asks", "success"), strict=True):
            for decide, shift, fill in (("sample", -0.12, "C0"), ("argmax", 0.12, "white")):
                mine = [row for row in rows if (row["task"], row["decide"]) == (task, decide)]
                means = [row["mean"][quantity] for row in mine]
                axis.errorbar(
                    [ways.index(row["way"]) + shift for row in mine],
                    [mean["mean"] for mean in means],
                    yerr=_error_bars(means),
                    fmt="o",
                    color="C0",
                    mfc=fill,
                    label="sampled" if decide == "sample" else "by argmax",
                )
            axis.grid(alpha=0.3)
        column[0].set_title(task, fontsize=9)
        column[1].set_xticks(range(len(ways)), labels=ways, rotation=30, ha="right", fontsize=8)
    grid[0][0].set_ylabel("questions")
    grid[1][0].set_ylabel("success")
    _save(figure, grid[0][0], 2, path)


def _error_bars(means: Sequence[Mapping[str, float]]) -> tuple[list[float], list[float]]:
    """How far the intervals reach below and above their means."""
    below = [mean["mean"] - mean["low"] for mean in means]
    return below, [mean["high"] - mean["mean"] for mean in means]


def _log_ticks(axis: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Questions on a logarithmic axis with round numbers, from 0 only if somebody asks nothing."""
    ticks = (0, 1, 2, 5, 10, 20, 50)
    axis.set_xscale("symlog", linthresh=1)
    axis.set_xticks(ticks, labels=map(str, ticks), minor=False)
    axis.minorticks_off()
    axis.set_xlim(-0.2 if min(row["mean"]["asks"]["mean"] for row in rows) < 1 else 1, 90)
    axis.grid(alpha=0.3)


def _save(figure: Figure, axis: Any, columns: int, path: Path) -> None:
    """Write the picture, with one legend below all panels: that of an axis, so many columns wide."""
    handles, labels = axis.get_legend_handles_labels()
    ncols = min(len(labels), columns)
    figure.legend(handles, labels, loc="outside lower center", ncols=ncols)
    figure.savefig(path, dpi=110)
