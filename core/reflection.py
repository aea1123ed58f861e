"""What a model wrote about failures, and how it stands in a conversation.

A note (arXiv 2303.11366) is for the next attempt at the same case, a lesson (arXiv 2402.15809, the baselines with
Reflexion) for all other cases of the task.
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TypeVar

from core.chat import Usage

MEMORY_HEADING = "Your notes after earlier attempts at this task, which failed:"
"""In front of the notes, in the message that begins an episode; the first observation follows after a blank line."""
REFLECTION_CUE = "Write the note for your next attempt:"
"""Ends the last message of a conversation that asks for a note; before it stands the whole failed episode."""
LESSONS_HEADING = "Plan with these lessons from other cases of this task:"
"""In front of the lessons, in the place of `MEMORY_HEADING`."""
LESSON_CUE = "Write the lesson for other cases of this task:"
"""Ends the last message of a conversation that asks for a lesson; before it stands the whole failed episode."""


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


@dataclass(frozen=True, slots=True)
class Lesson(Reflection):
    """A note for other cases, of the round of attempts whose number is `trial`.

    Attributes:
        case: that had failed.
    """

    _: KW_ONLY
    case: str


R = TypeVar("R", bound=Reflection)


def readable(reflections: Sequence[R]) -> list[R]:
    """The readable ones in the order of their trials; of equal ones the last."""
    latest = {" ".join(each.text.split()): each for each in reflections if each.is_readable}
    return sorted(latest.values(), key=lambda each: each.trial)


def memory_text(reflections: Sequence[Reflection]) -> str:
    """The notes as a model reads them, one a line; empty without notes."""
    return _listed(MEMORY_HEADING, "Trial", reflections)


def lessons_text(lessons: Sequence[Lesson]) -> str:
    """The lessons as a model reads them, one a line; empty without lessons."""
    return _listed(LESSONS_HEADING, "Round", lessons)


def _listed(heading: str, label: str, reflections: Sequence[Reflection]) -> str:
    if not reflections:
        return ""
    lines = (f"{label} {each.trial}: {' '.join(each.text.split())}" for each in reflections)
    return "\n".join((heading, *lines))
