"""How many answers of a language model could not be read, and why."""

from collections.abc import Collection
from dataclasses import dataclass

from core.chat import Reply
from core.console import echo, warn

MAX_EXAMPLE = 80
"""Characters of an answer that are shown."""


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Counts of answers; sums of them are counts, too.

    Attributes:
        answers: all.
        unread: held no plan; in text worlds no action.
        cut, empty: of these, those that ended at the limit of tokens, and those without a word.
        example: the beginning of another one of these.
    """

    answers: int = 0
    unread: int = 0
    cut: int = 0
    empty: int = 0
    example: str = ""

    @classmethod
    def of(cls, answers: int, unread: Collection[Reply]) -> "AnswerCounts":
        """The counts of a number of answers, some of which could not be read."""
        empty = sum(not reply.text.strip() for reply in unread)
        examples = (" ".join(reply.text.split()) for reply in unread if not reply.cut)
        example = next(filter(None, examples), "")[:MAX_EXAMPLE]
        return cls(answers, len(unread), sum(reply.cut for reply in unread), empty, example)

    def __add__(self, other: "AnswerCounts") -> "AnswerCounts":
        """The sum, field by field."""
        return AnswerCounts(
            self.answers + other.answers,
            self.unread + other.unread,
            self.cut + other.cut,
            self.empty + other.empty,
            self.example or other.example,
        )

    @property
    def are_mostly_unread(self) -> bool:
        """Whether more than half could not be read."""
        return 2 * self.unread > self.answers

    def describe(self, what: str, max_tokens: int) -> str:
        """For example ``12 of 37 answers held no plan; 10 cut at --max_tokens 128, raise it; 2 empty``.

        Args:
            what: was looked for: ``plan`` or ``action``.
            max_tokens: the limit of tokens.
        """
        line = f"{self.unread} of {self.answers} answers held no {what}"
        if self.unread == self.answers:
            line = f"none of {self.answers} answers held {'an' if what == 'action' else 'a'} {what}"
        line += f"; {self.cut} cut at --max_tokens {max_tokens}, raise it" if self.cut else ""
        line += f"; {self.empty} empty" if self.empty else ""
        return line + (f"; for example {self.example!r}" if self.example else "")

    def show(self, what: str, max_tokens: int) -> None:
        """Print the description if anything could not be read; as a warning if it was most of it."""
        if self.are_mostly_unread:
            warn(f"warning: {self.describe(what, max_tokens)}")
        elif self.unread:
            echo(self.describe(what, max_tokens))
