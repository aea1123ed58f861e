"""Figures of many runs: learning curves, and tables as marks with error bars."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from reports.palette import POLICY_COLORS, colors_of, uses_before
from reports.paper import PAPER_RESULTS
from reports.rows import GREEDY, SAMPLED, Row
from reports.statistics import Estimate
from reports.trials import TRIAL_LABELS, ByTrial

POINTS = 200
"""Points of a learning curve."""
DASHES = ("-", "--", ":")
"""For lines that share a colour."""
AXIS_LABELS: Mapping[str, str] = {
    "success": "success",
    "asks": "questions per episode",
    "steps": "steps per episode",
    "env_steps": "environment steps",
    "time/total_seconds": "seconds of training",
}
PAPER_LABEL = "the paper's (rings)"
MetricsRows = Sequence[Mapping[str, float]]
"""Rows of one run's metrics.jsonl."""


def plot_learning_curves(runs: Mapping[str, Sequence[MetricsRows]], path: Path) -> None:
    """Success and questions against steps and seconds of training: mean and range over seeds.

    Args:
        runs: label of a line -> the metrics of each training seed.
        path: of the PNG.
    """
    figure = Figure(figsize=(11, 7.5), layout="constrained")
    grid = figure.subplots(2, 2, sharex="col", sharey="row")
    colors = colors_of(list(runs))
    dashes = [DASHES[uses % len(DASHES)] for uses in uses_before(colors)]
    for row, quantity in zip(grid, ("success", "asks"), strict=True):
        for axis, x_name in zip(row, ("env_steps", "time/total_seconds"), strict=True):
            for number, (label, seeds) in enumerate(runs.items()):
                x, lines = _interpolate(seeds, x_name, f"rollout/{quantity}")
                color, dash = colors[number], dashes[number]
                axis.plot(x, lines.mean(axis=0), dash, color=color, label=label)
                low, high = lines.min(axis=0), lines.max(axis=0)
                axis.fill_between(x, low, high, color=color, alpha=0.15, lw=0)
            axis.grid(alpha=0.3)
            axis.label_outer()
            if quantity == "asks":
                axis.set_xlabel(AXIS_LABELS[x_name])
                axis.set_yscale("log")
                axis.set_ylim(bottom=1)
                _round_ticks(axis.yaxis)
            else:
                axis.set_ylim(0, 1.04)
        row[0].set_ylabel(AXIS_LABELS[quantity])
    _save(figure, list(grid.flat), 4, path)


def _interpolate(
    seeds: Sequence[MetricsRows], x_name: str, y_name: str
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """``(POINTS,)`` x up to the end of the shortest run, and ``(seeds, POINTS)`` values there."""
    xs = [np.array([row[x_name] for row in rows]) for rows in seeds]
    x = np.linspace(max(x[0] for x in xs), min(x[-1] for x in xs), POINTS)
    ys = [np.array([row[y_name] for row in rows]) for rows in seeds]
    return x, np.stack([np.interp(x, *pair) for pair in zip(xs, ys, strict=True)])


def plot_success_vs_asks(rows: Sequence[Row], path: Path) -> None:
    """Success against questions, a panel for each task and skill set; rings are the paper's.

    Args:
        rows: of the table; greedy ones are left out.
        path: of the PNG.
    """
    rows = [row for row in rows if row.action_selection != GREEDY]
    tasks = list(dict.fromkeys(row.task for row in rows))
    skill_sets = list(dict.fromkeys(row.skills for row in rows))
    colors = _policy_colors(rows)
    size = (3.2 * len(tasks), 3.1 * len(skill_sets) + 0.6)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(skill_sets), len(tasks), squeeze=False, sharex=True, sharey=True)
    for line, skills in zip(grid, skill_sets, strict=True):
        for axis, task in zip(line, tasks, strict=True):
            axis.set_title(f"{task}, {skills} skills", fontsize=10)
            _log_axis_of_asks(axis, rows)
            for row in rows:
                if (row.skills, row.task) == (skills, task):
                    _mark(axis, row, "success", colors[row.policy])
                    _mark_paper(axis, row, colors[row.policy])
    _label_edges(grid, ("success",) * len(skill_sets))
    _save(figure, list(grid.flat), 8, path)


