"""Programs that a language model wrote, each without files, network or other processes."""

from types import TracebackType
from typing import Protocol, Self

from core.console import warn
from core.errors import SandboxError
from sandbox.interpreter import Interpreter
from sandbox.outcome import Outcome
from sandbox.processes import Processes


class Engine(Protocol):
    """Runs one program."""

    def run(self, source: str, value_of: str, seconds: int) -> Outcome:
        """See `Programs.run`; from any thread."""
        ...

    def close(self) -> None:
        """End every process."""
        ...


class Programs:
    """Runs programs; for use in a ``with`` statement, from any thread.

    On Linux with libseccomp each program has a locked process of its own, with all of Python
    (`sandbox.processes`). Elsewhere it runs in pydantic-monty, which knows a part of Python
    (`sandbox.interpreter`); a line says so.

    A program and the tests after it share one interpreter, as in every harness of this kind: a program that is
    written to deceive its tests, for example by values that are equal to everything, can do so. It cannot reach
    this process, the machine, or another program.

    Args:
        in_monty: use pydantic-monty in any case.
    """

    def __init__(self, *, in_monty: bool = False) -> None:
        self._in_monty = in_monty

    def __enter__(self) -> Self:
        self._engine = self._start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._engine.close()

    def run(self, source: str, value_of: str = "", seconds: float = 10.0) -> Outcome:
        """Run a program in a fresh interpreter.

        Args:
            source: of the program.
            value_of: an expression that is evaluated after it.
            seconds: limit of processor time, rounded up to whole seconds; a program that waits is ended after three
                times as long.
        """
        return self._engine.run(source, value_of, max(1, -int(-seconds // 1)))

    def _start(self) -> Engine:
        if not self._in_monty:
            try:
                return Processes()
            except SandboxError as error:
                warn(f"{error}; they run in pydantic-monty, which knows a part of Python only")
        return Interpreter()
