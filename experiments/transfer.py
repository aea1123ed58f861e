"""Zero-shot transfer of trained mediators: other rooms, a noisy planner, another planner."""

from collections.abc import Sequence
from dataclasses import asdict, replace

from core.settings import WITHOUT_EFFECT_ON_ANSWERS, PlannerSettings, TransferSettings
from core.task import ALL
from experiments.aggregate import aggregate, format_means, write_rows
from experiments.jobs import AS_TRAINED, LEARNED, MULTITASK, Condition, make_jobs
from experiments.run_jobs import run_jobs
from reports.rows import GREEDY, Row

SINGLE_TASK_POLICIES = ("always", "oracle", LEARNED)
COLUMNS = (*SINGLE_TASK_POLICIES, MULTITASK)
CONDITIONS: tuple[Condition, ...] = (
    AS_TRAINED,
    Condition("rooms to 16 x 16", (("rooms", "Min5-Max16-View3"),)),
    Condition("view of 5 x 5", (("rooms", "Min5-Max10-View5"),)),
    Condition("view of 7 x 7", (("rooms", "Min5-Max10-View7"),)),
    Condition("rooms to 16 x 16, view of 7 x 7", (("rooms", "Min5-Max16-View7"),)),
    Condition("10 % of answers wrong", (("planner_noise", 0.1),)),
)


def transfer(settings: TransferSettings) -> None:
    """Train on each task and on all; evaluate under every condition; write and print the table.

    Trainings use the default planner. A planner that the flags name is one more condition.
    """
    defaults = asdict(PlannerSettings())
    changes = tuple(
        (name, getattr(settings, name))
        for name, default in defaults.items()
        if name not in WITHOUT_EFFECT_ON_ANSWERS and getattr(settings, name) != default
    )
    conditions = CONDITIONS
    if changes:
        conditions += (Condition(" ".join(f"{name} {value}" for name, value in changes), changes),)
    of_training = replace(settings, **{name: defaults[name] for name, _ in changes})
    policies = [(policy, 0.0) for policy in SINGLE_TASK_POLICIES]
    jobs = make_jobs(of_training, policies, settings.skill_sets, settings.tasks, conditions)
    jobs += make_jobs(of_training, [(LEARNED, 0.0)], settings.skill_sets, [ALL], conditions)
    rows = aggregate(jobs, run_jobs(jobs, settings))
    rows = [row for row in rows if row.task in settings.tasks]
    write_rows(rows, settings, "transfer", as_markdown(rows))


def as_markdown(rows: Sequence[Row]) -> str:
    """Questions / steps / success % of every policy, a line for each skill set, condition and task."""
    columns = [*COLUMNS, f"{LEARNED}, {GREEDY}"]
    lines = [
        f"| skills | condition | task | {' | '.join(columns)} |",
        f"|---|---|---|{'---:|' * len(columns)}",
    ]
    cells: dict[tuple[str, str, str], dict[str, str]] = {}
    for row in rows:
        line = cells.setdefault((row.skills, row.condition, row.task), {})
        is_greedy = row.action_selection == GREEDY
        line[f"{row.policy}, {GREEDY}" if is_greedy else row.policy] = format_means(row)
    for head, line in cells.items():
        lines.append(f"| {' | '.join((*head, *(line.get(name, '') for name in columns)))} |")
    return "\n".join(lines) + "\n"
