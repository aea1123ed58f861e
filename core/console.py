"""Text output: every text, table and progress line of the program goes through here.

Results are on stdout; errors, notices and progress on stderr. Nothing here is slow to import.
"""

import os
import re
import sys
import time
from contextlib import suppress
from io import TextIOWrapper
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TextIO

from core.errors import RunDirectoryError
from core.untrusted import clean

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from tqdm import tqdm

LINE_SECONDS = 30.0
"""Between two lines of progress where there is no terminal."""
BAR_SECONDS = 0.5


def prepare_streams() -> None:
    r"""Let stdout and stderr take every text, and stand for the null device where they are closed.

    What the encoding of a terminal lacks is written as an escape sequence (``\u2192``). A closed stream would leave
    its number to the next file that is opened, and what a library prints would land in that file.
    """
    for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def echo(text: str) -> None:
    """Print a text literally and cleaned: a model's answer or the name of a file may hold anything.

    Raises:
        RunDirectoryError: see `_write`.
    """
    _write(clean(text))


def _write(text: str) -> None:
    """Print on stdout and flush.

    Where the pipe is closed (``| head``) nothing more is printed, and the command goes on: a run is kept whether
    or not it is watched.

    Raises:
        RunDirectoryError: stdout cannot be written, for example because a disk is full.
    """
    try:
        print(text, flush=True)  # noqa: T201 the only print of the packages
    except BrokenPipeError:
        _discard(sys.stdout)
    except OSError as error:
        _discard(sys.stdout)
        raise RunDirectoryError(f"stdout cannot be written: {error.strerror}") from error


def show(renderable: "RenderableType") -> None:
    """Print a table, or anything else that rich can draw, with what the terminal has."""
    console = make_console()
    with console.capture() as captured:
        console.print(renderable)
    _write(captured.get().rstrip("\n"))


def warn(text: str) -> None:
    """Print one line on stderr: something that the user should know, and that ends nothing.

    It does not end a run either that stderr is closed or full.
    """
    try:
        print(one_line(text), file=sys.stderr, flush=True)  # noqa: T201
    except OSError:
        with suppress(OSError):
            _discard(sys.stderr)


def make_console(file: TextIO | None = None) -> "Console":
    """A rich console that honours NO_COLOR; rich itself honours TERM=dumb, and knows what a file is."""
    from rich.console import Console

    return Console(file=file, color_system=None if os.environ.get("NO_COLOR") else "auto")


def count(number: int, noun: str) -> str:
    """A number of things: ``1 step``, ``2 steps``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def one_line(text: str) -> str:
    """A text without line breaks, its control characters shown as escape sequences."""
    joined = re.sub(r"\s*[\r\n\u2028\u2029]\s*", " ", text.rstrip())
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in joined
    )


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal in which a line can be drawn again."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Progress:
    """How far a long command is, on stderr: a bar in a terminal or a notebook, elsewhere a line now and then.

    Args:
        title: of the command.
        total: how much there is to do.
        unit: what is counted, in the singular.
        done: how much of it has been done before.
    """

    def __init__(self, title: str, total: int, unit: str, done: int = 0) -> None:
        self._title, self._total, self._unit, self._done = one_line(title), total, unit, done
        self._started = self._said = time.monotonic()
        self._bar = self._make_bar()

    def advance(self, number: int = 1, note: str = "") -> None:
        """Some more has been done; the note says how it went."""
        self._done += number
        if self._bar is not None:
            self._bar.set_postfix_str(note, refresh=False)
            self._bar.update(number)
        elif self._done == self._total or time.monotonic() - self._said > LINE_SECONDS:
            self._said = time.monotonic()
            done = f"{self._done} of {count(self._total, self._unit)}"
            seconds = f"{self._said - self._started:.0f} s"
            warn(f"{self._title}: {done} in {seconds}{note and f', {note}'}")

    def write(self, text: str) -> None:
        """Print lines on stderr, above the bar."""
        if self._bar is not None:
            self._bar.write(text, file=sys.stderr)
        else:
            for line in text.splitlines():
                warn(line)

    def _make_bar(self) -> "tqdm[Any] | None":
        if not is_terminal(sys.stderr) and "ipykernel" not in sys.modules:
            return None
        # slow to import
        from tqdm.auto import tqdm

        return tqdm(
            desc=self._title,
            total=self._total,
            unit=self._unit,
            initial=self._done,
            mininterval=BAR_SECONDS,
        )

    def __enter__(self) -> Self:
        """Use as a context, which leaves the bar as it was last."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the bar's line."""
        if self._bar is not None:
            self._bar.close()


def _discard(stream: TextIO) -> None:
    """Send what is still to be written, the buffer included, to the null device."""
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, stream.fileno())
    os.close(null)
