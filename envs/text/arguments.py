"""What text worlds do with the arguments of `gymnasium.make` and `reset`."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from core.errors import SettingsError
from core.flags import nearest, shorten

T = TypeVar("T")
SEED = re.compile(r"0|[1-9][0-9]{0,17}")
"""The decimal form of a seed, as cases spell it."""


def check_known(what: str, known: Sequence[str], given: Sequence[str]) -> None:
    """Check names.

    Raises:
        SettingsError: one is unknown; the message lists the choices.
    """
    for name in given:
        if name not in known:
            raise SettingsError(f"unknown {what} {name!r}: choose one of {', '.join(known)}")


def find_case(case: str, known: Mapping[str, T]) -> T:
    """What a case's name stands for.

    Raises:
        SettingsError: there is no such case; the message names one that is.
    """
    if case not in known:
        hint = nearest(case, known) or f": the first one is {next(iter(known))}"
        raise SettingsError(f"unknown case {shorten(case)}{hint}")
    return known[case]


def seed_of(case: object) -> int:
    """The seed of a case, in worlds whose cases are seeds.

    Raises:
        SettingsError: the case is not the decimal form of a seed.
    """
    if isinstance(case, str) and SEED.fullmatch(case):
        return int(case)
    raise SettingsError(f"{case!r} is not a case: cases are seeds, for example '17'")


def chosen_case(
    options: dict[str, Any] | None, all_cases: Callable[[], Sequence[str]], rng: np.random.Generator
) -> str:
    """The case that the options of `reset` name, or one of all cases, each with the same probability.

    Only for the latter the cases are asked for: to read them may take a second.
    """
    if options is not None and "case" in options:
        return str(options["case"])
    cases = all_cases()
    return cases[int(rng.integers(len(cases)))]
