"""The cases of ScienceWorld: variations of its task types, and the published splits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.decode import decode
from core.errors import SettingsError
from core.flags import nearest, shorten
from core.task import SCIENCE_SPLITS

DATA = Path(__file__).parent / "data"
_CASE = re.compile(r"[a-z0-9-]+/(0|[1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True)
class TaskType:
    """One of the 30 task types.

    Attributes:
        variations: how many there are, numbered from 0.
        max_steps: limit of actions as published with ETO; 120 for the six types that it leaves out.
    """

    variations: int
    max_steps: int


@dataclass(frozen=True, slots=True)
class Variation:
    """What a case stands for.

    Attributes:
        task_type: its name.
        number: of the variation.
        max_steps: limit of actions.
    """

    task_type: str
    number: int
    max_steps: int


@dataclass(frozen=True, slots=True)
class _Cases:
    """``data/cases.json``; cases are named ``TASK_TYPE/NUMBER``."""

    task_types: Mapping[str, TaskType]
    splits: Mapping[str, tuple[str, ...]]


def read_cases(split: str) -> tuple[str, ...]:
    """The cases of a published split, in their order.

    Raises:
        SettingsError: there is no such split.
    """
    if split not in SCIENCE_SPLITS:
        raise SettingsError(f"unknown split {split!r}: choose one of {', '.join(SCIENCE_SPLITS)}")
    return _read().splits[split]


def task_types() -> Mapping[str, TaskType]:
    """All task types by name."""
    return _read().task_types


def find_variation(case: str) -> Variation:
    """What a case stands for; any variation has a name, also where no split has it.

    Raises:
        SettingsError: there is no such case.
    """
    match = _CASE.fullmatch(case)
    name = kind_of_case(case)
    known = task_types()
    if match is None or name not in known:
        hint = nearest(name, (f"{each}/0" for each in known)) or ": the first one is boil/0"
        raise SettingsError(f"unknown case {shorten(case)}{hint}")
    number, task_type = int(match[1]), known[name]
    if number >= task_type.variations:
        last = task_type.variations - 1
        raise SettingsError(f"unknown case {shorten(case)}: the last one is {name}/{last}")
    return Variation(name, number, task_type.max_steps)


def kind_of_case(case: str) -> str:
    """The task type of a case."""
    return case.partition("/")[0]


@cache
def _read() -> _Cases:
    file = DATA / "cases.json"
    return decode(file.read_bytes(), _Cases, str(file))
