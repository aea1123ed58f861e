"""Files that are either whole or absent: bytes, JSON and JSON lines."""

import contextlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from core.errors import RunDirectoryError


def write_bytes(path: Path, content: bytes) -> None:
    """Replace a file atomically, and make its directory if need be.

    Raises:
        RunDirectoryError: the disk is full or the path is not writable; the old file is unchanged.
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
        raise _not_writable(path, error) from error


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Replace a file by an indented JSON document."""
    write_bytes(path, (json.dumps(document, indent=2) + "\n").encode())


def write_lines(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Replace a file by one JSON document per line."""
    write_bytes(path, "".join(_line(row) for row in rows).encode())


def append_line(path: Path, row: Mapping[str, Any]) -> None:
    """Append one JSON document; a process that is killed here may leave part of the line.

    Raises:
        RunDirectoryError: the disk is full or the path is not writable.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(_line(row))
    except OSError as error:
        raise _not_writable(path, error) from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        RunDirectoryError: the file is missing or damaged.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunDirectoryError(f"{path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise RunDirectoryError(f"{path} is not a JSON object")
    return document


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Read one JSON document per line, up to the first damaged line (usually the last one, cut short).

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


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row) + "\n"


def _not_writable(path: Path, error: OSError) -> RunDirectoryError:
    return RunDirectoryError(f"{path} cannot be written: {error.strerror}")
