"""Episodes of training cases as a learner reads them, and the sentences by which its conversations are known."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.episode import Episode

EPISODES_HEADING = (
    "This is how it went in the training cases, one call a decision, without other functions:"
)
"""In front of the episodes."""
CREATE_CUE = "Now write the functions."
"""Ends a message that asks for new functions."""
EXAMPLE_CUE = "Now write the example."
"""Ends a message that asks how the functions are called."""
IMPROVE_CUE = "Now say what went wrong, and improve the functions or write a note."
"""Ends a message that asks what to do about a failure."""
CASE, OBSERVATION, CODE = "## Case", "### Observation", "### Code"
"""Lines that begin an episode, an observation and a decision."""
_CASE = re.compile(rf"^{CASE} [^\n]*: (?P<outcome>solved|not solved)\n", re.MULTILINE)
_PART = re.compile(rf"^(?:{OBSERVATION}|{CODE})\n", re.MULTILINE)


class ToldEpisode(NamedTuple):
    """An episode as it is read from a conversation.

    Attributes:
        solved: whether it was a success.
        introduction: the first observation.
        steps: the code of each decision with the observation after it.
    """

    solved: bool
    introduction: str
    steps: tuple[tuple[str, str], ...]


def tell_episodes(episodes: Sequence[Episode]) -> str:
    """Episodes as text; `read_episodes` reads it."""
    return "\n".join((EPISODES_HEADING, *map(_tell, episodes)))


def read_episodes(text: str) -> list[ToldEpisode]:
    """The episodes in a message; none if there are none."""
    parts = _CASE.split(text.partition(f"{EPISODES_HEADING}\n")[2])
    return [
        _read(outcome == "solved", body)
        for outcome, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


def _tell(episode: Episode) -> str:
    lines = [f"{CASE} {episode.case}: {'solved' if episode.success else 'not solved'}"]
    for step in episode.steps:
        lines += [OBSERVATION, step.observation, CODE, step.action]
    return "\n".join((*lines, OBSERVATION, episode.final_observation))


def _read(solved: bool, body: str) -> ToldEpisode:
    introduction, *rest = (part.rstrip("\n") for part in _PART.split(body)[1:])
    return ToldEpisode(solved, introduction, tuple(_pairs(rest)))


def _pairs(parts: Sequence[str]) -> Iterator[tuple[str, str]]:
    return zip(parts[::2], parts[1::2], strict=True)
