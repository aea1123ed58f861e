"""What a learner reads: episodes and functions as text, and the sentences that say what a message asks for."""

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
_MARK_LINE = re.compile(rf"^(?= *(?:{_MARKS}))", re.MULTILINE)
_ESCAPED_LINE = re.compile(rf"^ (?= *(?:{_MARKS}))", re.MULTILINE)
_CASE = re.compile(rf"^{CASE} [^\n]*: (?P<outcome>solved|not solved)\n", re.MULTILINE)
_PART = re.compile(rf"^(?:{OBSERVATION}|{CODE})\n", re.MULTILINE)
_END = re.compile(rf"^{END}", re.MULTILINE)


class Transcript(NamedTuple):
    """An episode as a conversation shows it.

    Attributes:
        solved: whether it was a success.
        introduction: the first observation.
        steps: the code of each decision with the observation after it.
    """

    solved: bool
    introduction: str
    steps: tuple[tuple[str, str], ...]


def episodes_text(episodes: Sequence[Episode], heading: str = EPISODES_HEADING) -> str:
    """Episodes as text; `read_transcripts` reads it.

    Args:
        episodes: in order. A goal that the first observation does not say is put in front of it.
        heading: the line in front of them.
    """
    return "\n".join((heading, *map(_episode_text, episodes), END))


def read_transcripts(text: str) -> list[Transcript]:
    """The episodes in a message; none if there are none."""
    parts = _CASE.split(_END.split(text)[0])
    return [
        _read(outcome == "solved", body)
        for outcome, body in zip(parts[1::2], parts[2::2], strict=True)
    ]


def introduction(episode: Episode) -> str:
    """The first observation, after the goal if it does not state it."""
    first = episode.steps[0].observation if episode.steps else episode.final_observation
    return first if episode.goal in first else f"{episode.goal}\n{first}"


def library_text(library: Library) -> str:
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


def _episode_text(episode: Episode) -> str:
    lines = [f"{CASE} {episode.case}: {'solved' if episode.success else 'not solved'}"]
    lines += [OBSERVATION, _escaped(introduction(episode))]
    for step, observation in zip(episode.steps, episode.results, strict=True):
        lines += [CODE, _escaped(step.action), OBSERVATION, _escaped(observation)]
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """The text with a space in front of each line that looks like a mark, so that it is not read as one."""
    return _MARK_LINE.sub(" ", text)


def _read(solved: bool, body: str) -> Transcript:
    parts = [_ESCAPED_LINE.sub("", part[:-1]) for part in _PART.split(body)[1:]]
    steps = zip(parts[1::2], parts[2::2], strict=False)
    return Transcript(solved, "".join(parts[:1]), tuple(steps))
