"""The cases of text worlds: which there are, and of what kind each is."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from core.errors import SettingsError
from core.task import HOUSEHOLD_KINDS, PLANNING_DOMAINS, TextTask
from envs.text.alfworld.games import find_game, read_games
from envs.text.arguments import seed_of
from envs.text.coding import problems as coding
from envs.text.hotpotqa.questions import find_question, read_questions
from envs.text.pddl.problems import GENERATED, find_problem, published_cases

NUM_SEEDED = 100
"""Cases of a split that has no end, if no number is given."""
_KIND_NAMES = {kind: name for name, kind in HOUSEHOLD_KINDS.items()}


@dataclass(frozen=True, slots=True)
class NamedCases:
    """The cases of a world that has them by name.

    Attributes:
        of: those of a task and a split, in their order.
        find: raises a SettingsError if a task has no such case.
        kind: the short name of a case's kind.
    """

    of: Callable[[TextTask, str], Iterable[str]]
    find: Callable[[TextTask, str], object]
    kind: Callable[[str], str] = lambda _: ""


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
    return list(NAMED[task.world].of(task, split))[: number or None]


def check_cases(task: TextTask, cases: Sequence[str]) -> None:
    """Check that cases given by name can be played.

    Raises:
        SettingsError: one is not a case of the task, or is given twice.
    """
    for number, case in enumerate(cases):
        if case in cases[:number]:
            raise SettingsError(f"--case {case} is given twice")
        try:
            _find(task, case)
        except SettingsError as error:
            raise SettingsError(f"--case: {error}") from None
        if task.kind and kind_of(task, case) != task.name:
            raise SettingsError(
                f"--case {case} is of the kind {kind_of(task, case)}, not {task.name}"
            )


def _find(task: TextTask, case: str) -> None:
    """Raises a SettingsError if the task has no such case."""
    if task.splits:
        NAMED[task.world].find(task, case)
    else:
        seed_of(case)


def kind_of(task: TextTask, case: str) -> str:
    """The short name of a case's kind; empty in worlds without kinds."""
    return NAMED[task.world].kind(case) if task.splits else ""


def _games(task: TextTask, split: str) -> list[str]:
    games = read_games(split).values()
    return [game.case for game in games if task.kind in ("", game.goal.task_type)]


def _kind_of_game(case: str) -> str:
    return _KIND_NAMES[case.split("/")[1].split("-")[0]]


def _planning_cases(task: TextTask, split: str) -> list[str]:
    """All published problems, those that LearnAct learns from, or the others."""
    training = {f"{task.name}/{name}" for name in _training_problems()[task.name]}
    return [
        case
        for case in published_cases(task.name)
        if split == "published" or (case in training) == (split == "train")
    ]


@cache
def _training_problems() -> dict[str, list[str]]:
    file = resources.files("envs.text.pddl") / "training_problems.json"
    problems: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return problems


NAMED: Mapping[str, NamedCases] = {
    "alfworld": NamedCases(_games, lambda _, case: find_game(case), _kind_of_game),
    "hotpotqa": NamedCases(
        lambda _, split: read_questions(split),
        lambda _, case: find_question(case),
        lambda case: find_question(case).kind,
    ),
    "coding": NamedCases(
        lambda task, _: coding.read_problems(task.name),
        lambda task, case: coding.find_problem(task.name, case),
    ),
    **dict.fromkeys(
        PLANNING_DOMAINS,
        NamedCases(_planning_cases, lambda task, case: find_problem(task.name, case)),
    ),
}
"""Worlds whose tasks have splits. Without splits a case is a seed, and nothing has to stand here."""
