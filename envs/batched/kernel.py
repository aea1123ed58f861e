"""How the kernels of this package are compiled, and where the machine code is cached.

This uses two private parts of Numba, `Record.mangling_args` and the cache of a dispatcher, so requirements.txt
caps its version.
"""

import hashlib
import platform
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config, types

from core.errors import SettingsError
from core.rooms import plan, plan_ids, view
from envs import moving_obstacle
from envs.batched.cache import KernelCache, candidates, private_directory

F = TypeVar("F", bound=Callable[..., Any])

if config.DISABLE_JIT:  # type: ignore[attr-defined]
    raise SettingsError("NUMBA_DISABLE_JIT is set: unset it, or use --engine readable")
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


def _digest() -> str:
    """A digest of everything that is compiled into the kernels, and of what compiles them.

    Kernels of other files and constants of `core.rooms`, `envs.moving_obstacle` and MiniGrid are compiled
    into a kernel, too, so one digest is for all.
    """
    digest = hashlib.sha256()
    constants = (Path(str(module.__file__)) for module in (plan, plan_ids, view, moving_obstacle))
    for file in (*sorted(_HERE.glob("*.py")), *constants):
        digest.update(file.read_bytes())
    for package in ("minigrid", "numba", "llvmlite", "numpy"):
        digest.update(metadata.version(package).encode())
    digest.update(platform.python_version().encode())
    return digest.hexdigest()[:16]


_CACHE_DIRECTORY = private_directory(candidates(_HERE), f"kernels-{_digest()}")


def compiled_flag(size: int) -> Path:
    """A file that exists once the kernels for grids of `size` cells a side are compiled and cached.

    The record type of a room depends on the grid's size, and a kernel is compiled for each type.
    """
    return _CACHE_DIRECTORY / f"size-{size}"


def kernel(function: F) -> F:
    """Compile for this machine at the first call, and cache the result on disk."""
    return _compile(function, parallel=False)


def parallel_kernel(function: F) -> F:
    """The same, with `numba.prange` divided among the cores."""
    return _compile(function, parallel=True)


def _compile(function: F, *, parallel: bool) -> F:
    compiled: Any = numba.njit(error_model="numpy", parallel=parallel)(function)
    compiled._cache = KernelCache(function, _CACHE_DIRECTORY)
    return cast(F, compiled)
