"""Launchers: many jobs at a time, in processes of this machine."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing.context import SpawnContext, SpawnProcess
from pathlib import Path
from typing import Protocol, TypeVar

from core.errors import RunDirectoryError

J = TypeVar("J")
R = TypeVar("R")


class Launcher(Protocol):
    """Carries out jobs, on this machine or on others."""

    def map(self, work: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[J, R]]:
        """Each job with its result, as soon as it is finished; jobs start in the order given.

        A job that raises ends all others, and its error is raised here.
        """
        ...


class _Worker(SpawnProcess):
    """A process of a `ProcessLauncher`; the type distinguishes it from other child processes."""


class _Workers(SpawnContext):
    Process = _Worker


@dataclass(frozen=True, slots=True)
class ProcessLauncher:
    """Runs jobs in processes of this machine.

    Attributes:
        processes: how many.
        log: receives the output of all of them.
    """

    processes: int
    log: Path

    def map(self, work: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[J, R]]:
        """See `Launcher.map`.

        Raises:
            RunDirectoryError: a process died.
        """
        with ProcessPoolExecutor(
            self.processes,
            mp_context=_Workers(),
            initializer=_start_worker,
            initargs=(self.log, self.processes),
        ) as pool:
            futures = {pool.submit(work, job): job for job in jobs}
            try:
                for done in as_completed(futures):
                    yield futures[done], done.result()
            except BrokenProcessPool as error:
                raise RunDirectoryError(
                    f"the process of a run died, perhaps out of memory: see {self.log}"
                ) from error
            finally:
                # leaving the pool would wait for all jobs that are pending
                if not all(future.done() for future in futures):
                    _terminate_workers()


def _start_worker(log: Path, processes: int) -> None:
    """Redirect the output of this process and leave the other cores to the other workers."""
    with log.open("a") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    threads = max(1, (os.cpu_count() or 1) // processes)
    for library in ("NUMBA", "OMP"):
        os.environ.setdefault(f"{library}_NUM_THREADS", str(threads))


def _terminate_workers() -> None:
    for child in multiprocessing.active_children():
        if isinstance(child, _Worker):
            child.terminate()
