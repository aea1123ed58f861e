"""What a run of LearnAct (arXiv 2402.15809) learned from training cases: candidates, and versions of their functions."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.candidate import BASE, WINNER, Candidate
from core.decode import damaged, decode
from core.episode import Episode
from core.files import read_bytes, read_lines
from core.library import LearnedFunction, Library
from core.run import CANDIDATE, EPISODES
from core.task import PLANNING_DOMAINS


@dataclass(frozen=True, slots=True)
class Tested:
    """A candidate, with the episodes of the training cases in which it was tested."""

    candidate: Candidate
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True)
class Version:
    """A function that a candidate wrote anew, rewrote or annotated.

    Attributes:
        function: as it is in the candidate.
        candidate: that has it first.
        before: as it is in the candidate's parent; None for a new function.
    """

    function: LearnedFunction
    candidate: Candidate
    before: LearnedFunction | None


@dataclass(frozen=True, slots=True)
class Learning:
    """All candidates of a run, in the order in which they are tested.

    Attributes:
        tested: the candidates; the first is the agent without functions.
        winner: the functions that are kept; None until the end.
    """

    tested: tuple[Tested, ...]
    winner: Candidate | None

    @property
    def base(self) -> Candidate:
        """The agent without functions."""
        return self.tested[0].candidate

    @property
    def best(self) -> Candidate:
        """The candidate that was chosen; until the end the best one so far."""
        candidates = [one.candidate for one in self.tested]
        if self.winner is not None:
            parent = self.winner.parent
            return next((one for one in candidates if one.name == parent), self.base)
        learned = [one for one in candidates if one.score and one.proposal.library.functions]
        return max(learned, key=self.total) if learned else self.base

    @property
    def kept(self) -> Library:
        """The functions of the winner; until the end those of the best candidate so far."""
        return (self.winner or self.best).proposal.library

    def total(self, candidate: Candidate) -> float:
        """The score of a candidate by which the best is chosen; 0 until it was tested."""
        tasks = {episode.task for one in self.tested for episode in one.episodes}
        if candidate.score is None:
            return 0.0
        return candidate.score.total(counts_correction=tasks <= set(PLANNING_DOMAINS))

    def ancestors(self, name: str) -> tuple[str, ...]:
        """A candidate and those that it was made from, the first one first."""
        parents = {one.candidate.name: one.candidate.parent for one in self.tested}
        chain: list[str] = []
        while name in parents:
            chain.append(name)
            name = parents[name]
        return tuple(reversed(chain))

    def versions(self) -> Iterator[Version]:
        """All versions of all functions, in the order of the candidates."""
        libraries = {one.candidate.name: one.candidate.proposal.library for one in self.tested}
        for one in self.tested:
            proposal = one.candidate.proposal
            parent = libraries.get(one.candidate.parent, Library())
            before = {function.name: function for function in parent.functions}
            for function in proposal.library.functions:
                if function.name in proposal.changed:
                    yield Version(function, one.candidate, before.get(function.name))


def read_learning(path: Path) -> Learning | None:
    """Read ``learn_results/NAME/{candidate.json,episodes.jsonl}``; a run under way has fewer candidates.

    Args:
        path: the directory ``learn_results``.

    Returns:
        What was learned; None if no candidate has been made yet.

    Raises:
        RunDirectoryError: a file is damaged, or a candidate is missing that others are made from.
    """
    found = {
        place.parent.name: _read(place, place.parent.name)
        for place in sorted(path.glob(f"*/{CANDIDATE}"), key=_order)
    }
    if not found:
        return None
    if BASE not in found:
        raise damaged(str(path), f"there is no candidate {BASE!r}")
    made = {""}
    for name, parent in ((name, one.candidate.parent) for name, one in found.items()):
        if parent not in made:
            raise damaged(str(path), f"before {name!r:.50} there is no candidate {parent!r:.50}")
        made.add(name)
    winner = found.pop(WINNER, None)
    return Learning(tuple(found.values()), winner.candidate if winner is not None else None)


def _read(file: Path, name: str) -> Tested:
    candidate = decode(read_bytes(file), Candidate, str(file))
    if candidate.name != name:
        raise damaged(str(file), f"it is about the candidate {candidate.name!r:.50}")
    episodes = file.with_name(EPISODES)
    rows = read_lines(episodes, Episode.from_json) if episodes.exists() else []
    return Tested(candidate, tuple(rows))


def _order(file: Path) -> tuple[bool, bool, list[int]]:
    """The agent without functions first, then by iteration and sample; the winner last."""
    name = file.parent.name
    numbers = [int(part) for part in name.split("_") if part.isdecimal()]
    return name == WINNER, name != BASE, numbers
