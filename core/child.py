"""Child processes, which end with their parent."""

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any


def start_child(target: Callable[..., None], *args: Any) -> BaseProcess:
    """Call a function in a new process, which ends when this one ends, whatever ends it; SIGKILL included.

    Ctrl-C in a terminal does not reach the child, so that this process decides when it ends.
    """
    process = multiprocessing.get_context("spawn").Process(
        target=_call, args=(target, *args), daemon=True
    )
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process.start()  # with the mask of this thread
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    return process


def send_output_to(log: Path) -> None:
    """Redirect the output of this process, and of those that it starts, to a new file."""
    sys.stdout.flush()
    with log.open("w", encoding="utf-8") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)


def _call(target: Callable[..., None], *args: Any) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    target(*args)


def _end_with_parent() -> None:
    """Wait for the parent's end of a pipe to close."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
