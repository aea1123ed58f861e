"""The JSON files of a run and of its evaluations, as far as the page needs them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.decode import decode
from core.files import read_bytes
from reports.statistics import Estimate


@dataclass(frozen=True, slots=True)
class _Interval:
    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Document:
    """What is read of config.json, which has no summary, and of summary.json, which has no method."""

    settings: dict[str, Any]
    commit: str | None
    versions: dict[str, str]
    method: str = ""
    title: str = ""
    summary: dict[str, _Interval] = field(default_factory=dict)
    held_out: dict[str, _Interval] = field(default_factory=dict)

    @property
    def estimates(self) -> dict[str, Estimate]:
        """The summary: quantity -> its mean with an interval."""
        return _estimates(self.summary)

    @property
    def held_out_estimates(self) -> dict[str, Estimate]:
        """The same without the training cases; empty without any."""
        return _estimates(self.held_out)


NOTHING = Document({}, None, {})
"""Of a file that is not there."""


def read_document(path: Path) -> Document:
    """Read config.json or summary.json; `NOTHING` if it is not there.

    Raises:
        RunDirectoryError: the file is damaged.
    """
    return decode(read_bytes(path), Document, str(path)) if path.exists() else NOTHING


def _estimates(intervals: dict[str, _Interval]) -> dict[str, Estimate]:
    return {name: Estimate(one.mean, one.low, one.high) for name, one in intervals.items()}
