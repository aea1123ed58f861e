"""Where compiled kernels are kept: in a directory that only its owner can write, in files that are checked when read.

Loading compiled code runs it. So a directory that others can write, such as one in a shared ``/tmp``, is not
used, and a damaged file counts as none.
"""

import hashlib
import os
import pickle
import stat
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from numba.core.caching import _Cache
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps
from platformdirs import user_cache_path

from core.errors import RunDirectoryError, SettingsError
from core.files import write_bytes

DIGEST_SIZE = hashlib.sha256().digest_size


class KernelCache(_Cache):
    """The compiled versions of one function, a file for each signature and processor.

    Each file is complete or absent, so that processes may compile the same at the same time.

    Args:
        function: what is compiled.
        directory: of the files, see `private_directory`.
    """

    def __init__(self, function: Callable[..., Any], directory: Path) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._directory = directory

    @property
    def cache_path(self) -> str:
        """The directory."""
        return str(self._directory)

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The compiled code for the types of the arguments; None if it has to be compiled."""
        target_context.refresh()
        try:
            content = self._path(sig, target_context.codegen()).read_bytes()
        except OSError:
            return None
        digest, data = content[:DIGEST_SIZE], content[DIGEST_SIZE:]
        if hashlib.sha256(data).digest() != digest:
            return None
        return CompileResult._rebuild(target_context, *pickle.loads(data))  # noqa: S301 see above

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep compiled code; if the disk is full it is only used."""
        content = dumps(data._reduce())
        with suppress(RunDirectoryError):
            path = self._path(sig, data.codegen)
            write_bytes(path, hashlib.sha256(content).digest() + content)

    def _path(self, sig: Any, codegen: Any) -> Path:
        key = repr((self._name, sig, codegen.magic_tuple()))  # the latter is the processor
        return self._directory / f"{self._name}-{hashlib.sha256(key.encode()).hexdigest()[:16]}"

    def enable(self) -> None:
        """Nothing: it always is."""

    def disable(self) -> None:
        """Nothing: it never is."""

    def flush(self) -> None:
        """Nothing: files of other versions are in other directories."""


def private_directory(candidates: Iterable[Path], name: str) -> Path:
    """A directory `name` in the first of the candidates that only this user can write.

    Raises:
        SettingsError: there is none.
    """
    for place in candidates:
        directory = place / name
        mask = os.umask(0o077)
        try:
            directory.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=directory) as probe:
                probe.write(b"a full disk says so here")
            if _is_private(directory.resolve()):
                return directory
        except OSError:
            continue
        finally:
            os.umask(mask)
    raise SettingsError(
        "compiled code can be kept nowhere: set NUMBA_CACHE_DIR to a directory that only you can write, or use "
        "--engine readable"
    )


def candidates(source: Path) -> Iterator[Path]:
    """``NUMBA_CACHE_DIR``, beside the source, the user's cache directory, the temporary directory."""
    if given := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(given).absolute()
    yield source / "__pycache__"
    of_user = user_cache_path("when2ask")
    if of_user.is_absolute():  # it is not for a user without a home
        yield of_user
    with suppress(OSError):
        yield Path(tempfile.gettempdir()).absolute() / f"when2ask-{os.geteuid()}"


def _is_private(directory: Path) -> bool:
    """Whether only this user, root, and the source's owner can change what is in a directory."""
    trusted = {0, os.geteuid(), Path(__file__).stat().st_uid}
    own, above = directory.stat(), directory.parent.stat()
    return (
        {own.st_uid, above.st_uid} <= trusted
        and not _others_write(own)
        and not any(
            _others_write(info) and not info.st_mode & stat.S_ISVTX  # as /tmp
            for info in (parent.stat() for parent in directory.parents)
        )
    )


def _others_write(info: os.stat_result) -> bool:
    return bool(info.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
