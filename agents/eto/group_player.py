"""Plays in fixed groups of cases, so that a resumed evaluation equals an uninterrupted one."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agents.eto.local_agent import LocalAgent
from core.console import Progress
from core.episode import Episode
from runner.player import Case
from runner.text import TextPlayer


@dataclass(frozen=True, slots=True)
class GroupPlayer:
    """Plays a group of cases, and begins with the next group when all of its episodes have ended.

    A model answers the waiting requests of active episodes in one batch, and how it rounds depends on the batch. Here a
    case is always played with the same others, also in a run that was interrupted, see `in_whole_groups`.
    See `runner.player.Player`.

    Attributes:
        player: plays a group.
        agent: its model.
    """

    player: TextPlayer
    agent: LocalAgent

    @property
    def title(self) -> str:
        """What tables call it."""
        return self.player.title

    def play(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The episodes of the first group, then those of the next one, and so on."""
        with Progress(self.title, len(cases), "episode") as progress:
            for group in groups(cases, self.player.num_envs):
                self.agent.forget()
                for episode in self.player.episodes(group):
                    progress.advance()
                    yield episode


def groups(cases: Sequence[Case], size: int) -> Iterator[Sequence[Case]]:
    """The cases in groups of a size; the last one may be smaller."""
    return (cases[first : first + size] for first in range(0, len(cases), size))


def in_whole_groups(episodes: Iterable[Episode], cases: Sequence[Case], size: int) -> list[Episode]:
    """Those episodes of an interrupted evaluation whose group has ended; the others are played again.

    Args:
        episodes: that were kept.
        cases: all of the evaluation.
        size: of the groups.
    """
    kept = {episode.case: episode for episode in episodes}
    whole = (group for group in groups(cases, size) if kept.keys() >= set(group))
    return [kept[case] for group in whole for case in group]
