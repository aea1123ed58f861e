"""The cases of text worlds: which there are, and of what kind each is."""

import json
import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice

from core.errors import SettingsError
from core.spread import spread
from core.task import GENERATED, HOUSEHOLD_KINDS, PLANNING_DOMAINS, TextTask
from envs.text.alfworld.cases import find_game, generated_case
from envs.text.alfworld.games import read_games
from envs.text.arguments import seed_of
from envs.text.coding import problems as coding
from envs.text.hotpotqa.questions import find_question, read_questions
from envs.text.pddl.problems import different_from, find_problem, published_cases
from envs.text.scienceworld.cases import find_variation, kind_of_case, read_cases
from envs.text.webshop.shop import Shop, open_shop

NUM_SEEDED = 100
"""Cases of a split that has no end, if no number is given."""
NUM_TRAINING = 3
"""Cases that a method of LearnAct learns from, as published."""
TRAINING_SEEDS = range(2000, 3000)
"""Of rooms; neither evaluations nor worked examples have them."""
PARTS = ("train", "dev", "test")
"""Parts of the cases of a task: to tune a model on, to choose among models, to evaluate."""
_SPLITS_OF_PARTS: Mapping[str, Mapping[str, str]] = {
    "alfworld": {"dev": "valid_seen", "test": "valid_unseen"},
    "hotpotqa": {"test": "published"},
    **{domain: {"test": "published"} for domain in PLANNING_DOMAINS},
}
"""World -> part -> the split that it is, where the names differ."""
_SEEDS_OF_ROOMS = {"train": range(10_000, 2**31), "dev": range(9_000, 9_100), "test": range(100)}
_SEEDS_OF_PROBLEMS = {"train": range(1_000, 2**31), "dev": range(900, 1_000)}
"""Of the problems of robotic planning that are generated."""
_KIND_NAMES = {kind: name for name, kind in HOUSEHOLD_KINDS.items()}


@dataclass(frozen=True, slots=True)
class NamedCases:
    """The cases of a world that has them by name.

    Attributes:
        of: those of a task and a split, in their order.
        find: raises a SettingsError if a task has no such case.
        kind: the short name of a case's kind.
        generated: the case that a task makes from a seed, where there is such a split.
    """

    of: Callable[[TextTask, str], Iterable[str]]
    find: Callable[[TextTask, str], object]
    kind: Callable[[str], str] = lambda _: ""
    generated: Callable[[TextTask, int], str] = lambda _, seed: f"{GENERATED}/{seed}"


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
        return _generated(task, range(number or NUM_SEEDED))
    return list(NAMED[task.world].of(task, split))[: number or None]


def training_cases(task: TextTask, learn_split: str, seed: int, split: str = "") -> list[str]:
    """The cases of a task that are learned from.

    Args:
        task: the world.
        learn_split: ``published``: those of LearnAct's code; ``drawn``: three cases of the split. In rooms both
            are three seeds that are drawn and that no evaluation has.
        seed: of the draw.
        split: one of the task's; the first if empty.

    Raises:
        SettingsError: there is no such split, or nothing is published about the task.
    """
    rng = random.Random(f"{seed} {task.name}")
    if not task.splits:
        return [str(number) for number in sorted(rng.sample(TRAINING_SEEDS, NUM_TRAINING))]
    cases = cases_of(task, split)
    if learn_split == "drawn":
        return sorted(rng.sample(cases, min(NUM_TRAINING, len(cases))), key=cases.index)
    published = published_training_cases().get(task.name)
    if published is None:
        raise SettingsError(
            f"--learn_split published: none are published for {task.name}; choose --learn_split drawn"
        )
    return published


