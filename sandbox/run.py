"""One piece of code in a box, while it runs and afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pydantic_monty as monty

from core.untrusted import clean
from sandbox.action import Call, Stop
from sandbox.places import Place, Source, error_text, trace

MAX_PRINTED = 4000
"""Characters that are kept of what a run prints, and of its value."""
STOPPED = "the code has ended"
"""What code is told by the action that ends it; later ones say something else."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What became of a piece of code.

    Attributes:
        error: what went wrong, with the line, what stands there, and the same of the library's functions that
            it went through, in words for the code's author; empty if nothing did.
        line: of the code, where that was; 0 if it is not known, for example at the limit of time.
        value: of the last line, if that is an expression whose value is a text or a number; otherwise empty.
        printed: what it printed.
        calls: of actions, in order.
    """

    error: str
    line: int
    value: str
    printed: str
    calls: tuple[Call, ...]


class Run:
    """What is collected during a run.

    Args:
        source: the code.
        file: the interpreter's name for it.
        library: sources of the functions that it may go through, by their files.
        defines: it is the library's.
    """

    def __init__(
        self, source: Source, file: str, library: Mapping[str, Source], *, defines: bool
    ) -> None:
        self.calls: list[Call] = []
        self.printed = ""
        self.stop: Stop | None = None
        self.defines = defines
        self._file = file
        self._sources = {**library, file: source}
        self._places: tuple[Place, ...] = ()

    def add_printed(self, stream: str, text: str) -> None:  # noqa: ARG002 as it is called
        """Keep the beginning of what is printed."""
        self.printed = (self.printed + clean(text[:MAX_PRINTED]))[:MAX_PRINTED]

    def end(self, call: Call, stop: Stop, position: monty.SourceRange) -> None:
        """An action has ended the code."""
        self.stop = stop
        source = self._sources.get(position.filename)
        place = Place("", 0, "") if source is None else source.place(source.line_at(position.start))
        self._places = (replace(place, text=str(call)),)
        if not stop.reason:
            self.calls.append(replace(call, result=stop.result))

    def add_trace(self, raised: monty.MontySyntaxError | monty.MontyRuntimeError) -> None:
        """The code has ended with an exception: its own, or the one of the action that ended it."""
        places = trace(raised.traceback(), self._sources, self._file)
        if not self._places:
            self._places = places
        elif places and str(raised) == f"SystemExit: {STOPPED}":
            [last] = self._places
            self._places = (
                *places[:-1],
                last if last.line else replace(places[-1], text=last.text),
            )

    def result(self, error: str, value: str) -> Ran:
        """What became of it; an action that has ended it matters more than what the code did then."""
        if self.stop is not None:
            error = self.stop.reason
        if not error:
            return Ran("", 0, value, self.printed, tuple(self.calls))
        first = next(iter(self._places), Place("", 0, ""))
        line = 0 if first.function else first.line
        return Ran(error_text(self._places, error), line, value, self.printed, tuple(self.calls))

    def line_of(self, position: monty.SourceRange) -> int:
        """The line of a place in this code, 0 for one elsewhere."""
        if position.filename != self._file:
            return 0
        return self._sources[self._file].line_at(position.start)
