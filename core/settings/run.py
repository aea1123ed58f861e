"""Flags of a run, and of a run in rooms; a run of several seeds or tasks, one by one."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from core.choices import COST_RULES, ENGINES, OBJECTIVES, SKILL_SETS
from core.errors import SettingsError
from core.flags import flag, shorten
from core.settings.limits import IN_MEMORY, LARGEST_SEED, LARGEST_WEIGHT, MOST_ROOMS
from core.settings.planner import PlannerSettings
from core.task import ALL, PAPER_ROOMS, ROOMS, TASKS, canonical_name, find_task, is_all_tasks

LONGEST_NAME = 200
"""Bytes of a run's name: file systems allow 255, and ``_seedN`` may follow."""
DEVICE = r"cpu|cuda(:\d{1,3})?"


@dataclass(frozen=True, kw_only=True)
class BaseRunSettings(PlannerSettings):
    """The run: its task, directory, seed and device."""

    task: str = flag(
        "SimpleDoorKey",
        f"{', '.join(TASKS)}; {ALL}: one mediator for all of them (not for ask, play, planners, tune_planner)",
    )
    save_name: str = flag(
        help="name of the run; its directory is LOGDIR/ALGO/TASK/SAVE_NAME", example="experiment01"
    )
    logdir: str = flag("log", "directory of all runs")
    seed: int = flag(0, "seed of all random numbers of the run", at_least=0, at_most=LARGEST_SEED)
    device: str = flag(
        "cpu", "where networks and a language model in this process compute: cpu, cuda or cuda:N"
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "task", canonical_name(self.task))
        if self.answers_per_question > 1 and self.temperature == 0:
            raise SettingsError(
                f"--answers_per_question {self.answers_per_question}: at --temperature 0 all answers to a "
                "question are the same"
            )
        if self.answers_per_question > 1 and self.planner_mode == "rank":
            raise SettingsError(
                f"--answers_per_question {self.answers_per_question}: --planner_mode rank is deterministic"
            )
        if not Path(self.answer_store).name:
            raise SettingsError(f"--answer_store {self.answer_store!r}: must be the name of a file")
        if "" in self.stop:
            raise SettingsError("--stop: an empty text would end every answer")
        if not re.fullmatch(DEVICE, self.device):
            raise SettingsError(f"--device {shorten(self.device)}: must be cpu, cuda or cuda:N")
        _check_name(self.save_name)


def _check_name(name: str) -> None:
    """Check that a run's name is the name of one directory, on every system and in every shell.

    Raises:
        SettingsError: it is not.
    """
    is_one = name.strip() == name and name not in ("", ".", "..") and name[0] != "-"
    if not is_one or "/" in name or "\\" in name:
        raise SettingsError(
            f"--save_name {name!r}: must be the name of one directory, without slashes, and no dash or "
            "blank in front"
        )
    if len(name.encode()) > LONGEST_NAME:
        raise SettingsError(
            f"--save_name {shorten(name)}: must have at most {LONGEST_NAME} bytes, because file systems "
            "allow no longer names"
        )


@dataclass(frozen=True, kw_only=True)
class RunSettings(BaseRunSettings):
    """Rooms, skills and ask cost."""

    rooms: str = flag(
        PAPER_ROOMS,
        "smallest and largest side of the rooms, and the agent's view, in cells",
        choices=ROOMS.keys(),
    )
    algo: str = flag(
        "ppo", "objective of the mediator's training", choices=OBJECTIVES, alias="policy"
    )
    run_seed_list: tuple[int, ...] = flag(
        (),
        "several seeds: one run each, in SAVE_NAME_seedN, instead of --seed",
        at_least=0,
        at_most=LARGEST_SEED,
    )
    skills: str = flag("paper", "skill set that carries out plans", choices=SKILL_SETS)
    ask_cost: str = flag("paper", "which questions are charged", choices=COST_RULES)
    ask_lambda: float = flag(
        0.01, "cost of a question, in units of reward", at_least=0, at_most=LARGEST_WEIGHT
    )
    num_envs: int = flag(
        128,
        "number of rooms that are stepped together",
        at_least=1,
        at_most=MOST_ROOMS,
        because=IN_MEMORY,
    )
    engine: str = flag("auto", "what steps the rooms; all give the same numbers", choices=ENGINES)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not is_all_tasks(self.task):
            find_task(self.task)  # text worlds have no rooms
        seeds = self.run_seed_list
        if len(set(seeds)) < len(seeds):
            raise SettingsError(f"--run_seed_list {' '.join(map(str, seeds))}: a seed is repeated")

    @property
    def group(self) -> str:
        """The directory below LOGDIR."""
        return self.algo


def check_resume(*, resume: bool, overwrite: bool) -> None:
    """Check that a run is not to be both continued and replaced.

    Raises:
        SettingsError: it is.
    """
    if resume and overwrite:
        raise SettingsError(
            "--resume continues a run and --overwrite replaces it: give only one of them"
        )


MULTI_RUN_FLAGS = ("run_seed_list", "answers_per_question")
"""Flags without effect where there is one run, with one answer to a question."""
R = TypeVar("R", bound=RunSettings)


def with_seed(settings: R, seed: int) -> R:
    """The settings of one run of ``--run_seed_list``."""
    return replace(
        settings, seed=seed, run_seed_list=(), save_name=f"{settings.save_name}_seed{seed}"
    )


def each_seed(settings: R) -> list[R]:
    """The settings of each run: one for each seed of ``--run_seed_list``, or the settings themselves."""
    return [with_seed(settings, seed) for seed in settings.run_seed_list] or [settings]


def each_task(settings: R) -> list[R]:
    """The settings for each task: for every one if the task is `ALL`, or the settings themselves."""
    if not is_all_tasks(settings.task):
        return [settings]
    return [replace(settings, task=name) for name in TASKS]
