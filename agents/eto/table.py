"""The table of a run, and of several experiments; metrics over its rounds."""

from collections.abc import Iterator, Mapping, Sequence

from rich import box
from rich.table import Table

from agents.eto.experiment import EvaluatedModel
from agents.eto.rounds import Round
from core.episode import Episode
from reports.statistics import Estimate, summarize_runs

Rows = Mapping[str, Sequence[Sequence[Episode]]]
"""Name of an agent -> its episodes of the test cases, in each experiment."""


def as_table(rows: Rows, best: str = "") -> Table:
    """A row for each agent, the best one marked; it fits into 80 columns.

    Args:
        rows: the episodes.
        best: name of the agent that was chosen.
    """
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("test cases", no_wrap=True)
    for column in ("cases", "success", "score", "steps"):
        table.add_column(column, justify="right", no_wrap=True)
    for name, runs in rows.items():
        mean = summarize_runs(runs)
        table.add_row(
            f"{name}{' *' * (name == best)}",
            str(len(runs[0])),
            _with_interval(mean["success"], 100, "{:.0f}", "%"),
            _with_interval(mean["score"], 1, "{:.3f}"),
            _with_interval(mean["steps"], 1, "{:.1f}"),
        )
    return table


def _with_interval(estimate: Estimate, scale: float, form: str, unit: str = "") -> str:
    mean, low, high = (form.format(scale * value) for value in estimate)
    return f"{mean}{unit} ({low}-{high})"


def metric_rows(sft: EvaluatedModel, rounds: Sequence[Round]) -> Iterator[dict[str, float]]:
    """A row of metrics for the model that the rounds begin with, and for each round (docs/metrics.md)."""
    yield {"iteration": 0, **_evaluations(sft)}
    for one in rounds:
        explored = one.explored
        yield {
            "iteration": one.number,
            **_evaluations(one.tuned),
            "explore/reward": sum(each.reward or 0.0 for each in explored) / max(len(explored), 1),
            "explore/success": sum(each.success for each in explored) / max(len(explored), 1),
            "explore/win": one.outcomes.win,
            "explore/tie": one.outcomes.tie,
            "explore/lose": one.outcomes.lose,
            "pairs/kept": len(one.pairs.kept),
            "pairs/left_out": one.pairs.num_left_out,
            "pairs/gradient_steps": one.num_steps,
        }


def _evaluations(candidate: EvaluatedModel) -> dict[str, float]:
    parts = {"dev": candidate.dev, "test": candidate.test}
    return {
        f"{part}/{name}": evaluation.summary[name].mean
        for part, evaluation in parts.items()
        for name in ("success", "score", "steps")
    }
