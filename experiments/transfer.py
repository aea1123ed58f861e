"""What survives: mediators put into other rooms, before a worse planner, before another one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from core.settings import PlannerSettings, TransferSettings
from core.task import ALL
from experiments.jobs import (
    AS_TRAINED,
    LEARNED,
    ON_ALL,
    Condition,
    cell,
    make_jobs,
    run_jobs,
    summarize_rows,
    write_results_table,
)
from runner.resume import MAY_CHANGE_ON_RESUME

ASK_POLICIES = ("always", "oracle", LEARNED)
SHOWN = (*ASK_POLICIES, ON_ALL)
CONDITIONS: tuple[Condition, ...] = (
    AS_TRAINED,
    Condition("rooms to 16 x 16", (("rooms", "Min5-Max16-View3"),)),
    Condition("view of 5 x 5", (("rooms", "Min5-Max10-View5"),)),
    Condition("view of 7 x 7", (("rooms", "Min5-Max10-View7"),)),
    Condition("rooms to 16 x 16, view of 7 x 7", (("rooms", "Min5-Max16-View7"),)),
    Condition("misled 10 % of the time", (("planner_noise", 0.1),)),
)
SHARED = MAY_CHANGE_ON_RESUME - {"record_file"}
"""Flags of a planner that decide no numbers: training may have them, too."""


def transfer(settings: TransferSettings) -> None:
    """Train on each task and on all; evaluate under every condition; write and print the table."""
    defaults = asdict(PlannerSettings())
    changes = tuple(
        (name, getattr(settings, name))
        for name, default in defaults.items()
        if name not in SHARED and getattr(settings, name) != default
    )
    conditions = CONDITIONS
    if changes:
        conditions += (Condition(" ".join(f"{name} {value}" for name, value in changes), changes),)
    # they are met at test time only
    plain = replace(settings, **{name: defaults[name] for name, _ in changes})
    ways = [(way, 0.0) for way in ASK_POLICIES]
    jobs = make_jobs(plain, ways, settings.skill_sets, settings.tasks, conditions)
    jobs += make_jobs(plain, [(LEARNED, 0.0)], settings.skill_sets, [ALL], conditions)
    rows = summarize_rows(jobs, run_jobs(jobs, settings))
    rows = [row for row in rows if row["task"] in settings.tasks]
    write_results_table(rows, settings, "transfer", as_markdown(rows))


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
        line[row["way"] + argmax] = cell(row)
    for head, line in cells.items():
        shown = [line.get(name, "") for name in (*SHOWN, f"{LEARNED}, by argmax")]
        lines.append(f"| {' | '.join((*head, *shown))} |")
    return "\n".join(lines) + "\n"
