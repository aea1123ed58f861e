"""Rows of metrics.jsonl, read back."""

from pathlib import Path
from typing import Any

from core.decode import LONGEST_INTEGER, convert, damaged
from core.files import IfDamaged, read_lines


def read_metrics(path: Path, *, if_damaged: IfDamaged = "leave out") -> list[dict[str, float]]:
    """The rows in the order of their ``env_steps``; of a repeated one the last.

    Args:
        path: of the file.
        if_damaged: see `core.files.read_lines`.

    Raises:
        RunDirectoryError: see `core.files.read_lines`.
    """
    rows = {row["env_steps"]: row for row in read_lines(path, _row, if_damaged=if_damaged)}
    return [rows[env_steps] for env_steps in sorted(rows)]


def _row(data: dict[str, Any], where: str) -> dict[str, float]:
    """Names and numbers; a row always says how many steps were taken so far."""
    row: dict[str, float] = convert(data, dict[str, int | float], where)
    if not 0 <= row.get("env_steps", -1) < 2**LONGEST_INTEGER:
        raise damaged(where, "`env_steps` is not a number of steps")
    return row
