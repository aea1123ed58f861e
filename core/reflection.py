"""Verbal memory (arXiv 2303.11366): what a model wrote about its failed attempts, and how it stands in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from core.chat import Usage

MEMORY_HEADING = "Your notes after earlier attempts at this task, which failed:"
"""In front of the notes, in the message that begins an episode; the first observation follows after a blank line."""
REFLECTION_CUE = "Write the note for your next attempt:"
"""Ends the last message of a conversation that asks for a note; before it stands the whole failed episode."""


@dataclass(frozen=True, slots=True)
class Reflection:
    """A note that a model wrote after a failed attempt.

    Attributes:
        trial: number of the attempt, from 0.
        text: of the note.
        usage: what it took.
        cut: it ended at the limit of tokens, so it may be incomplete.
    """

    trial: int
    text: str
    usage: Usage = Usage()
    cut: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether it is whole and says something; otherwise no later attempt is shown it."""
        return bool(self.text.strip()) and not self.cut


def memory_text(reflections: Sequence[Reflection]) -> str:
    """The notes as a model reads them, one a line; empty without notes."""
    if not reflections:
        return ""
    lines = (f"Trial {each.trial}: {' '.join(each.text.split())}" for each in reflections)
    return "\n".join((MEMORY_HEADING, *lines))
