"""The bridge between the fields of settings and command-line flags.

A field made by `flag` carries its help, its choices and its range. `add_arguments` makes an argparse flag of
it, `from_flags` makes settings of what was typed, and `check_fields` checks the values. Nothing here is slow
to import: ``--help`` must be instant.
"""

import argparse
import math
import sys
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from numbers import Integral, Real
from typing import Any, TypeVar, get_args
from unicodedata import category

from core.console import count
from core.errors import SettingsError
from core.old_names import new_name, new_value

S = TypeVar("S", bound="Settings")

MAX_SHOWN = 60
"""Characters of a value that an error message shows."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Values that a verb takes from the command line, or Python code from its caller.

    Raises:
        SettingsError: a value is not one of its field's choices, or out of its range.
    """

    def __post_init__(self) -> None:
        check_fields(self)


def flag(
    default: Any = MISSING,
    help: str = "",
    *,
    choices: Iterable[str] | Mapping[str, str] | None = None,
    at_least: float | None = None,
    at_most: float | None = None,
    because: str = "",
    example: str = "",
    alias: str | None = None,
    nargs: int | str = "+",
    is_positional: bool = False,
    is_free_text: bool = False,
) -> Any:
    """A field of `Settings` that is a flag.

    Args:
        default: without one the flag is required.
        help: what it does, in one sentence.
        choices: allowed values; as a mapping, with what each one means, which is appended to the help.
        at_least: smallest number, or smallest of the numbers of a tuple; all numbers are finite.
        at_most: largest one.
        because: why the range ends there, for the error message.
        example: a value to show where a required flag is missing.
        alias: another name of the flag on the command line.
        nargs: how many values a tuple has, as argparse spells it.
        is_positional: given without its name.
        is_free_text: may hold line breaks and other control characters.
    """
    if isinstance(choices, Mapping):
        help = f"{help}. " + "; ".join(f"{name}: {text}" for name, text in choices.items())
    metadata = {
        "help": help,
        "choices": None if choices is None else tuple(choices),
        "at_least": at_least,
        "at_most": at_most,
        "because": because,
        "example": example,
        "alias": alias,
        "nargs": nargs,
        "is_positional": is_positional,
        "is_free_text": is_free_text,
    }
    return field(default=default, metadata=metadata)


def value_type(item: "Field[Any]") -> type:
    """Type of a field's value, or of the values of a tuple."""
    kind: type = (get_args(item.type) or (item.type,))[0]
    return kind


def add_arguments(
    parser: argparse.ArgumentParser,
    settings: type[Settings],
    hidden: Collection[str] = (),
    **defaults: Any,
) -> None:
    """Add one flag for each field, in groups by the class that defines it.

    Args:
        parser: gets the flags.
        settings: has the fields; the first sentences of docstrings are the groups' titles.
        hidden: fields whose flags the help leaves out.
        defaults: override the fields' own.
    """
    missing = {item.name: item for item in fields(settings)}
    for kind in settings.__mro__:
        own = [
            missing.pop(name) for name in vars(kind).get("__annotations__", ()) if name in missing
        ]
        if own:
            group = parser.add_argument_group(str(kind.__doc__).split(".", maxsplit=1)[0])
            for item in own:
                names, details = _argument(item, defaults.get(item.name, item.default))
                if item.name in hidden:
                    details["help"] = argparse.SUPPRESS
                group.add_argument(*names, **details)


def _argument(item: "Field[Any]", default: Any) -> tuple[list[str], dict[str, Any]]:
    """Names and keyword arguments of ``add_argument``."""
    meta = item.metadata
    details: dict[str, Any] = {"nargs": meta["nargs"]} if get_args(item.type) else {}
    details["help"] = meta["help"].replace("%", "%%")
    if meta["is_positional"]:
        return [item.name], details
    names = [f"--{name}" for name in (item.name, meta["alias"]) if name]
    if item.type is bool:
        return names, {**details, "action": "store_true", "default": None}
    details["help"] += _default(default).replace("%", "%%")
    choices = meta["choices"]
    return names, {
        **details,
        "dest": item.name,
        "type": _READERS.get(value_type(item), str),
        "metavar": f"{{{','.join(choices)}}}" if choices else item.name.upper(),
    }


def _default(default: Any) -> str:
    """What the help says at the end."""
    if default is MISSING:
        return " (required)"
    if default in ("", ()):
        return ""
    text = " ".join(map(str, default)) if isinstance(default, tuple) else default
    return f" (default: {text})"


def _reader(kind: Callable[[str], int | float]) -> Callable[[str], int | float | str]:
    """Reads a number; any other text stays as it is, and `check_fields` refuses it like other values."""

    def read(text: str) -> int | float | str:
        try:
            return kind(text) + 0 if text.isascii() else text  # + 0: there is one zero
        except ValueError:
            return text

    return read


_READERS: Mapping[type, Callable[[str], Any]] = {int: _reader(int), float: _reader(float)}


