"""Some of many items, spread evenly over all."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def spread(items: Sequence[T], number: int) -> list[T]:
    """So many of the items, in their order and evenly spaced; all if there are not more, or `number` is 0."""
    if not 0 < number < len(items):
        return list(items)
    return [items[index * len(items) // number] for index in range(number)]