def plot_budgets(rows: Sequence[Row], path: Path) -> None:
    """Success and steps against questions: a line over the budgets, the other policies as marks.

    Args:
        rows: of one skill set; learned ones are called ``budget N``. Greedy ones are left out.
        path: of the PNG.
    """
    rows = [row for row in rows if row.action_selection != GREEDY]
    budgets = [row for row in rows if row.policy.startswith("budget")]
    others = [row for row in rows if not row.policy.startswith("budget")]
    tasks = list(dict.fromkeys(row.task for row in rows))
    colors = _policy_colors(others)
    figure = Figure(figsize=(3.2 * len(tasks), 6.4), layout="constrained")
    grid = figure.subplots(2, len(tasks), squeeze=False, sharex=True, sharey="row")
    for column, task in zip(grid.T, tasks, strict=True):
        column[0].set_title(task, fontsize=10)
        for axis, quantity in zip(column, ("success", "steps"), strict=True):
            _log_axis_of_asks(axis, rows)
            line = [row.estimates for row in budgets if row.task == task]
            axis.plot(
                [means["asks"].mean for means in line],
                [means[quantity].mean for means in line],
                "o-",
                color=POLICY_COLORS["learned"],
                label="learned, by budget",
            )
            for row in others:
                if row.task == task:
                    _mark(axis, row, quantity, colors[row.policy])
    _label_edges(grid, ("success", "steps"))
    _save(figure, list(grid.flat), 8, path)


def plot_ablation(rows: Sequence[Row], path: Path) -> None:
    """Questions and success of variants, a column for each task: sampled as discs, greedy as rings.

    Args:
        rows: as of a table, each with the variant's name as its `policy`.
        path: of the PNG.
    """
    tasks = list(dict.fromkeys(row.task for row in rows))
    variants = list(dict.fromkeys(row.policy for row in rows))
    size = (1.6 + max(2.2, 0.75 * len(variants)) * len(tasks), 5.2)
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(2, len(tasks), squeeze=False, sharex=True, sharey="row")
    color = POLICY_COLORS["learned"]
    for column, task in zip(grid.T, tasks, strict=True):
        for axis, quantity in zip(column, ("asks", "success"), strict=True):
            for selection, shift, fill in ((SAMPLED, -0.12, color), (GREEDY, 0.12, "white")):
                mine = [
                    row for row in rows if (row.task, row.action_selection) == (task, selection)
                ]
                estimates = [row.estimates[quantity] for row in mine]
                axis.errorbar(
                    [variants.index(row.policy) + shift for row in mine],
                    [estimate.mean for estimate in estimates],
                    yerr=_error_bars(estimates),
                    fmt="o",
                    color=color,
                    mfc=fill,
                    label=selection,
                )
            axis.set_xlim(-0.5, len(variants) - 0.5)
            axis.grid(alpha=0.3)
        column[0].set_title(task, fontsize=10)
        column[1].set_xticks(range(len(variants)), labels=variants, rotation=30, ha="right")
    grid[0][0].set_ylabel(AXIS_LABELS["asks"])
    grid[1][0].set_ylabel(AXIS_LABELS["success"])
    _save(figure, list(grid.flat), 2, path)


