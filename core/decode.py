"""From JSON, and from the plain values of other files, to checked types; an error names the file and the place in it."""

import re
from collections.abc import Iterator
from math import isfinite
from typing import Any, TypeVar

import msgspec

from core.console import one_line
from core.errors import RunDirectoryError, SettingsError
from core.untrusted import clean

T = TypeVar("T")

LONGEST_INTEGER = 63
"""Bits; NumPy and TensorBoard cannot hold a longer one."""
_NEEDS_A_LOOK = re.compile(rb"\\[ubfr]|[^\x20-\x7e\n\t]|\d{19}")
"""Only JSON in which this is found can hold signs that `clean` changes, or long integers."""


def decode(content: bytes, kind: type[T], where: str) -> T:
    """Read a JSON document.

    Args:
        content: the document.
        kind: what it must be: a dataclass, or another type that msgspec knows.
        where: its place, for the error: a file, or a file and a line.

    Raises:
        RunDirectoryError: it is not JSON, or of another type.
    """
    try:
        plain = msgspec.json.decode(content)
        if _NEEDS_A_LOOK.search(content):
            plain = cleaned(plain)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise damaged(where, error) from error
    return convert(plain, kind, where)


def convert(plain: object, kind: type[T], where: str) -> T:
    """Check plain values, see `decode`.

    Raises:
        RunDirectoryError: they are of another type.
    """
    try:
        return msgspec.convert(plain, kind)
    except (msgspec.MsgspecError, SettingsError, RecursionError) as error:
        raise damaged(where, error) from error


def damaged(where: str, problem: object) -> RunDirectoryError:
    """The error of a file that holds something else than it should, as one line."""
    return RunDirectoryError(f"{where} is damaged: {reason(problem)}")


def reason(problem: object) -> str:
    """The beginning of what another library says, or the name of its error."""
    return one_line(str(problem))[:200] or type(problem).__name__


def cleaned(plain: Any, limit: int | None = None) -> Any:
    """The same values with `clean` texts; what is not plain stays as it is.

    Args:
        plain: lists, tuples, dictionaries, texts and numbers.
        limit: largest number of them; a few bytes of a pickle can repeat one value many times.

    Raises:
        ValueError: there are more of them, an integer is too long, or a number is not finite.
        RecursionError: they are nested too deeply.
    """
    return _cleaned(plain, iter(range(limit)) if limit is not None else None)


def _cleaned(value: Any, budget: Iterator[int] | None) -> Any:
    if budget is not None and next(budget, None) is None:
        raise ValueError("it repeats its parts")
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, int) and value.bit_length() > LONGEST_INTEGER:
        raise ValueError("an integer is too long")
    if isinstance(value, float) and not isfinite(value):
        raise ValueError("a number is not finite")
    if isinstance(value, dict):
        return {_cleaned(key, budget): _cleaned(part, budget) for key, part in value.items()}
    if isinstance(value, list):
        return [_cleaned(part, budget) for part in value]
    if type(value) is tuple:
        return tuple([_cleaned(part, budget) for part in value])
    return value
