"""Files that are either whole or absent: bytes, JSON and JSON lines."""

import contextlib
import glob
import json
import os
import shutil
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Literal, TypeVar, overload

from core.console import warn
from core.decode import decode
from core.errors import RunDirectoryError

T = TypeVar("T")
IfDamaged = Literal["leave out", "set aside", "refuse"]

TEMPORARY = ".*.[0-9]*.tmp"
"""The files of `write_bytes` that are not whole yet; a process that was killed leaves them."""


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file atomically, and make its directory if need be.

    Raises:
        RunDirectoryError: see `replacing`.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Replace a file atomically by what is written into another one inside; makes its directory if need be.

    Raises:
        RunDirectoryError: the disk is full, the path is not writable, or a pipe or a device; the old file is
            unchanged.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):  # root could replace /dev/null
            raise RunDirectoryError(f"{path} cannot be written: it is not a file")
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_left(path)
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise _not_writable(path, error) from error


def _remove_left(path: Path) -> None:
    """Remove what processes left of a file that were killed while they wrote it."""
    for left in path.parent.glob(f".{glob.escape(path.name)}.[0-9]*.tmp"):
        try:
            os.kill(int(left.name.split(".")[-2]), 0)  # signal 0 only asks whether it is there
        except ProcessLookupError:
            left.unlink(missing_ok=True)
        except (PermissionError, OverflowError, ValueError):
            continue


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Replace a file by an indented JSON document."""
    write_bytes(path, (json.dumps(document, indent=2) + "\n").encode())


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replace a file by one JSON document per line."""
    write_bytes(path, "".join(_line(row) for row in rows).encode())


def append_line(path: Path, row: Mapping[str, Any]) -> None:
    """Append one JSON document, and make its directory if need be.

    A process that is killed here may leave part of the line.

    Raises:
        RunDirectoryError: the disk is full or the path is not writable.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            file.write(_line(row).encode() if _ends_a_line(file) else f"\n{_line(row)}".encode())
    except OSError as error:
        raise _not_writable(path, error) from error


def read_bytes(path: Path) -> bytes:
    """Read a file; what is no file is refused, for reading it may never end.

    Raises:
        RunDirectoryError: it is missing, cannot be read, or is a directory, a pipe or a device.
    """
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise RunDirectoryError(f"{path} cannot be read: it is not a file")
        return path.read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        reason = getattr(error, "strerror", None) or error
        raise RunDirectoryError(f"{path} cannot be read: {reason}") from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        RunDirectoryError: the file is missing or damaged.
    """
    return decode(read_bytes(path), dict[str, Any], str(path))


@overload
def read_lines(path: Path, *, if_damaged: IfDamaged = "leave out") -> list[dict[str, Any]]: ...
@overload
def read_lines(
    path: Path, read: Callable[[dict[str, Any], str], T], *, if_damaged: IfDamaged = "leave out"
) -> list[T]: ...
def read_lines(
    path: Path,
    read: Callable[[dict[str, Any], str], Any] = lambda row, _: row,
    *,
    if_damaged: IfDamaged = "leave out",
) -> list[Any]:
    """Read a JSON object from each line.

    A last line without its end was cut short when its process was killed: nothing is said about it.

    Args:
        path: of the file.
        read: makes a value of an object and of its place, for the error.
        if_damaged: what is done about a damaged line. ``leave out``: it is said on stderr, and refused where
            no line is good. ``set aside``: it is said, and appended to ``<path>.damaged``, for the file is
            about to be replaced. ``refuse``: an error.

    Raises:
        RunDirectoryError: the file is missing, or a damaged line is refused.
    """
    rows, damaged, problem = [], [], ""
    lines = read_bytes(path).split(b"\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            where = f"{path}, line {number},"
            rows.append(read(decode(line, dict[str, Any], where), where))
        except RunDirectoryError as error:
            if number == len(lines):
                break
            if if_damaged == "refuse":
                raise
            damaged.append(line + b"\n")
            problem = problem or str(error)
    if damaged and not rows and if_damaged == "leave out":
        raise RunDirectoryError(problem)
    if damaged:
        _say_damaged(path, damaged, problem, sets_aside=if_damaged == "set aside")
    return rows


def _say_damaged(path: Path, damaged: Sequence[bytes], problem: str, *, sets_aside: bool) -> None:
    """Say that lines are damaged, and keep them beside the file if it is about to be replaced."""
    fate = "left out"
    if sets_aside:
        place = path.with_name(f"{path.name}.damaged")
        write_bytes(place, (read_bytes(place) if place.exists() else b"") + b"".join(damaged))
        fate = f"kept in {place}"
    others = f" (and {len(damaged) - 1} more)" if len(damaged) > 1 else ""
    warn(f"{problem}{others}: {fate}")


def remove(path: Path) -> None:
    """Remove a file, a symbolic link (what it names stays), or a directory with all that is in it.

    Raises:
        OSError: it cannot be removed.
    """
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _ends_a_line(file: IO[bytes]) -> bool:
    """Whether what is appended to a file begins a new line."""
    if file.seek(0, os.SEEK_END) == 0:
        return True
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row) + "\n"


def _not_writable(path: Path, error: OSError) -> RunDirectoryError:
    return RunDirectoryError(f"{path} cannot be written: {error.strerror or error}")
