"""The run directory: where a run is kept, who may write there, and files that are whole or absent."""

import contextlib
import hashlib
import json
import os
import platform
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from functools import cache
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from filelock import FileLock, Timeout

from core.errors import RunDirectoryError
from core.settings import RunSettings, to_json
from core.task import slug

CONFIG, MODEL, CHECKPOINT, METRICS = "config.json", "acmodel.pt", "checkpoint.pt", "metrics.jsonl"
RESULT = "result.json"
"""What one of many runs came to (`experiments.jobs`)."""
EVALUATION = "eval"
"""The directory of what evaluations leave."""
REPORT = "report.html"
_LOCK = ".lock"
_REPOSITORY = Path(__file__).resolve().parent.parent
_NOT_PRODUCT = ("tests", "benchmarks")


class RunDirectory:
    """One run's directory, ``LOGDIR/POLICY/TASK/SAVE_NAME``.

    As a context it is made if need be and held against other processes.
    """

    def __init__(self, settings: RunSettings) -> None:
        self.path = (
            Path(settings.logdir) / settings.policy / slug(settings.task) / settings.save_name
        )
        self._lock = FileLock(self.path / _LOCK)

    def __enter__(self) -> Self:
        """Make and hold the directory.

        Raises:
            RunDirectoryError: it cannot be written, or another process holds it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
        except Timeout:
            raise RunDirectoryError(
                f"{self.path} is in use by another process: wait for it or take another --save_name"
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
        """Let go of the directory."""
        self._lock.release()

    def file(self, name: str) -> Path:
        """A file of the run."""
        return self.path / name

    @property
    def holds_training(self) -> bool:
        """Whether a training run was begun here."""
        return self.file(CHECKPOINT).exists() or self.file(MODEL).exists()

    def clear(self) -> None:
        """Delete what a run, its evaluations and reports left here; the directory and the lock stay."""
        for name in (CONFIG, MODEL, CHECKPOINT, METRICS, RESULT, REPORT):
            self.file(name).unlink(missing_ok=True)
        for events in self.path.glob("events.out.tfevents*"):
            events.unlink()
        for cut_off in self.path.glob(".*.tmp"):
            cut_off.unlink()
        shutil.rmtree(self.file("eval"), ignore_errors=True)

    def write_config(self, method: str, settings: RunSettings) -> None:
        """Keep the resolved settings with the versions they ran on."""
        document = {"method": method, "settings": to_json(settings), **provenance()}
        write_json(self.file(CONFIG), document)


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file that is either whole or as it was before.

    Raises:
        RunDirectoryError: the disk is full or the place not writable; the old file is untouched.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise RunDirectoryError(f"{path} cannot be written: {error.strerror}") from error


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document for people to read."""
    write_bytes(path, (json.dumps(document, indent=2) + "\n").encode())


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write one JSON document a line."""
    write_bytes(path, "".join(json.dumps(row) + "\n" for row in rows).encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON document.

    Raises:
        RunDirectoryError: it is missing or damaged.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunDirectoryError(f"{path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise RunDirectoryError(f"{path} holds no JSON object")
    return document


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read one JSON document a line, up to the first that is damaged: the last one, cut off.

    Raises:
        RunDirectoryError: the file is missing.
    """
    rows = []
    try:
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
            rows.append(json.loads(line))
    except OSError as error:
        raise RunDirectoryError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError:
        return rows
    return rows


def provenance() -> dict[str, object]:
    """What ran: versions, commit and a digest of the code, for every file of results."""
    names = ("torch", "gymnasium", "minigrid", "numpy")
    versions = {name: metadata.version(name) for name in names}
    return {
        "versions": {"python": platform.python_version(), **versions},
        "commit": _commit(),
        "code": _digest(),
    }


@cache
def _digest() -> str:
    """Tells code apart where a commit does not: changed since, or outside git."""
    digest = hashlib.sha256()
    for package in packages():
        for path in sorted((_REPOSITORY / package).rglob("*")):
            if path.suffix in (".py", ".json"):
                digest.update(path.relative_to(_REPOSITORY).as_posix().encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def packages() -> list[str]:
    """The product's packages, by the ``__init__.py`` in their folders."""
    found = sorted(path.parent.name for path in _REPOSITORY.glob("*/__init__.py"))
    return [name for name in found if name not in _NOT_PRODUCT]


def _commit() -> str | None:
    """The commit this code stands at, with a mark if it was changed since; None outside git."""
    command = ["git", "-C", str(_REPOSITORY), "describe", "--always", "--dirty", "--abbrev=12"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
