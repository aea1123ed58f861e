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
        cut: of these, those that ended at the limit of tokens.
        empty: of these, those that ended by themselves, without a word.
        example: the beginning of one of these, if possible of one that ended by itself.
    """

    answers: int = 0
    unread: int = 0
    cut: int = 0
    empty: int = 0
    example: str = ""

    @classmethod
    def of(cls, answers: int, unread: Collection[Reply]) -> "AnswerCounts":
        """The counts of a number of answers, some of which could not be read."""
        cut = sum(reply.cut for reply in unread)
        empty = sum(not reply.cut and not reply.text.strip() for reply in unread)
        ended_first = sorted(unread, key=lambda reply: reply.cut)
        examples = (" ".join(reply.text.split()) for reply in ended_first)
        example = next(filter(None, examples), "")[:MAX_EXAMPLE]
        return cls(answers, len(unread), cut, empty, example)

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
        if self.cut:
            line += f"; {self.cut} cut at --max_tokens {max_tokens}, raise it"
            if self.cut == self.answers:
                line += " unless the model is untrained: such a model ends no answer"
        line += f"; {self.empty} empty" if self.empty else ""
        return line + (f"; for example {self.example!r}" if self.example else "")

    def show(self, what: str, max_tokens: int) -> None:
        """Print the description if anything could not be read; as a warning if it was most of it."""
        if self.are_mostly_unread:
            warn(f"warning: {self.describe(what, max_tokens)}")
        elif self.unread:
            echo(self.describe(what, max_tokens))
