"""Who pays for an answer: a run pays once, also if it is interrupted before it has kept what it paid for."""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import uuid4

from core.console import count, echo

MOST_NAMED = 3
"""Earlier runs that `Account.describe` names."""
UNKNOWN = "runs of earlier versions"


def new_id(save_name: str) -> str:
    """An id that no other run has."""
    return f"{save_name}-{uuid4().hex[:12]}"


@dataclass(frozen=True, slots=True)
class SavedAccount:
    """An `Account` in a checkpoint."""

    run: str
    billed: list[str]
    reused: list[tuple[str, str, int]]


@dataclass(slots=True)
class Account:
    """What a run has paid for, and which answers it took from earlier runs.

    Attributes:
        run: id of the run, which the cache keeps with each answer that the run paid for.
        billed: digests of the requests whose usage is in the run's records.
        reused: how many answers came from each earlier run, by its id and the day on which it asked.
        store: the file that they came from.
    """

    run: str
    billed: set[str] = field(default_factory=set)
    reused: Counter[tuple[str, str]] = field(default_factory=Counter)
    store: str = ""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def bill(self, request: str) -> bool:
        """Bill the answer to a request, unless it is billed already; returns whether it was not."""
        with self._lock:
            is_new = request not in self.billed
            self.billed.add(request)
        return is_new

    def reuse(self, run: str, day: str) -> None:
        """Note an answer of an earlier run."""
        with self._lock:
            self.reused[run or UNKNOWN, day] += 1

    def resume(self, run: str, billed: Iterable[str]) -> None:
        """Continue the account of a run."""
        self.run, self.billed = run, set(billed)

    def save(self) -> SavedAccount:
        """What `load` reads."""
        reused = [(run, day, number) for (run, day), number in self.reused.items()]
        return SavedAccount(self.run, sorted(self.billed), reused)

    def load(self, saved: SavedAccount) -> None:
        """Continue what was saved."""
        self.resume(saved.run, saved.billed)
        self.reused = Counter({(run, day): number for run, day, number in saved.reused})

    def describe(self) -> str:
        """One line about the answers of earlier runs, where there are some."""
        named = [f"{run} ({day})" if day else run for (run, day), _ in self.reused.most_common()]
        more = len(named) - MOST_NAMED
        shown = ", ".join(named[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return (
            f"{count(self.reused.total(), 'answer')} came from earlier runs, from {self.store}: {shown}; "
            "--answer_store none asks anew"
        )

    def show(self) -> None:
        """Print the description if there are answers of earlier runs."""
        if self.reused:
            echo(self.describe())
