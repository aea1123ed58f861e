"""The cases of text worlds: which there are, and of what kind each is."""

import json
from collections.abc import Sequence
from functools import cache
from importlib import resources

from core.errors import SettingsError
from core.task import HOUSEHOLD_KINDS, TextTask
from envs.text.alfworld.games import find_game, read_games
from envs.text.coding import problems as coding
from envs.text.hotpotqa.questions import find_question, read_questions
from envs.text.pddl.problems import GENERATED, find_problem, published_cases
from envs.text.rooms import seed_of

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
    if task.world == "alfworld":
        cases = _games(task, split)
    elif task.world == "hotpotqa":
        cases = list(read_questions(split))
    elif task.world == "coding":
        cases = list(coding.read_problems(task.name))
    else:
        cases = _planning_cases(task.name, split)
    return cases[: number or None]


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
    """Raises a SettingsError if the task's world has no such case."""
    if task.world == "alfworld":
        find_game(case)
    elif task.world == "hotpotqa":
        find_question(case)
    elif task.world == "coding":
        coding.find_problem(task.name, case)
    elif task.splits:
        find_problem(task.name, case)
    else:
        seed_of(case)


def kind_of(task: TextTask, case: str) -> str:
    """The short name of a case's kind; empty in worlds without kinds."""
    if task.world == "hotpotqa":
        return find_question(case).kind
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
