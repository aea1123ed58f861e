"""What was kept of some data, with everything that was left out or shortened counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Selected(Generic[T]):
    """The kept part of some data.

    Attributes:
        kept: in the order of the data.
        left_out: the number of items that were left out, by reason.
        changed: the number of kept items that were changed, by what was done to them; an item may be counted more
            than once.
    """

    kept: tuple[T, ...]
    left_out: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)

    @property
    def num_left_out(self) -> int:
        """Number of items that were left out."""
        return sum(self.left_out.values())

    def describe(self) -> str:
        """One line, for example ``3 kept (1 cut to 64 tokens); left out: 2 equal rewards``."""
        changed = _counts(self.changed)
        line = f"{len(self.kept)} kept ({changed})" if changed else f"{len(self.kept)} kept"
        return f"{line}; left out: {_counts(self.left_out)}" if self.num_left_out else line


def _counts(numbers: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {reason}" for reason, number in sorted(numbers.items()) if number)
