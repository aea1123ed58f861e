"""The cases of text worlds: which there are, and of what kind each is."""

import json
from functools import cache
from importlib import resources

from core.errors import SettingsError
from core.task import HOUSEHOLD_KINDS, TextTask
from envs.text.alfworld.games import read_games
from envs.text.pddl.problems import GENERATED, published_cases

NUM_SEEDED = 100
"""Cases of a split that has no end, if no number is given."""
_KIND_NAMES = {kind: name for name, kind in HOUSEHOLD_KINDS.items()}


def cases_of(task: TextTask, split: str = "", number: int = 0) -> list[str]:
    """The cases of a split in their order.

    Args:
        task: the world.
        split: one of the task's; the first if empty.
        number: the first so many; 0: all, or `NUM_SEEDED` where there is no end.

    Raises:
        SettingsError: the task has no such split.
    """
    if not task.splits:
        if split:
            raise SettingsError(f"--split {split}: {task.name} has no splits; its cases are seeds")
        return [str(seed) for seed in range(number or NUM_SEEDED)]
    split = split or task.splits[0]
    if split not in task.splits:
        raise SettingsError(f"--split {split}: {task.name} has {', '.join(task.splits)}")
    if split == GENERATED:
        return [f"{GENERATED}/{seed}" for seed in range(number or NUM_SEEDED)]
    cases = _planning_cases(task.name, split) if task.world != "alfworld" else _games(task, split)
    return cases[: number or None]


def kind_of(task: TextTask, case: str) -> str:
    """The short name of a case's kind; empty in worlds without kinds."""
    if task.world != "alfworld":
        return ""
    return _KIND_NAMES[case.split("/")[1].split("-")[0]]


def _games(task: TextTask, split: str) -> list[str]:
    games = read_games(split).values()
    return [game.case for game in games if task.kind in ("", game.goal.task_type)]


def _planning_cases(domain: str, split: str) -> list[str]:
    """All published problems, those that LearnAct learns from, or the others."""
    training = {f"{domain}/{name}" for name in _training_problems()[domain]}
    return [
        case
        for case in published_cases(domain)
        if split == "published" or (case in training) == (split == "train")
    ]


@cache
def _training_problems() -> dict[str, list[str]]:
    file = resources.files("envs.text.pddl") / "training_problems.json"
    problems: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return problems
