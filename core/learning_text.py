"""Episodes and functions as a learner reads them, and the sentences by which its conversations are known."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from core.episode import Episode
from core.library import LEARNED_HEADING, Library

EPISODES_HEADING = (
    "This is how it went in the training cases, one call a decision, without other functions:"
)
"""In front of the episodes of an agent without functions."""
FAILURE_HEADING = "This is how it went until a function failed; the last decision is the failure:"
"""In front of the episode in which a function failed."""
CREATE_CUE = "Now write the functions."
"""Ends a message that asks for new functions."""
EXAMPLE_CUE = "Now write the example."
"""Ends a message that asks how the functions are called."""
IMPROVE_CUE = "Now say what went wrong, and improve the functions or write a note."
"""Ends a message that asks what to do about a failure."""
NOTE = "Note for {name}: {text}"
"""How a note about a function stands in a conversation, in one line."""
CASE, OBSERVATION, CODE = "## Case", "### Observation", "### Code"
"""Lines that begin an episode, an observation and a decision."""
END = "## End of the episodes"
"""The line after the last episode."""
_MARKS = "|".join((CASE, OBSERVATION, CODE, END))
_LIKE_A_MARK = re.compile(rf"^(?= *(?:{_MARKS}))", re.MULTILINE)
_SET_IN = re.compile(rf"^ (?= *(?:{_MARKS}))", re.MULTILINE)
_CASE = re.compile(rf"^{CASE} [^\n]*: (?P<outcome>solved|not solved)\n", re.MULTILINE)
_PART = re.compile(rf"^(?:{OBSERVATION}|{CODE})\n", re.MULTILINE)
_END = re.compile(rf"^{END}", re.MULTILINE)


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


def tell_episodes(episodes: Sequence[Episode], heading: str = EPISODES_HEADING) -> str:
    """Episodes as text; `read_episodes` reads it.

    Args:
        episodes: in order. A goal that the first observation does not say is put in front of it.
        heading: the line in front of them.
    """
    return "\n".join((heading, *map(_tell, episodes), END))


def read_episodes(text: str) -> list[ToldEpisode]:
    """The episodes in a message; none if there are none."""
    parts = _CASE.split(_END.split(text)[0])
    return [
        _read(outcome == "solved", body)
        for outcome, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


def tell_library(library: Library) -> str:
    """The functions with their notes and the example; empty without functions."""
    if not library.functions:
        return ""
    notes = [
        NOTE.format(name=function.name, text=note)
        for function in library.functions
        for note in function.notes
    ]
    example = [f"For example:\n{_as_block(library.example)}"] if library.example else []
    return "\n".join((LEARNED_HEADING, _as_block(library.source), *notes, *example))


def _as_block(code: str) -> str:
    return f"```python\n{code.rstrip()}\n```"


def _tell(episode: Episode) -> str:
    lines = [f"{CASE} {episode.case}: {'solved' if episode.success else 'not solved'}"]
    observations = [*(step.observation for step in episode.steps), episode.final_observation]
    if episode.goal not in observations[0]:
        observations[0] = f"{episode.goal}\n{observations[0]}"
    for step, observation in zip(episode.steps, observations, strict=False):
        lines += [OBSERVATION, _set_in(observation), CODE, _set_in(step.action)]
    return "\n".join((*lines, OBSERVATION, _set_in(observations[-1])))


def _set_in(text: str) -> str:
    """The text with a space more in front of lines that look like those that structure the episodes."""
    return _LIKE_A_MARK.sub(" ", text)


def _read(solved: bool, body: str) -> ToldEpisode:
    parts = [_SET_IN.sub("", part[:-1]) for part in _PART.split(body)[1:]]
    steps = zip(parts[1::2], parts[2::2], strict=False)
    return ToldEpisode(solved, "".join(parts[:1]), tuple(steps))
