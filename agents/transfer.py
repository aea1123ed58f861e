"""What survives: mediators put into other rooms, before a worse planner, before another one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from agents.units import (
    AS_TRAINED,
    LEARNED,
    Condition,
    make_units,
    play_all,
    publish,
    summarize_rows,
)
from core.settings import PlannerSettings, TransferSettings
from core.task import ALL

WAYS = ("always", "oracle", LEARNED)
SHOWN = (*WAYS, f"{LEARNED} on all tasks")
CONDITIONS = (
    AS_TRAINED,
    Condition("rooms to 16 x 16", (("rooms", "Min5-Max16-View3"),)),
    Condition("view of 5 x 5", (("rooms", "Min5-Max10-View5"),)),
    Condition("view of 7 x 7", (("rooms", "Min5-Max10-View7"),)),
    Condition("rooms to 16 x 16, view of 7 x 7", (("rooms", "Min5-Max16-View7"),)),
    Condition("10 % of plans wrong", (("planner_noise", 0.1),)),
)


def transfer(settings: TransferSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Train on each task and on all; evaluate under every condition; write and print the table."""
    plain = replace(settings, **asdict(PlannerSettings()))
    conditions = CONDITIONS + _other_planner(settings, plain)
    ways = [(way, 0.0) for way in WAYS]
    units = make_units(plain, ways, settings.skill_sets, settings.tasks, conditions)
    units += make_units(plain, [(LEARNED, 0.0)], settings.skill_sets, [ALL], conditions)
    rows = summarize_rows(units, play_all(units, settings))
    rows = [row for row in rows if row["task"] in settings.tasks]
    publish(rows, settings, "transfer", as_markdown(rows))


def _other_planner(settings: TransferSettings, plain: TransferSettings) -> tuple[Condition, ...]:
    """The condition that the planner is another one than in training, if one is given."""
    changes = tuple(
        (name, getattr(settings, name))
        for name in PlannerSettings.__dataclass_fields__
        if getattr(settings, name) != getattr(plain, name)
    )
    return (Condition(f"planner {settings.planner}", changes),) if changes else ()


def as_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Questions / steps / success % of every way, a line for each skills, condition and task."""
    lines = [
        f"| skills | condition | task | {' | '.join(SHOWN)} | {LEARNED}, by argmax |",
        f"|---|---|---|{'---:|' * (len(SHOWN) + 1)}",
    ]
    cells: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        line = cells.setdefault((row["skills"], row["condition"], row["task"]), {})
        argmax = ", by argmax" if row["decide"] == "argmax" else ""
        asks, steps, success = (row["mean"][name]["mean"] for name in ("asks", "steps", "success"))
        line[row["way"] + argmax] = f"{asks:.2f} / {steps:.2f} / {100 * success:.1f}"
    for head, line in cells.items():
        shown = [line.get(name, "") for name in (*SHOWN, f"{LEARNED}, by argmax")]
        lines.append(f"| {' | '.join((*head, *shown))} |")
    return "\n".join(lines) + "\n"
