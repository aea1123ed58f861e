"""FastChat's processes as their parent sees them: started, watched, started again, stopped."""

import socket
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import urllib3

from core.child import start_child
from core.console import warn
from core.errors import ModelUnavailable
from planner.fastchat_process import Part, run_part

SHUTDOWN_SECONDS = 10.0
"""For a process to end after SIGTERM, before it is killed."""
REFRESH_SECONDS = 60.0
"""For the controller to ask every worker whether it is there."""


class Process:
    """One of FastChat's processes.

    Args:
        name: for messages.
        part: what it runs.
        folder: of its log.
    """

    def __init__(self, name: str, part: Part, folder: Path) -> None:
        self.name = name
        self.address = (part.host, part.port)
        self._part, self._folder = part, folder
        self._num_starts = 0
        self.start()

    def start(self) -> None:
        """Start it, or start it again after it has ended; each start has a log of its own."""
        self._num_starts += 1
        number = f"_{self._num_starts}" if self._num_starts > 1 else ""
        self.log = self._folder / f"{self.name.replace(' ', '_')}{number}.log"
        self._process = start_child(run_part, self._part, self.log)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self.address
        return f"http://{host}:{port}"

    def check(self) -> None:
        """Check that it runs.

        Raises:
            ModelUnavailable: it has ended; the message has the last line of its log.
        """
        status = self._process.exitcode
        if status is not None:
            lines = self.log.read_text("utf-8", errors="replace").strip().splitlines() or [
                "no output"
            ]
            raise ModelUnavailable(
                f"the {self.name} ended with status {status}: {lines[-1]} (see {self.log})"
            )

    @property
    def listens(self) -> bool:
        """Whether it accepts connections."""
        try:
            socket.create_connection(self.address, timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End it, by SIGTERM and then SIGKILL."""
        self._process.terminate()
        self._process.join(SHUTDOWN_SECONDS)
        self._process.kill()
        self._process.join()


class Workers:
    """The processes that hold the model; one that ends is started again while the others answer.

    Args:
        processes: of the workers.
        controller: sends the requests to them.

    Attributes:
        all: the processes, also those that have ended.
    """

    def __init__(self, processes: Sequence[Process], controller: Process) -> None:
        self.all = tuple(processes)
        self._processes = list(processes)
        self._controller = controller
        self._starting: set[Process] = set()

    def tend(self) -> None:
        """Start a worker again that has ended; one that ends before it listens again is given up.

        Raises:
            ModelUnavailable: no worker is left.
        """
        for process in list(self._processes):
            try:
                process.check()
            except ModelUnavailable as error:
                self._replace(process, error)
            if process in self._starting and process.listens:
                self._starting.remove(process)

    def _replace(self, process: Process, error: ModelUnavailable) -> None:
        is_given_up = process in self._starting
        if is_given_up:
            self._starting.remove(process)
            self._processes.remove(process)
            if not self._processes:
                raise error
        self._forget_the_dead()
        warn(f"{error}; it is {'given up' if is_given_up else 'started again'}")
        if not is_given_up:
            process.start()
            self._starting.add(process)

    def _forget_the_dead(self) -> None:
        """Let the controller drop the workers that do not answer, which it would notice after a minute."""
        with suppress(urllib3.exceptions.HTTPError):
            url = f"{self._controller.url}/refresh_all_workers"
            urllib3.request("POST", url, timeout=REFRESH_SECONDS, retries=False)
