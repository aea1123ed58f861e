"""What text worlds with published cases do with the arguments of `gymnasium.make` and `reset`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from core.errors import SettingsError


def check_known(what: str, known: Sequence[str], given: Sequence[str]) -> None:
    """Check names.

    Raises:
        SettingsError: one is unknown; the message lists the choices.
    """
    for name in given:
        if name not in known:
            raise SettingsError(f"unknown {what} {name!r}: choose one of {', '.join(known)}")


def chosen_case(
    options: dict[str, Any] | None, cases: Sequence[str], rng: np.random.Generator
) -> str:
    """The case that the options of `reset` name, or one of the cases, each with the same probability."""
    if options is not None and "case" in options:
        return str(options["case"])
    return cases[int(rng.integers(len(cases)))]
