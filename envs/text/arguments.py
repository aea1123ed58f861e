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


def case_in(options: dict[str, Any] | None) -> str | None:
    """The case that `reset` is to begin; None if one is to be drawn."""
    return str(options["case"]) if options is not None and "case" in options else None


def draw_case(cases: Sequence[str], rng: np.random.Generator) -> str:
    """One of the cases, each with the same probability."""
    return cases[int(rng.integers(len(cases)))]
