"""A box for code that a language model wrote: it can call the functions that it is given, and nothing else.

The code runs in pydantic-monty, an interpreter of a part of Python that has no files, network, processes or
modules of the machine, in a process of its own. What it calls is carried out here, one call at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType, TracebackType
from typing import Literal, Self

import pydantic_monty as monty

from core.untrusted import clean
from sandbox.action import Action, Call, Stop, Word, is_short
from sandbox.places import Source
from sandbox.run import MAX_PRINTED, STOPPED, Ran, Run
from sandbox.wall import second_wall

SECONDS = 1.0
"""Time that one run may compute; the time that its calls take is not counted."""
MEMORY = 32 * 2**20
"""Bytes that the code may use."""
RECURSION = 200
"""Depth of calls in the code."""
MAX_LOOKUPS = 1000
"""Free calls, unknown names and refused requests of a session, beside its calls."""
MAX_ERROR = 300
"""Characters of an error, without the places."""
_POLICY = monty.OSPolicy(
    sleep="zero",
    random_start={"seed": 0},
    datetime=datetime(2000, 1, 1),
)
"""The same code does the same every time."""

ExcType = Literal["NameError", "TypeError", "SystemExit"]


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
        run = Run(source, self._next_file(), self._sources, defines=defines)
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

    def _answer(self, snapshot: monty.SyncSnapshot, run: Run) -> monty.SyncSnapshot:
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
            words = self._actions[name].words(name, snapshot.args, snapshot.kwargs)
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
            return snapshot.resume(_raised("SystemExit", STOPPED))
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


def _named(name: str) -> Callable[[], None]:
    """What stands for an action on this side: the interpreter asks for its name and does not call it."""

    def function() -> None: ...

    function.__name__ = name
    return function


def _raised(kind: ExcType, message: str) -> monty.ExternalExceptionData:
    return {"exc_type": kind, "message": message}


def _shown(value: object) -> str:
    if isinstance(value, str):
        return clean(value[:MAX_PRINTED])
    return str(value) if isinstance(value, int | float) and is_short(value) else ""
