"""Signals that end the program: Ctrl-C, SIGTERM (docker stop, a batch system) and SIGHUP (a closed terminal)."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import NoReturn

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupted(KeyboardInterrupt):
    """One of these signals has arrived.

    Attributes:
        status: exit status of a program that ends by it, as shells count: 128 plus its number.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.status = 128 + number


@contextmanager
def ending_signals() -> Iterator[None]:
    """Turn the first of these signals into `Interrupted`; a second one ends the process at once.

    A signal that is ignored stays so, as nohup wants it.

    Raises:
        Interrupted: a signal has arrived, whatever the code around it made of the exception.
    """
    handlers = {
        number: handler
        for number in ENDING
        if (handler := signal.getsignal(number)) not in (signal.SIG_IGN, None)
    }
    received: list[int] = []

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 a signal handler
        received.append(number)
        for each in handlers:
            signal.signal(each, signal.SIG_DFL)
        raise Interrupted(number)

    for number in handlers:
        signal.signal(number, interrupt)
    try:
        yield
    except BaseException as error:
        # an import may turn it into its own error, and a terminal that is closed can no longer be written to
        if received and not isinstance(error, Interrupted):
            raise Interrupted(received[0]) from error
        raise
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)


def exit_with(status: int) -> NoReturn:
    """End the process; after an interrupt without its threads, which may wait for a server."""
    # the work is done: a signal that comes while Python shuts down must not hide its status
    for number in ENDING:
        signal.signal(number, signal.SIG_IGN)
    if status > 128:
        with suppress(OSError):  # the terminal may be closed
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
