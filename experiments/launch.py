"""Launchers: many jobs at a time, in processes of this machine."""

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, Pipe, wait
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from tqdm import tqdm

from core.child import send_output_to, start_child
from core.errors import WhenToAskError

J = TypeVar("J")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that has no result, and why."""

    reason: str


class Launcher(Protocol):
    """Carries out jobs, on this machine or on others."""

    def map(self, work: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[J, R | Failure]]:
        """Each job with its result, as soon as it has ended; jobs start in the order given.

        A job that fails ends no other one.
        """
        ...


@dataclass(frozen=True, slots=True)
class ProcessLauncher:
    """Runs jobs in processes of this machine, which end with this one, whatever ends it.

    Attributes:
        processes: how many.
        log: names the file that receives the output of a job.
    """

    processes: int
    log: Callable[[Any], Path]

    def map(self, work: Callable[[J], R], jobs: Sequence[J]) -> Iterator[tuple[J, R | Failure]]:
        """See `Launcher.map`; a job whose process dies has failed, too."""
        pending = list(reversed(jobs))
        busy: dict[Any, _Worker[J, R]] = {}

        def begin(worker: _Worker[J, R]) -> None:
            busy[worker.connection] = worker
            job = pending.pop()
            worker.begin(work, job, self.log(job))

        try:
            for _ in range(min(self.processes, len(jobs))):
                begin(_Worker(self.processes))
            while busy:
                for connection in wait(list(busy)):
                    worker = busy[connection]
                    job, outcome = worker.job, worker.outcome()
                    del busy[connection]
                    if pending and worker.is_alive:
                        begin(worker)
                    else:
                        worker.end()
                        if pending:
                            begin(_Worker(self.processes))
                    yield job, outcome
        finally:
            for worker in busy.values():
                worker.end()


class _Worker(Generic[J, R]):
    """A process that carries out one job after another.

    Args:
        processes: how many share the cores.

    Attributes:
        connection: can be read from when the current job has ended.
        job: the current one.
    """

    job: J

    def __init__(self, processes: int) -> None:
        self.connection, theirs = Pipe()
        self._process = start_child(_work, theirs, processes)
        theirs.close()

    def begin(self, work: Callable[[J], R], job: J, log: Path) -> None:
        """Start a job."""
        self.job = job
        with suppress(BrokenPipeError):  # the process has died, as `outcome` will say
            # pickled here, so that the imports which it causes have the process's settings and log
            self.connection.send((log, pickle.dumps((work, job))))

    def outcome(self) -> R | Failure:
        """The result of the current job."""
        try:
            outcome: R | Failure = self.connection.recv()
        except (EOFError, ConnectionResetError):
            self._process.join()
            status = self._process.exitcode or 0
            if status < 0:
                name = signal.Signals(-status).name
                return Failure(f"its process was ended by {name}, perhaps for lack of memory")
            return Failure(f"its process ended with status {status}")
        return outcome

    @property
    def is_alive(self) -> bool:
        """Whether it can take another job."""
        return self._process.is_alive()

    def end(self) -> None:
        """End the process, in the middle of a job if need be: its files are whole at any moment."""
        self._process.kill()
        self._process.join()
        self.connection.close()


def _work(connection: Connection, processes: int) -> None:
    """Carry out one job after another until the parent ends."""
    # tqdm's default lock is a semaphore of the system, and a process that is killed would leave it behind
    tqdm.set_lock(threading.RLock())
    threads = max(1, (os.cpu_count() or 1) // processes)
    for library in ("NUMBA", "OMP"):
        os.environ.setdefault(f"{library}_NUM_THREADS", str(threads))
    while True:
        log, task = connection.recv()
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            send_output_to(log)
            work, job = pickle.loads(task)  # noqa: S301 from the parent process
            outcome = work(job)
        except WhenToAskError as error:
            outcome = Failure(str(error))
        except Exception as error:  # noqa: BLE001 the other jobs go on
            traceback.print_exc()
            outcome = Failure(f"{type(error).__name__}: {error}")
        connection.send(outcome)
