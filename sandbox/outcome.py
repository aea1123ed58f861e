"""How a program ended."""

from dataclasses import dataclass

MEMORY = 2**30
"""Bytes that a program may use."""
MEMORY_ERROR = f"memory limit of {MEMORY // 2**30} GiB"
LONGEST_VALUE = 10_000
"""Characters that are kept of a value."""
LONGEST_PRINTED = 64_000
"""Characters that are kept of what a program prints."""
LONGEST_ERROR = 1_000
"""Characters that are kept of an error."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended.

    Attributes:
        error: empty if it ran to its end; else one line, for example ``AssertionError``, ``TypeError: ...``,
            ``time limit of 10 s`` or ``memory limit of 1 GiB``.
        value: Python's notation of the value that was asked for, cut.
        printed: what it printed, cut.
    """

    error: str = ""
    value: str = ""
    printed: str = ""


def time_error(seconds: int) -> str:
    """The error of a program that computed for longer."""
    return f"time limit of {seconds} s"
