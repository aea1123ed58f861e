"""The paper's table: tasks x asking policies x skill sets x training seeds, with intervals."""

from collections.abc import Sequence
from dataclasses import replace

from agents.methods import TRAINED, WHEN2ASK
from core.metric_rows import read_metrics
from core.run import METRICS, RunDirectory
from core.settings import TableSettings
from experiments.aggregate import aggregate, write_rows
from experiments.jobs import Job, make_jobs
from experiments.run_jobs import run_jobs
from reports.figures import plot_learning_curves, plot_success_vs_asks
from reports.paper import PAPER_RESULTS
from reports.rows import GREEDY, RULE, Row


def table(settings: TableSettings) -> None:
    """Train and evaluate everything; write and print the table."""
    policies = [(policy, 0.0) for policy in settings.policies]
    jobs = make_jobs(settings, policies, settings.skill_sets, settings.tasks)
    rows = with_regret(aggregate(jobs, run_jobs(jobs, settings)))
    out = write_rows(rows, settings, "table", as_markdown(rows))
    plot_success_vs_asks(rows, out / "table.png")
    learned = _metrics_of_learned(jobs)
    if learned:
        plot_learning_curves(learned, out / "curves.png")


def with_regret(rows: Sequence[Row]) -> list[Row]:
    """The rows with their regret: questions per episode beyond those of the oracle."""
    asks_of_oracle = {
        (row.skills, row.task): row.estimates["asks"].mean for row in rows if row.policy == "oracle"
    }

    def regret(row: Row) -> float | None:
        least = asks_of_oracle.get((row.skills, row.task))
        method = TRAINED.get(row.policy, WHEN2ASK)
        return row.estimates["asks"].mean - least if least is not None and method.asks else None

    return [replace(row, regret=regret(row)) for row in rows]


def _metrics_of_learned(jobs: Sequence[Job]) -> dict[str, list[list[dict[str, float]]]]:
    """Label of a curve -> the metrics of its runs."""
    runs: dict[str, list[list[dict[str, float]]]] = {}
    for job in jobs:
        if job.policy in TRAINED and TRAINED[job.policy].asks:
            skills, task = job.training.skills, job.training.task
            metrics = read_metrics(RunDirectory.of(job.training).file(METRICS))
            runs.setdefault(f"{task}, {skills} skills", []).append(metrics)
    return runs


def as_markdown(rows: Sequence[Row]) -> str:
    """The table as Markdown: ours with 95 % intervals, the paper's figures in the last column."""
    lines = [
        "| skills | task | policy | asks | steps | success % | return | regret | paper: asks / steps / % |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = [_cell(row, name) for name in ("asks", "steps", "success", "return")]
        cells.append("" if row.regret is None else f"{row.regret:+.2f}")
        theirs = PAPER_RESULTS.get(row.task, {}).get(row.policy)
        if theirs is None or row.skills != "paper" or row.action_selection == GREEDY:
            cells.append("")
        else:
            cells.append(f"{theirs.asks:g} / {theirs.steps:g} / {100 * theirs.success:g}")
        policy = row.policy
        if row.action_selection != RULE:
            policy += f" ({row.action_selection})"
        lines.append(f"| {row.skills} | {row.task} | {policy} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(row: Row, name: str) -> str:
    scale = 100 if name == "success" else 1
    mean, low, high = (scale * end for end in row.estimates[name])
    digits = 1 if name == "success" else 2
    return f"{mean:.{digits}f} ({low:.{digits}f}..{high:.{digits}f})"
