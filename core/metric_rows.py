"""Rows of metrics.jsonl, read back."""

from pathlib import Path
from typing import Any

from core.decode import LONGEST_INTEGER, convert, damaged
from core.files import IfDamaged, read_lines

ENV_STEPS = "env_steps"
"""What the rows of a training in rooms are over."""


def read_metrics(
    path: Path, *, axis: str = ENV_STEPS, if_damaged: IfDamaged = "leave out"
) -> list[dict[str, float]]:
    """The rows in the order of what they are over; of a repeated one the last.

    Args:
        path: of the file.
        axis: name of the number that the rows are over.
        if_damaged: see `core.files.read_lines`.

    Raises:
        RunDirectoryError: see `core.files.read_lines`.
    """

    def read(data: dict[str, Any], where: str) -> dict[str, float]:
        return _row(data, axis, where)

    rows = {row[axis]: row for row in read_lines(path, read, if_damaged=if_damaged)}
    return [rows[place] for place in sorted(rows)]


def _row(data: dict[str, Any], axis: str, where: str) -> dict[str, float]:
    """Names and numbers; a row always says what it is over, such as the number of steps so far."""
    row: dict[str, float] = convert(data, dict[str, int | float], where)
    if not 0 <= row.get(axis, -1) < 2**LONGEST_INTEGER:
        raise damaged(where, f"`{axis}` is not a number of steps")
    return row
