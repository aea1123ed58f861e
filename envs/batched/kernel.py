"""How the compiled functions of this package are compiled, and where the results are kept."""

import hashlib
import os
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from filelock import FileLock
from numba.core import config, types
from platformdirs import user_cache_path

from core.errors import SettingsError
from core.rooms import plan, plan_ids, view
from envs import moving_obstacle

F = TypeVar("F", bound=Callable[..., Any])

if config.DISABLE_JIT:  # type: ignore[attr-defined]
    raise SettingsError("NUMBA_DISABLE_JIT leaves nothing to compile with: take --engine readable")
if config.THREADING_LAYER == "default":  # type: ignore[attr-defined]
    # OpenMP's threads are torch's too: numba would set their number for both
    config.THREADING_LAYER = "workqueue"  # type: ignore[attr-defined]


def _mangled(record: types.Record) -> tuple[str, tuple[int]]:
    """A record's part in the name of a compiled function: from its fields, so the same in every process.

    Numba would take a number that counts the types a process has met. Kept on disk and loaded by a
    process that met rooms of two sizes in another order, two functions would have one name, and rooms
    would be stepped by the code for the other size.
    """
    digest = hashlib.sha256(str(record).encode()).digest()
    return "Record", (int.from_bytes(digest[:6], "big"),)


types.Record.mangling_args = property(_mangled)  # type: ignore[assignment,method-assign]

_HERE = Path(__file__).resolve().parent


def _cache_directory() -> Path:
    """A directory for this very source.

    Numba looks only at the file a function stands in, but kernels of other files, and constants of
    `core`, of the obstacle and of MiniGrid, are compiled into it: so the directory is named after all
    of them.
    """
    digest = hashlib.sha256()
    nouns = (Path(str(module.__file__)) for module in (plan, plan_ids, view, moving_obstacle))
    for file in (*sorted(_HERE.glob("*.py")), *nouns):
        digest.update(file.read_bytes())
    digest.update(metadata.version("minigrid").encode())
    return _writable() / f"kernels-{digest.hexdigest()[:16]}"


def _writable() -> Path:
    """Beside the source, or in the user's own cache where the source may only be read."""
    beside = _HERE / "__pycache__"
    try:
        beside.mkdir(exist_ok=True)
    except OSError:
        return user_cache_path("when2ask")
    return beside if os.access(beside, os.W_OK) else user_cache_path("when2ask")


_CACHE_DIRECTORY = str(_cache_directory())


def compiled_flag(size: int) -> Path:
    """A file that says that rooms on a grid of so many cells a side were compiled from this very source.

    A room's record depends on the size, and a kernel is compiled for each record.
    """
    return Path(_CACHE_DIRECTORY) / f"size-{size}"


def kernel(function: F) -> F:
    """Compile for this machine when it is first called, and keep the result on disk."""
    return _compile(function, parallel=False)


def parallel_kernel(function: F) -> F:
    """The same, with `numba.prange` shared out among the cores."""
    return _compile(function, parallel=True)


def _compile(function: F, *, parallel: bool) -> F:
    elsewhere = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = _CACHE_DIRECTORY  # type: ignore[attr-defined]
    try:
        compiled: Any = numba.njit(cache=True, error_model="numpy", parallel=parallel)(function)
    finally:
        config.CACHE_DIR = elsewhere  # type: ignore[attr-defined]
    _keep_one_at_a_time(compiled)
    return cast(F, compiled)


def _keep_one_at_a_time(compiled: Any) -> None:
    """Hold a lock while a result is kept on disk.

    Numba numbers the files of a function by reading its index and writing it again. Of two processes
    that compile for rooms of different sizes at the same time, one would later load the other's code.
    """
    file = compiled._cache._cache_file
    save = file.save

    def save_alone(key: Any, data: Any) -> None:
        with FileLock(Path(_CACHE_DIRECTORY) / "lock"):
            save(key, data)

    file.save = save_alone
