"""What code in a box may call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from inspect import Parameter, Signature

MAX_WORD = 200
"""Characters of an argument."""
LARGEST = 10**15
"""Numbers that are as large are neither an argument nor a value."""
Word = str | int | float
"""What an argument may be."""


class Stop(Exception):
    """Raised by an action to end the code.

    Attributes:
        reason: what went wrong; empty if nothing did, and there is just nothing more to do.
        result: of the action, if nothing went wrong.
    """

    def __init__(self, reason: str, result: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.result = result


@dataclass(frozen=True, slots=True)
class Action:
    """A function that code in a box may call.

    Attributes:
        parameters: their names; the code may give arguments by position or by name.
        carry_out: gets one word for each parameter and returns what the code gets; may raise `Stop`.
        is_free: it changes nothing, so its calls are neither counted nor listed.
    """

    parameters: tuple[str, ...]
    carry_out: Callable[..., str]
    is_free: bool = False

    def words(
        self, name: str, args: Sequence[object], kwargs: Mapping[str, object]
    ) -> tuple[Word, ...]:
        """The arguments of a call in the order of the parameters.

        Args:
            name: of the action.
            args: by position.
            kwargs: by name.

        Raises:
            TypeError: there are too few or too many, or one is no word; in words for the code's author.
        """
        usage = f"{name}({', '.join(self.parameters)})"
        try:
            bound = _signature(self.parameters).bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{usage}: {error}") from None
        words = []
        for parameter, value in bound.arguments.items():
            # never shown: a list may hold itself, and a small one may be endless to write
            if not isinstance(value, Word):
                raise TypeError(
                    f"{usage}: {parameter} must be a text, not a {type(value).__name__}"
                )
            if not is_short(value):
                raise TypeError(f"{usage}: {parameter} must be a few words in one line")
            words.append(value)
        return tuple(words)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an action that was carried out; one that went wrong is none.

    Attributes:
        name, arguments: of the action.
        result: what the code got.
        line: in the code that was run; 0 if the call stands in a function of the library or of an earlier run.
    """

    name: str
    arguments: tuple[Word, ...]
    result: str
    line: int

    def __str__(self) -> str:
        """As it would be written, for example ``go_to('desk 1')``."""
        return f"{self.name}({', '.join(map(repr, self.arguments))})"


@lru_cache(maxsize=256)
def _signature(parameters: tuple[str, ...]) -> Signature:
    kind = Parameter.POSITIONAL_OR_KEYWORD
    return Signature([Parameter(parameter, kind) for parameter in parameters])


def is_short(word: Word) -> bool:
    """Whether a word is one line of a sensible length."""
    if isinstance(word, str):
        return len(word) <= MAX_WORD and word.isprintable()
    return abs(word) < LARGEST
