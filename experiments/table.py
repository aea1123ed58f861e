"""The paper's table: tasks x ways of asking x skills x training seeds, with intervals."""

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

from core.files import read_lines, write_bytes
from core.run import METRICS, RunDirectory
from core.settings import TableSettings
from experiments.jobs import (
    COLUMNS,
    LEARNED,
    RL,
    Job,
    make_jobs,
    run_jobs,
    summarize_rows,
    write_results_table,
)
from reports.figures import plot_learning_curves, plot_success_vs_asks
from reports.paper import PAPER
from reports.statistics import Estimate


def table(settings: TableSettings) -> None:
    """Train and evaluate everything; write and print the table."""
    ways = [(way, 0.0) for way in settings.policies]
    jobs = make_jobs(settings, ways, settings.skill_sets, settings.tasks)
    rows = with_regret(summarize_rows(jobs, run_jobs(jobs, settings)))
    out = write_results_table(rows, settings, "table", as_markdown(rows))
    write_bytes(out / "table.csv", as_csv(rows).encode())
    plot_success_vs_asks(rows, out / "table.png")
    learned = _trained(jobs)
    if learned:
        plot_learning_curves(learned, out / "curves.png")


def with_regret(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, with what each way asks beyond the oracle, where there is one."""
    limits = {(row["skills"], row["task"]): row for row in rows if row["way"] == "oracle"}
    for row in rows:
        limit = limits.get((row["skills"], row["task"]))
        if limit is not None and row["way"] != RL:
            row["regret"] = row["mean"]["asks"]["mean"] - limit["mean"]["asks"]["mean"]
    return rows


def _trained(jobs: Sequence[Job]) -> dict[str, list[list[dict[str, float]]]]:
    """The metrics of the runs that learned to ask, by skills and task."""
    runs: dict[str, list[list[dict[str, float]]]] = {}
    for job in jobs:
        if job.way == LEARNED:
            skills, task = job.training.skills, job.training.task
            rows = read_lines(RunDirectory.of(job.training).file(METRICS))
            runs.setdefault(f"{task}, {skills} skills", []).append(rows)
    return runs


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """One line a row: means and the ends of their intervals."""
    text = io.StringIO()
    ends = [f"{name}_{end}" for name in COLUMNS for end in Estimate._fields]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["skills", "task", "way", "decide", "seeds", "regret", *ends])
    for row in rows:
        numbers = [row["mean"][name][end] for name in COLUMNS for end in Estimate._fields]
        head = [row[name] for name in ("skills", "task", "way", "decide", "seeds")]
        writer.writerow([*head, row.get("regret", ""), *numbers])
    return text.getvalue()


def as_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table for people: ours with 95 % intervals, the paper's beside it."""
    lines = [
        "| skills | task | way | asks | steps | success % | return | regret | paper: asks / steps / % |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = [_cell(row, name) for name in ("asks", "steps", "success", "return")]
        cells.append(f"{row['regret']:+.2f}" if "regret" in row else "")
        theirs = PAPER.get(row["task"], {}).get(row["way"])
        if theirs is None or row["skills"] != "paper" or row["decide"] == "argmax":
            cells.append("")
        else:
            cells.append(f"{theirs.asks:g} / {theirs.steps:g} / {100 * theirs.success:g}")
        way = row["way"] if row["decide"] == "rule" else f"{row['way']} ({row['decide']})"
        lines.append(f"| {row['skills']} | {row['task']} | {way} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(row: Mapping[str, Any], name: str) -> str:
    scale = 100 if name == "success" else 1
    mean, low, high = (scale * row["mean"][name][end] for end in Estimate._fields)
    digits = 1 if name == "success" else 2
    return f"{mean:.{digits}f} ({low:.{digits}f}..{high:.{digits}f})"
