"""Where code has ended: in which line, and through which functions of a library."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pydantic_monty as monty

MAX_TEXT = 100
"""Characters of a line of code that are shown."""
MAX_PLACES = 5
"""Places that are shown of a chain of calls."""
_PLACE = re.compile(
    r"""
    (?: (?: in[ ](?P<function>\w+),[ ] )? line[ ](?P<line>\d+) (?: ,[ ]`(?P<text>[^`]*)` )?
      | `(?P<call>[^`]*)`
      | \d+[ ]more[ ]calls
    ):[ ]
    """,
    re.VERBOSE,
)
"""One of the places that `error_text` puts in front of a reason."""


@dataclass(frozen=True, slots=True)
class Place:
    """A line, and what stands there.

    Attributes:
        function: of the library, whose lines are counted; empty: those of the code that was run.
        line: from 1; 0 if it is not known.
        text: the line, or the call that ended the code.
    """

    function: str
    line: int
    text: str

    def __str__(self) -> str:
        """For example ``in carry, line 3, `pick('ball1')```; a backtick in the text is shown as a quote."""
        parts = (
            f"in {self.function}" * bool(self.function),
            f"line {self.line}" * bool(self.line),
            "`{}`".format(self.text.replace("`", "'")) * bool(self.text),
        )
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of code that an interpreter was given.

    Attributes:
        function: that it defines, if it is of a library.
        text: the code.
    """

    function: str
    text: str

    def place(self, line: int) -> Place:
        """A line of it."""
        lines = self.text.split("\n")[line - 1 : line]
        return Place(self.function, line, "".join(lines).strip()[:MAX_TEXT])

    def line_at(self, offset: int) -> int:
        """The line of a byte of it, from 1."""
        return self.text.encode()[:offset].count(b"\n") + 1


def trace(
    frames: Sequence[monty.Frame], sources: Mapping[str, Source], file: str
) -> tuple[Place, ...]:
    """The last line of the code that was run, and the functions of the library that it went through after it.

    Args:
        frames: of an exception, the outermost first.
        sources: of the code and of the library, by the files in the frames.
        file: of the code.
    """
    own = [number for number, frame in enumerate(frames) if frame.filename == file]
    return tuple(
        sources[frame.filename].place(frame.line)
        for frame in frames[own[-1] if own else 0 :]
        if frame.filename in sources
    )


def error_text(places: Sequence[Place], reason: str) -> str:
    """The places and then the reason; of a deep chain the beginning and the end."""
    parts = [str(place) for place in places]
    left_out = len(parts) - MAX_PLACES
    if left_out > 0:
        parts[2 : 3 + left_out] = [f"{left_out + 1} more calls"]
    return ": ".join((*filter(None, parts), reason))


def read_error(text: str) -> tuple[Place, str]:
    """The innermost of the places that `error_text` put in front of a reason, and the reason."""
    last, end = Place("", 0, ""), 0
    while (found := _PLACE.match(text, end)) is not None:
        place = found["text"] or found["call"] or ""
        last, end = Place(found["function"] or "", int(found["line"] or 0), place), found.end()
    return last, text[end:]
