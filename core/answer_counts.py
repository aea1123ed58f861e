"""How many answers of a language model could not be read, and why."""

from collections.abc import Collection
from dataclasses import dataclass

from core.chat import Reply
from core.console import echo, warn


@dataclass(frozen=True, slots=True)
class AnswerCounts:
    """Counts of answers; sums of them are counts, too.

    Attributes:
        answers: all.
        unread: held no plan; in text worlds no action.
        cut, empty: of these, those that ended at the limit of tokens, and those without a word.
    """

    answers: int = 0
    unread: int = 0
    cut: int = 0
    empty: int = 0

    @classmethod
    def of(cls, answers: int, unread: Collection[Reply]) -> "AnswerCounts":
        """The counts of a number of answers, some of which could not be read."""
        empty = sum(not reply.text.strip() for reply in unread)
        return cls(answers, len(unread), sum(reply.cut for reply in unread), empty)

    def __add__(self, other: "AnswerCounts") -> "AnswerCounts":
        """The sum, field by field."""
        return AnswerCounts(
            self.answers + other.answers,
            self.unread + other.unread,
            self.cut + other.cut,
            self.empty + other.empty,
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
        return line + (f"; {self.empty} empty" if self.empty else "")

    def show(self, what: str, max_tokens: int) -> None:
        """Print the description if anything could not be read; as a warning if it was most of it."""
        if self.are_mostly_unread:
            warn(f"warning: {self.describe(what, max_tokens)}")
        elif self.unread:
            echo(self.describe(what, max_tokens))