def plot_trials(panels: Mapping[str, Mapping[str, ByTrial]], path: Path) -> None:
    """Quantities by trial: a column of panels for each title, a line with its interval for each label.

    Quantities that are 0 everywhere (tokens of a scripted model) have no row.

    Args:
        panels: title -> label -> estimates by trial.
        path: of the PNG.
    """
    lines = [estimates for labelled in panels.values() for estimates in labelled.values()]
    quantities = [
        name
        for name in ("success", "answers", "tokens")
        if any(estimate.mean for estimates in lines for estimate in estimates[name])
    ]
    labels = list(dict.fromkeys(label for labelled in panels.values() for label in labelled))
    colors = dict(zip(labels, colors_of(labels), strict=True))
    size = (1.2 + 3.4 * len(panels), 0.8 + 2.6 * len(quantities))
    figure = Figure(figsize=size, layout="constrained")
    grid = figure.subplots(len(quantities), len(panels), squeeze=False, sharex="col", sharey="row")
    for column, (title, labelled) in zip(grid.T, panels.items(), strict=True):
        column[0].set_title(title, fontsize=10)
        column[-1].set_xlabel("trial")
        for axis, name in zip(column, quantities, strict=True):
            for label, estimates in labelled.items():
                means, lows, highs = zip(*estimates[name], strict=True)
                axis.plot(means, "o-", ms=4, color=colors[label], label=label)
                axis.fill_between(
                    range(len(means)), lows, highs, color=colors[label], alpha=0.15, lw=0
                )
            axis.set_ylim(0, 1.04 if name == "success" else None)
            axis.xaxis.set_major_locator(MaxNLocator(integer=True))
            axis.grid(alpha=0.3)
    for line, name in zip(grid, quantities, strict=True):
        line[0].set_ylabel(TRIAL_LABELS[name])
    _save(figure, list(grid.flat), 4, path)


def _policy_colors(rows: Sequence[Row]) -> dict[str, str]:
    policies = list(dict.fromkeys(row.policy for row in rows))
    return dict(zip(policies, colors_of(policies), strict=True))


def _mark(axis: Axes, row: Row, quantity: str, color: str) -> None:
    """A row as a mark at its questions and its `quantity`, with error bars."""
    x, y = row.estimates["asks"], row.estimates[quantity]
    axis.errorbar(
        x.mean,
        y.mean,
        xerr=_error_bars([x]),
        yerr=_error_bars([y]),
        fmt="o",
        color=color,
        label=row.policy,
    )


def _mark_paper(axis: Axes, row: Row, color: str) -> None:
    """The paper's number for the same task and policy, as a ring."""
    theirs = PAPER_RESULTS.get(row.task, {}).get(row.policy)
    if theirs is not None and row.skills == "paper":
        axis.plot(
            theirs.asks, theirs.success, "o", mfc="none", ms=10, color=color, label=PAPER_LABEL
        )


def _error_bars(estimates: Sequence[Estimate]) -> tuple[list[float], list[float]]:
    """Distance of the intervals' ends below and above their means."""
    below = [estimate.mean - estimate.low for estimate in estimates]
    return below, [estimate.high - estimate.mean for estimate in estimates]


def _log_axis_of_asks(axis: Axes, rows: Sequence[Row]) -> None:
    """Questions on a logarithmic x axis; it begins at 0 only if a policy asks less than once."""
    axis.set_xscale("symlog", linthresh=1)
    _round_ticks(axis.xaxis)
    axis.set_xlim(-0.2 if min(row.estimates["asks"].mean for row in rows) < 1 else 1, 90)
    axis.grid(alpha=0.3)


def _round_ticks(axis: Axis) -> None:
    """Round numbers of questions on a logarithmic axis."""
    axis.set_major_locator(FixedLocator((0, 1, 2, 5, 10, 20, 50)))
    axis.set_major_formatter("{x:g}")
    axis.set_minor_locator(NullLocator())


def _label_edges(grid: npt.NDArray[Any], quantities: Sequence[str]) -> None:
    """Axis titles below the last row of panels and left of the first column."""
    for axis in grid[-1]:
        axis.set_xlabel(AXIS_LABELS["asks"])
    for axis, quantity in zip(grid[:, 0], quantities, strict=True):
        axis.set_ylabel(AXIS_LABELS[quantity])


def _save(figure: Figure, axes: Sequence[Axes], columns: int, path: Path) -> None:
    """Write the figure with one legend below all panels, of everything that any panel labels."""
    handles: dict[str, Any] = {}
    for axis in axes:
        for handle, label in zip(*axis.get_legend_handles_labels(), strict=True):
            handles.setdefault(label, handle)
    if PAPER_LABEL in handles:
        handles[PAPER_LABEL] = handles.pop(PAPER_LABEL)  # last
    ncols = min(len(handles), columns)
    figure.legend(
        handles.values(), handles.keys(), loc="outside lower center", ncols=ncols, frameon=False
    )
    figure.savefig(path, dpi=110)
