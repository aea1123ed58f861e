"""The interface between playing and evaluating: cases in, episodes out."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from core.episode import Episode

Case = str
"""Stable name of one thing to play: a room's seed ``"12"``, ``"valid_unseen/087"``, ``"HumanEval/3"``."""


def evaluation_cases(number: int) -> list[Case]:
    """The evaluation seeds 0, 1, ..."""
    return [str(env_seed) for env_seed in range(number)]


class Player(Protocol):
    """Plays cases to their end; evaluation, reports and tables know nothing else of a method."""

    @property
    def title(self) -> str:
        """What tables call it."""
        ...

    def play(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The episode of each case, as soon as it has ended; the order is the player's."""
        ...
