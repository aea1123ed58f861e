"""Rows of the tables: aggregated over seeds, and written as JSON, CSV and Markdown."""

import csv
import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from core.console import echo
from core.files import write_bytes, write_json
from core.provenance import provenance
from core.secrets import hidden_command
from core.settings import ManySettings
from experiments.jobs import Job, runs_directory
from experiments.run_jobs import Measurement
from reports.rows import Row
from reports.statistics import Estimate, mean_over_training_and_env_seeds

TABLE_QUANTITIES = ("asks", "steps", "success", "return", "llm_calls")
_IDENTITY = ("skills", "task", "policy", "condition", "action_selection", "seeds")


def aggregate(jobs: Sequence[Job], results: Mapping[Job, Sequence[Measurement]]) -> list[Row]:
    """A row for each skill set, task, policy, condition and action selection, over all seeds.

    Args:
        jobs: in the order of the table.
        results: of at least these jobs, see `experiments.run_jobs.run_jobs`.
    """
    groups: dict[tuple[str, str, str, str, str], list[Mapping[str, Sequence[float]]]] = {}
    for job in jobs:
        for one in results[job]:
            key = (job.training.skills, one.task, job.name, one.condition.name)
            groups.setdefault((*key, one.action_selection), []).append(one.values)
    return [_row(*key, seeds) for key, seeds in groups.items()]


def _row(
    skills: str,
    task: str,
    policy: str,
    condition: str,
    action_selection: str,
    seeds: Sequence[Mapping[str, Sequence[float]]],
) -> Row:
    return Row(
        skills=skills,
        task=task,
        policy=policy,
        condition=condition,
        action_selection=action_selection,
        seeds=len(seeds),
        estimates={
            name: mean_over_training_and_env_seeds(name, np.array([seed[name] for seed in seeds]))
            for name in TABLE_QUANTITIES
        },
        per_seed={
            name: tuple(float(np.mean(seed[name])) for seed in seeds) for name in TABLE_QUANTITIES
        },
    )


def format_means(row: Row) -> str:
    """Questions / steps / success %, the means of a row."""
    asks, steps, success = (row.estimates[name].mean for name in ("asks", "steps", "success"))
    return f"{asks:.2f} / {steps:.2f} / {100 * success:.1f}"


def as_csv(rows: Sequence[Row]) -> str:
    """A line for each row: means and the ends of their intervals."""
    text = io.StringIO()
    ends = [f"{name}_{end}" for name in TABLE_QUANTITIES for end in Estimate._fields]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_IDENTITY, "regret", *ends])
    for row in rows:
        numbers = [end for name in TABLE_QUANTITIES for end in row.estimates[name]]
        writer.writerow([*(getattr(row, name) for name in _IDENTITY), row.regret, *numbers])
    return text.getvalue()


def write_rows(rows: Sequence[Row], settings: ManySettings, name: str, markdown: str) -> Path:
    """Write ``NAME.json``, ``NAME.csv`` and ``NAME.md``, and print the latter.

    Returns:
        The directory of the files: ``--out``, or that of the runs.
    """
    out = Path(settings.out) if settings.out else runs_directory(settings)
    command = " ".join(["python", *hidden_command(sys.argv)])
    document = {"command": command, **provenance(), "rows": [row.to_json() for row in rows]}
    write_json(out / f"{name}.json", document)
    write_bytes(out / f"{name}.csv", as_csv(rows).encode())
    write_bytes(out / f"{name}.md", markdown.encode())
    echo(markdown)
    echo(f"written to {out}")
    return out
