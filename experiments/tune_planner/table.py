"""The tables of a run: what each tuning of the planner brings."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.table import Table

from experiments.tune_planner.evaluation import POLICIES, PlannerEvaluation, Quality


@dataclass(frozen=True, slots=True)
class Row:
    """A planner.

    Attributes:
        planner: its name.
        steps: gradient steps of its last stage; 0 without one.
        evaluation: how good it is.
    """

    planner: str
    steps: int
    evaluation: PlannerEvaluation


PLANS = ("planner", "gradient steps", "held out: exact", "feasible", "trained: exact")
"""Columns of the table of plans, in %."""
ROOMS = ("planner", *POLICIES)
"""Columns of the table of episodes: success % / steps / questions."""


def plan_cells(row: Row) -> list[str]:
    """A row of the table of plans."""
    held_out, trained = row.evaluation.held_out, row.evaluation.trained
    return [
        row.planner,
        str(row.steps) if row.steps else "-",
        share(held_out.exact, held_out),
        share(held_out.feasible, held_out),
        share(trained.exact, trained),
    ]


def room_cells(row: Row) -> list[str]:
    """A row of the table of episodes."""
    means = (row.evaluation.rooms[policy] for policy in POLICIES)
    return [
        row.planner,
        *(
            "{:.0f} / {:.1f} / {:.2f}".format(100 * one["success"], one["steps"], one["asks"])
            for one in means
        ),
    ]


def share(number: int, quality: Quality) -> str:
    """The share of the questions, in %, for example ``90.0``."""
    return f"{100 * number / quality.questions:.1f}"


def as_tables(rows: Sequence[Row]) -> tuple[Table, Table]:
    """The tables of plans and of episodes, for the terminal."""
    plans = Table(*PLANS, title="plans, % of the questions")
    rooms = Table(*ROOMS, title="episodes, success % / steps / questions")
    for row in rows:
        plans.add_row(*plan_cells(row))
        rooms.add_row(*room_cells(row))
    return plans, rooms
