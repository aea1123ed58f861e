"""Flags of experiments of many runs."""

import os
from dataclasses import dataclass

from core.choices import SKILL_SETS, TABLE_POLICIES
from core.errors import SettingsError
from core.flags import flag
from core.settings.limits import (
    LARGEST_SEED,
    MOST_ITERATIONS,
    MOST_QUESTIONS,
    MOST_THREADS,
    episodes,
)
from core.settings.planner import PlannerSettings
from core.task import TASKS


@dataclass(frozen=True, kw_only=True)
class ManySettings(PlannerSettings):
    """Many runs."""

    tasks: tuple[str, ...] = flag(tuple(TASKS), "tasks", choices=TASKS.keys())
    seeds: tuple[int, ...] = flag(
        (0, 1, 2, 3, 4),
        "training seeds, one run each",
        at_least=0,
        at_most=LARGEST_SEED,
    )
    quick: bool = flag(
        False,
        "train in a quarter of the time, with larger steps and, without a budget, the ask cost of the published "
        "code; runs are kept in LOGDIR/quick",
    )
    n_itr: int = flag(
        0,
        "iterations of each training; 0: the default of its verb, or of --quick",
        at_least=0,
        at_most=MOST_ITERATIONS,
    )
    traj_per_itr: int = episodes(
        0, "episodes per iteration, of each task; 0: the default of its verb", at_least=0
    )
    test_num: int = episodes(100, "episodes of an evaluation: environment seeds 0, 1, ...")
    processes: int = flag(
        os.cpu_count() or 1,
        "number of runs at a time",
        at_least=1,
        at_most=MOST_THREADS,
        because="each has a process",
    )
    logdir: str = flag("log/table", "directory of the runs; finished runs there are not repeated")
    out: str = flag("", "directory of tables and figures (default: LOGDIR)")


@dataclass(frozen=True, kw_only=True)
class TableSettings(ManySettings):
    """The paper's table."""

    policies: tuple[str, ...] = flag(
        TABLE_POLICIES,
        "asking policies; RL learns to choose skills and never asks",
        choices=TABLE_POLICIES,
    )
    skill_sets: tuple[str, ...] = flag(
        tuple(SKILL_SETS), "skill sets to evaluate", choices=SKILL_SETS
    )


@dataclass(frozen=True, kw_only=True)
class ParetoSettings(ManySettings):
    """Success against questions."""

    budgets: tuple[float, ...] = flag(
        (2.0, 2.5, 3.0, 3.5, 4.5),
        "questions per episode, one training each; above 0",
        at_least=0,
        at_most=MOST_QUESTIONS,
    )
    skills: str = flag("paper", "skill set that carries out plans", choices=SKILL_SETS)

    def __post_init__(self) -> None:
        super().__post_init__()
        if 0 in self.budgets:
            raise SettingsError("--budgets: must be above 0")


@dataclass(frozen=True, kw_only=True)
class TransferSettings(ManySettings):
    """Evaluation in other rooms and with other planners."""

    skill_sets: tuple[str, ...] = flag(
        tuple(SKILL_SETS), "skill sets to evaluate", choices=SKILL_SETS
    )