def tuning_cases(task: TextTask, part: str, number: int = 0) -> list[str]:
    """The cases of a part of a task; two parts have no case in common.

    Args:
        task: the world.
        part: one of `PARTS`.
        number: of cases; 0: all, or `NUM_SEEDED` where there is no end. Of test cases these are the first ones, of
            others they are spread evenly, as cases may be sorted by kind. Beyond the published training games of
            ALFWorld, generated games follow.

    Raises:
        SettingsError: the task has no such part.
    """
    if not _has_fixed_part(task, part):
        return part_cases(task, part, number)
    cases = part_cases(task, part)
    if task.world == "scienceworld" and part == "dev":
        trained = set(part_cases(task, "train"))  # 54 published cases are in both
        cases = [case for case in cases if case not in trained]
    if part == "train" and GENERATED in task.splits:
        cases += _generated(task, range(number - len(cases)))
    return cases[: number or None] if part == "test" else spread(cases, number)


def part_cases(task: TextTask, part: str, number: int = 0) -> list[str]:
    """The cases of a part of a task in their order, as published where they are.

    Args:
        task: the world.
        part: one of `PARTS`.
        number: the first so many; 0: all, or `NUM_SEEDED` where there is no end.

    Raises:
        SettingsError: the task has no such part.
    """
    if not task.splits:
        return [str(seed) for seed in _SEEDS_OF_ROOMS[part][: number or NUM_SEEDED]]
    if not _has_fixed_part(task, part):
        return list(islice(_generated_part(task.name, part), number or NUM_SEEDED))
    split = _SPLITS_OF_PARTS.get(task.world, {}).get(part, part)
    if split not in task.splits:
        raise SettingsError(f"{task.name} has no {part} cases")
    return cases_of(task, split, number)


def _has_fixed_part(task: TextTask, part: str) -> bool:
    """Whether the cases of a part are those of a file; others are made from seeds, and have no end."""
    return bool(task.splits) and not (task.is_planning and part in _SEEDS_OF_PROBLEMS)


def _generated_part(domain: str, part: str) -> Iterable[str]:
    """Generated problems that differ from the published ones, and those for training from those of `dev`, too."""
    others = list(published_cases(domain))
    if part == "train":
        others += (f"{GENERATED}/{seed}" for seed in _SEEDS_OF_PROBLEMS["dev"])
    cases = (f"{GENERATED}/{seed}" for seed in _SEEDS_OF_PROBLEMS[part])
    return different_from(domain, others, cases)


def _generated(task: TextTask, seeds: Iterable[int]) -> list[str]:
    make = NAMED[task.world].generated
    return [make(task, seed) for seed in seeds]


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


def _shop(task: TextTask) -> Shop:
    return open_shop(task.arguments.get("data", ""))


def _planning_cases(task: TextTask, split: str) -> list[str]:
    """All published problems, those that LearnAct learns from, or the others."""
    training = published_training_cases()[task.name]
    return [
        case
        for case in published_cases(task.name)
        if split == "published" or (case in training) == (split == "train")
    ]


@cache
def published_training_cases() -> dict[str, list[str]]:
    """The three cases of each task that LearnAct learns from (split 0 of its repository at 80c9348), by task."""
    file = resources.files("envs.text") / "published_training_cases.json"
    cases: dict[str, list[str]] = json.loads(file.read_text(encoding="utf-8"))
    return cases


NAMED: Mapping[str, NamedCases] = {
    "alfworld": NamedCases(
        _games,
        lambda _, case: find_game(case),
        _kind_of_game,
        lambda task, seed: generated_case(task.kind, seed),
    ),
    "hotpotqa": NamedCases(
        lambda _, split: read_questions(split),
        lambda _, case: find_question(case),
        lambda case: find_question(case).kind,
    ),
    "webshop": NamedCases(
        lambda task, split: _shop(task).cases(split),
        lambda task, case: _shop(task).find(case),
    ),
    "scienceworld": NamedCases(
        lambda _, split: read_cases(split), lambda _, case: find_variation(case), kind_of_case
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
"""The worlds whose cases have names. In the others a case is a seed."""