def from_flags(settings: type[S], flags: Mapping[str, Any], **defaults: Any) -> S:
    """Make settings of the flags that were given; `defaults` override the fields' own.

    Raises:
        SettingsError: there is no such flag, one is missing, or a value is not allowed.
    """
    names = [item.name for item in fields(settings)]
    for name in flags:
        if name not in names:
            raise SettingsError(no_such_flag(name, names))
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in flags.items()}
    values = {**defaults, **given}
    for item in fields(settings):
        if item.default is MISSING and item.name not in values:
            example = f", for example --{item.name} {item.metadata['example']}"
            alias = f" (or --{item.metadata['alias']})" if item.metadata["alias"] else ""
            raise SettingsError(
                f"--{item.name}{alias} is missing: {item.metadata['help']}{example}"
            )
    return settings(**values)


def without_aliases(settings: type[Settings], flags: Mapping[str, Any]) -> dict[str, Any]:
    """The flags by the names of their fields, which the command line does by itself.

    Raises:
        SettingsError: one is given under both names.
    """
    aliases = {item.metadata["alias"]: item.name for item in fields(settings)}
    for name in flags:
        if name in aliases and aliases[name] in flags:
            raise SettingsError(f"--{name} is --{aliases[name]}: give one of them")
    return {aliases.get(name, name): value for name, value in flags.items()}


def no_such_flag(name: str, known: Collection[str]) -> str:
    """What to say about a flag that does not exist: its new name, or the one that is nearest to it."""
    renamed = new_name(name)
    if renamed is not None:
        is_here = renamed in known
        return f"--{name} is now --{renamed}" + ("" if is_here else ", which has no effect here")
    return f"there is no flag --{shorten(name)} here{nearest(name, known, '--')}"


def nearest(word: str, known: Iterable[str], prefix: str = "") -> str:
    """``; did you mean ...?`` with the most similar of the known words, if one is similar in any case."""
    # slow to import
    from difflib import get_close_matches

    spelled = {one.lower(): one for one in known}
    similar = get_close_matches(word.lower(), spelled, 1)
    return "".join(f"; did you mean {prefix}{spelled[one]}?" for one in similar)


def shorten(value: Any) -> str:
    """A value as an error message shows it: on one line, and not longer than that."""
    text = value if isinstance(value, str) and value and value.isprintable() else repr(value)
    return text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "..."


def reject_flags(explicit: Iterable[str], unsupported: Iterable[str], reason: str) -> None:
    """Reject flags that a verb has, but that have no effect there.

    Raises:
        SettingsError: one of them was given.
    """
    rejected = sorted(set(explicit).intersection(unsupported))
    if rejected:
        raise SettingsError(f"{', '.join(f'--{name}' for name in rejected)}: {reason}")


def check_fields(settings: Settings) -> None:
    """Check each value against its field's type, choices and range.

    Raises:
        SettingsError: names the flag, the value and what is allowed.
    """
    for item in fields(settings):
        value = getattr(settings, item.name)
        values = value if isinstance(value, tuple) else (value,)
        has_many = bool(get_args(item.type))
        number = item.metadata["nargs"] if has_many else 1
        alias = item.metadata["alias"]
        name = f"--{item.name} (--{alias})" if alias else f"--{item.name}"
        if has_many and not isinstance(value, tuple):
            raise SettingsError(f"{name} {shorten(value)}: must be a list")
        if isinstance(number, int) and len(values) != number and (values or number == 1):
            raise SettingsError(f"{name}: must be {count(number, 'value')}")
        for one in values:
            problem = _problem(item, one)
            if problem:
                raise SettingsError(f"{name} {shorten(one)}: must be {problem}")


_KINDS: Mapping[type, tuple[Any, str]] = {
    int: (Integral, "a whole number"),
    float: (Real, "a number"),
    bool: (bool, "true or false"),
    str: (str, "text"),
}
"""Type of a field -> what its values are instances of, and what an error calls it."""


def _problem(item: "Field[Any]", value: Any) -> str:
    """What a value must be and is not; empty if there is no problem."""
    declared = value_type(item)
    kind, name = _KINDS[declared]
    if not isinstance(value, kind) or (isinstance(value, bool) and declared is not bool):
        return name
    choices = item.metadata["choices"]
    if choices is not None and value not in choices:
        renamed = new_value(item.name, value)
        hint = f"; it is now {renamed}" if renamed in choices else nearest(value, choices)
        return f"one of {', '.join(choices)}{hint}"
    if declared is str:
        return _text_problem(value, item.metadata["is_free_text"])
    return _range_problem(item, value) if declared is not bool else ""


def _text_problem(text: str, is_free: bool) -> str:
    kinds = {category(character) for character in text}
    if "Cs" in kinds:
        return f"text in the encoding of this terminal, {sys.getfilesystemencoding()}"
    if "\0" in text or (not is_free and kinds & {"Cc", "Zl", "Zp"}):
        return "without line breaks and other control characters"
    return ""


def _range_problem(item: "Field[Any]", value: float) -> str:
    low, high = item.metadata["at_least"], item.metadata["at_most"]
    is_too_large = high is not None and value > high
    because = f"; {item.metadata['because']}" if is_too_large and item.metadata["because"] else ""
    if low is not None and high is not None and not low <= value <= high:
        return f"between {low} and {high}{because}"
    if low is not None and not value >= low:
        return f"at least {low}"
    if high is not None and not value <= high:
        return f"at most {high}{because}"
    return "" if math.isfinite(value) else "finite"
