"""Directories of language models as transformers writes them: what is checked where transformers says nothing clear."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from core.console import count
from core.decode import reason
from core.errors import RunDirectoryError

_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


def check_place(path: str) -> None:
    """Check that a model path names a directory with a model, or may be a name on a hub.

    Raises:
        ValueError: it does not.
    """
    place = Path(path)
    if place.is_dir():
        if not (place / "config.json").is_file():
            raise ValueError("there is no config.json")
    elif place.exists() or not _HUB_NAME.fullmatch(path) or path.startswith("."):
        raise ValueError("there is no such directory")


def refuse_missing_weights(loaded: Mapping[str, Any]) -> None:
    """Check that a model's files had all weights: transformers gives missing ones random values, without an error.

    Args:
        loaded: what transformers says with ``output_loading_info``.

    Raises:
        ValueError: some were missing.
    """
    missing = sorted(loaded["missing_keys"])
    if missing:
        raise ValueError(f"{count(len(missing), 'tensor')} missing, such as {missing[0]}")


@contextmanager
def saving(directory: Path) -> Iterator[None]:
    """Write a model into a directory inside; where that fails, for example on a full disk, nothing of it stays.

    Raises:
        RunDirectoryError: it cannot be written.
    """
    try:
        yield
    except Exception as error:  # safetensors and tokenizers have errors of their own
        shutil.rmtree(directory, ignore_errors=True)
        raise RunDirectoryError(f"{directory} cannot be written: {reason(error)}") from error
