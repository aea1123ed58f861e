"""How the kernels of this package are compiled, and where the machine code is cached.

This uses two private parts of Numba, `Record.mangling_args` and the cache file of a dispatcher, so
requirements.txt caps its version.
"""

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
    raise SettingsError(
        "NUMBA_DISABLE_JIT is set, so --engine batched cannot be compiled: use --engine readable"
    )
if config.THREADING_LAYER == "default":  # type: ignore[attr-defined]
    # torch uses OpenMP's threads, too, and numba would set their number for both
    config.THREADING_LAYER = "workqueue"  # type: ignore[attr-defined]


def _mangled(record: types.Record) -> tuple[str, tuple[int]]:
    """Mangle a record type from its fields, so that a kernel's name is the same in every process.

    Numba numbers record types in the order in which a process meets them. Cached on disk and loaded
    by a process that meets rooms of two sizes in another order, two kernels would have the same name,
    and rooms would be stepped by the code for the other size.
    """
    digest = hashlib.sha256(str(record).encode()).digest()
    return "Record", (int.from_bytes(digest[:6], "big"),)


types.Record.mangling_args = property(_mangled)  # type: ignore[assignment,method-assign]

_HERE = Path(__file__).resolve().parent


def _cache_directory() -> Path:
    """A cache directory named after a digest of everything that is compiled into the kernels.

    Numba checks only the file that contains a function. But kernels of other files and constants of
    `core.rooms`, `envs.moving_obstacle` and MiniGrid are compiled into it, too.
    """
    digest = hashlib.sha256()
    constants = (Path(str(module.__file__)) for module in (plan, plan_ids, view, moving_obstacle))
    for file in (*sorted(_HERE.glob("*.py")), *constants):
        digest.update(file.read_bytes())
    digest.update(metadata.version("minigrid").encode())
    return _writable() / f"kernels-{digest.hexdigest()[:16]}"


def _writable() -> Path:
    """Next to the source, or in the user's cache directory if the source is read-only."""
    local = _HERE / "__pycache__"
    try:
        local.mkdir(exist_ok=True)
    except OSError:
        return user_cache_path("when2ask")
    return local if os.access(local, os.W_OK) else user_cache_path("when2ask")


_CACHE_DIRECTORY = str(_cache_directory())


def compiled_flag(size: int) -> Path:
    """A file that exists once the kernels for grids of `size` cells a side are compiled and cached.

    The record type of a room depends on the grid's size, and a kernel is compiled for each type.
    """
    return Path(_CACHE_DIRECTORY) / f"size-{size}"


def kernel(function: F) -> F:
    """Compile for this machine at the first call, and cache the result on disk."""
    return _compile(function, parallel=False)


def parallel_kernel(function: F) -> F:
    """The same, with `numba.prange` divided among the cores."""
    return _compile(function, parallel=True)


def _compile(function: F, *, parallel: bool) -> F:
    previous = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = _CACHE_DIRECTORY  # type: ignore[attr-defined]
    try:
        compiled: Any = numba.njit(cache=True, error_model="numpy", parallel=parallel)(function)
    finally:
        config.CACHE_DIR = previous  # type: ignore[attr-defined]
    _lock_cache(compiled)
    return cast(F, compiled)


def _lock_cache(compiled: Any) -> None:
    """Hold a lock while machine code is written to the cache.

    Numba numbers a function's files by reading and rewriting its index without a lock. If two
    processes compile for rooms of different sizes at the same time, one would later load the other's
    code.
    """
    file = compiled._cache._cache_file
    save = file.save

    def save_locked(key: Any, data: Any) -> None:
        with FileLock(Path(_CACHE_DIRECTORY) / "lock"):
            save(key, data)

    file.save = save_locked
