"""The directory of one run: its path, its lock, the names of its files."""

import shutil
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from filelock import FileLock, Timeout

from core.errors import RunDirectoryError
from core.files import write_json
from core.flags import Settings
from core.provenance import provenance
from core.settings import to_json
from core.task import slug

CONFIG, MODEL, CHECKPOINT, METRICS = "config.json", "acmodel.pt", "checkpoint.pt", "metrics.jsonl"
RESULT = "result.json"
"""The result of one of many runs (`experiments.jobs`)."""
EVALUATION, EPISODES, SUMMARY = "eval", "episodes.jsonl", "summary.json"
"""The directory of an evaluation, and its files."""
REPORT = "report.html"
EVENTS = "events.out.tfevents*"
"""The files of TensorBoard."""
_LOCK = ".lock"


class NamesRun(Protocol):
    """Settings that say where a run is kept."""

    @property
    def logdir(self) -> str:
        """Where all runs are kept."""
        ...

    @property
    def group(self) -> str:
        """What runs are grouped by: the objective of a mediator, or the method."""
        ...

    @property
    def task(self) -> str:
        """Name of the task, in upper or lower case."""
        ...

    @property
    def save_name(self) -> str:
        """Name of the run."""
        ...


class RunDirectory:
    """One run's directory, ``LOGDIR/GROUP/TASK/NAME``.

    Entering its context creates the directory and locks it against other processes.
    """

    def __init__(self, logdir: str | Path, group: str, task: str, name: str) -> None:
        self.path = Path(logdir) / group / task / name
        self._lock = FileLock(self.path / _LOCK)

    @classmethod
    def of(cls, settings: NamesRun) -> Self:
        """The directory that settings name.

        Raises:
            SettingsError: there is no such task.
        """
        return cls(settings.logdir, settings.group, slug(settings.task), settings.save_name)

    def __enter__(self) -> Self:
        """Create and lock the directory.

        Raises:
            RunDirectoryError: it cannot be written, or another process has locked it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise RunDirectoryError(
                f"{self.path} is in use by another process: wait for it or choose another --save_name"
            ) from None
        except OSError as error:
            raise RunDirectoryError(f"{self.path} cannot be written: {error.strerror}") from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock."""
        self._lock.release()

    def file(self, name: str) -> Path:
        """Path of a file of the run."""
        return self.path / name

    @property
    def holds_training(self) -> bool:
        """Whether a training has begun here."""
        return self.file(CHECKPOINT).exists() or self.file(MODEL).exists()

    def clear(self) -> None:
        """Delete the files of the run, its evaluations and its report; the lock stays."""
        for name in (CONFIG, MODEL, CHECKPOINT, METRICS, RESULT, REPORT):
            self.file(name).unlink(missing_ok=True)
        for pattern in (EVENTS, ".*.tmp"):
            for path in self.path.glob(pattern):
                path.unlink()
        shutil.rmtree(self.file(EVALUATION), ignore_errors=True)

    def write_config(self, method: str, settings: Settings) -> None:
        """Write the resolved settings with the versions of the code that uses them."""
        document = {"method": method, "settings": to_json(settings), **provenance()}
        write_json(self.file(CONFIG), document)
