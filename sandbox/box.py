"""A box for code that a language model wrote: it can call the functions that it is given, and nothing else.

The code runs in pydantic-monty, an interpreter of a part of Python that has no files, network, processes or
modules of the machine, in a process of its own. What it calls is carried out here, one call at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from inspect import Parameter, Signature
from types import MappingProxyType, TracebackType
from typing import Literal, Self

import pydantic_monty as monty

from core.untrusted import clean
from sandbox.places import Place, Source, tell, trace
from sandbox.wall import second_wall

SECONDS = 1.0
"""Time that one run may compute; the time that its calls take is not counted."""
MEMORY = 32 * 2**20
"""Bytes that the code may use."""
RECURSION = 200
"""Depth of calls in the code."""
MAX_LOOKUPS = 1000
"""Free calls, unknown names and refused requests of a session, beside its calls."""
MAX_WORD = 200
"""Characters of an argument."""
LARGEST = 10**15
"""Numbers that are as large are neither an argument nor a value."""
MAX_PRINTED = 4000
"""Characters that are kept of what a run prints, and of its value."""
MAX_ERROR = 300
"""Characters of an error, without the places."""
_POLICY = monty.OSPolicy(
    sleep="zero",
    random_start={"seed": 0},
    datetime=datetime(2000, 1, 1),
)
"""The same code does the same every time."""

_STOPPED = "the code has ended"
"""What code is told by the action that ends it; later ones say something else."""

Word = str | int | float
"""What an argument may be."""
ExcType = Literal["NameError", "TypeError", "SystemExit"]


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


class Box:
    """A session: what a run defines is there in the next one, until a run is stopped at a limit.

    Args:
        actions: by the names that the code calls; a name may be one of Python's, for example ``open``.
        steps: number of calls of actions in the whole session.
        library: source of each function that a session begins with, by its name; ``""``: of what they share.
        seconds: that one run may compute.
        memory: bytes that the code may use.
    """

    def __init__(
        self,
        actions: Mapping[str, Action],
        steps: int,
        *,
        library: Mapping[str, str] = MappingProxyType({}),
        seconds: float = SECONDS,
        memory: int = MEMORY,
    ) -> None:
        self.steps_left = steps
        self._actions = actions
        self._library = library
        self._broken: dict[str, str] = {}
        self._signatures = {name: _signature(action) for name, action in actions.items()}
        self._functions = {name: _named(name) for name in actions}
        self._limits_in_words = {
            "TimeoutError: feed time limit": f"the code computed for longer than {seconds:g} s",
            "MemoryError": f"the code used more than {memory / 2**20:g} MiB",
            "RuntimeError: suspension limit": "the code asked too often for what is no action",
        }
        self._limits = monty.ResourceLimits(
            max_memory=memory,
            max_feed_duration_secs=seconds,
            max_recursion_depth=RECURSION,
            max_suspensions=steps + MAX_LOOKUPS,
        )
        self._pool = monty.Monty(
            binary_path=second_wall().binary, max_processes=1, feed_duration_limit_grace=1.0
        )
        self._pool.__enter__()
        self._session: monty.MontySession | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the interpreter's process."""
        self._forget()
        self._pool.__exit__(None, None, None)

    def run(self, code: str) -> Ran:
        """Run code to its end, to its first error, or to the first action that raises `Stop`."""
        while self._session is None:
            self._begin()
        return self._feed(Source("", clean(code) or "\n"))  # of nothing it would not count the run

    def _begin(self) -> None:
        """A new session with the library; none if a definition fails, which is left out of the next one."""
        self._num_feeds = 0
        self._sources: dict[str, Source] = {}
        self._session = self._pool.checkout(limits=self._limits, os_policy=_POLICY)
        self._session.__enter__()
        for name, text in self._library.items():
            if name in self._broken:
                continue
            source = self._sources[self._next_file()] = Source(name, clean(text))
            error = self._feed(source, defines=True).error
            if error:
                self._broken[name] = error
                self._forget()
                break

    def _next_file(self) -> str:
        """The interpreter's name for the next piece of code."""
        return f"<python-input-{self._num_feeds}>"

    def _feed(self, source: Source, *, defines: bool = False) -> Ran:
        """Run a piece of code; a definition calls no action."""
        assert self._session is not None
        run = _Run(source, self._next_file(), self._sources, defines=defines)
        self._num_feeds += 1
        error = value = ""
        try:
            snapshot = self._session.feed_start(
                source.text, inputs=self._functions, print_callback=run.add_printed
            )
            while not isinstance(snapshot, monty.MontyComplete):
                snapshot = self._answer(snapshot, run)
            value = _shown(snapshot.output)
        except (monty.MontySyntaxError, monty.MontyRuntimeError) as raised:
            kind = "SyntaxError: " if isinstance(raised, monty.MontySyntaxError) else ""
            error = self._in_words(f"{kind}{raised}")
            run.add_trace(raised)
        except monty.MontyError:
            error = "the interpreter has ended"
            self._forget()
        return run.result(error, value)

    def _answer(self, snapshot: monty.SyncSnapshot, run: "_Run") -> monty.SyncSnapshot:
        """What the code waits for: the result of a call, or the value of a name."""
        if isinstance(snapshot, monty.NameLookupSnapshot):
            return snapshot.resume()  # there is none: a NameError
        assert isinstance(snapshot, monty.FunctionSnapshot)  # nothing here is awaited
        if snapshot.is_os_function:
            return snapshot.resume_not_handled()
        name = snapshot.function_name
        if name not in self._actions or run.defines:
            return snapshot.resume(_raised("NameError", self._unknown(name)))
        try:
            words = self._words(name, snapshot.args, snapshot.kwargs)
        except TypeError as error:
            return snapshot.resume(_raised("TypeError", str(error)))
        if run.stop is not None:
            # code that catches the end gets this at its next call
            return snapshot.resume(_raised("SystemExit", "no more actions are carried out"))
        call = Call(name, words, "", run.line_of(snapshot.position))
        try:
            result = self._carry_out(name, words)
        except Stop as stop:
            run.end(call, stop, snapshot.position)
            return snapshot.resume(_raised("SystemExit", _STOPPED))
        if not self._actions[name].is_free:
            run.calls.append(replace(call, result=result))
        return snapshot.resume({"return_value": result})

    def _unknown(self, name: str) -> str:
        """Why a function cannot be called."""
        reason = f"name '{name}' is not defined"
        if name in self._broken:
            reason += f", because its definition has failed: {self._broken[name]}"
        return reason

    def _carry_out(self, name: str, words: tuple[Word, ...]) -> str:
        """The result of an action; raises `Stop` if there is none."""
        action = self._actions[name]
        if not action.is_free:
            if not self.steps_left:
                raise Stop("no actions are left")
            self.steps_left -= 1
        return action.carry_out(*words)

    def _words(
        self, name: str, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> tuple[Word, ...]:
        """The arguments of a call in the order of the action's parameters.

        Raises:
            TypeError: there are too few or too many, or one is no word; in words for the code's author.
        """
        usage = f"{name}({', '.join(self._actions[name].parameters)})"
        try:
            bound = self._signatures[name].bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{usage}: {error}") from None
        words = []
        for parameter, value in bound.arguments.items():
            # never shown: a list may hold itself, and a small one may be endless to write
            if not isinstance(value, Word):
                raise TypeError(
                    f"{usage}: {parameter} must be a text, not a {type(value).__name__}"
                )
            if not _is_short(value):
                raise TypeError(f"{usage}: {parameter} must be a few words in one line")
            words.append(value)
        return tuple(words)

    def _in_words(self, error: str) -> str:
        """The error in one line. A session that was stopped at a limit cannot be used any more."""
        for beginning, words in self._limits_in_words.items():
            if error.startswith(beginning):
                self._forget()
                return words
        return clean(" ".join(error.split()))[:MAX_ERROR]

    def _forget(self) -> None:
        """End the session: what runs have defined is lost."""
        if self._session is not None:
            self._session.__exit__(None, None, None)
            self._session = None


class _Run:
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
        elif places and str(raised) == f"SystemExit: {_STOPPED}":
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
        return Ran(tell(self._places, error), line, value, self.printed, tuple(self.calls))

    def line_of(self, position: monty.SourceRange) -> int:
        """The line of a place in this code, 0 for one elsewhere."""
        if position.filename != self._file:
            return 0
        return self._sources[self._file].line_at(position.start)


def _signature(action: Action) -> Signature:
    kind = Parameter.POSITIONAL_OR_KEYWORD
    return Signature([Parameter(name, kind) for name in action.parameters])


def _named(name: str) -> Callable[[], None]:
    """What stands for an action on this side: the interpreter asks for its name and does not call it."""

    def function() -> None: ...

    function.__name__ = name
    return function


def _raised(kind: ExcType, message: str) -> monty.ExternalExceptionData:
    return {"exc_type": kind, "message": message}


def _is_short(word: Word) -> bool:
    if isinstance(word, str):
        return len(word) <= MAX_WORD and word.isprintable()
    return abs(word) < LARGEST


def _shown(value: object) -> str:
    if isinstance(value, str):
        return clean(value[:MAX_PRINTED])
    return str(value) if isinstance(value, int | float) and _is_short(value) else ""
