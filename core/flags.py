"""The bridge between the fields of settings and command-line flags.

A field made by `flag` carries its help, its choices and its range. `add_arguments` makes an argparse flag of
it, `from_flags` makes settings of what was typed, and `check_fields` checks the values. Nothing here is slow
to import: ``--help`` must be instant.
"""

import argparse
import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from typing import Any, TypeVar, get_args

from core.errors import SettingsError

S = TypeVar("S", bound="Settings")


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
    alias: str | None = None,
    nargs: int | str = "+",
    is_positional: bool = False,
) -> Any:
    """A field of `Settings` that is a flag.

    Args:
        default: without one the flag is required.
        help: what it does, in one sentence.
        choices: allowed values; as a mapping, with what each one means, which is appended to the help.
        at_least: smallest number, or smallest of the numbers of a tuple; all numbers are finite.
        at_most: largest one.
        alias: another name of the flag on the command line.
        nargs: how many values a tuple has, as argparse spells it.
        is_positional: given without its name.
    """
    if isinstance(choices, Mapping):
        help = f"{help}. " + "; ".join(f"{name}: {text}" for name, text in choices.items())
    metadata = {
        "help": help,
        "choices": None if choices is None else tuple(choices),
        "at_least": at_least,
        "at_most": at_most,
        "alias": alias,
        "nargs": nargs,
        "is_positional": is_positional,
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
    details["help"] += _shown(default).replace("%", "%%")
    return names, {
        **details,
        "dest": item.name,
        "type": value_type(item),
        "required": default is MISSING,
        "choices": meta["choices"],
        "metavar": None if meta["choices"] else item.name.upper(),
    }


def _shown(default: Any) -> str:
    if default is MISSING or default in ("", ()):
        return ""
    text = " ".join(map(str, default)) if isinstance(default, tuple) else default
    return f" (default: {text})"


def from_flags(settings: type[S], flags: Mapping[str, Any], **defaults: Any) -> S:
    """Make settings of the flags that were given; `defaults` override the fields' own.

    Raises:
        SettingsError: there is no such flag, or a value is not allowed.
    """
    unknown = flags.keys() - {item.name for item in fields(settings)}
    if unknown:
        raise SettingsError(f"unknown settings: {', '.join(sorted(unknown))}")
    given = {name: tuple(v) if isinstance(v, list) else v for name, v in flags.items()}
    return settings(**{**defaults, **given})


def reject_flags(explicit: Iterable[str], unsupported: Iterable[str], reason: str) -> None:
    """Reject flags that a verb has, but that have no effect there.

    Raises:
        SettingsError: one of them was given.
    """
    rejected = sorted(set(explicit).intersection(unsupported))
    if rejected:
        raise SettingsError(f"{', '.join(f'--{name}' for name in rejected)}: {reason}")


def check_fields(settings: Settings) -> None:
    """Check each value against its field's choices and range.

    Raises:
        SettingsError: names the flag, the value and what is allowed.
    """
    for item in fields(settings):
        for value in _values(getattr(settings, item.name)):
            problem = _problem(item, value)
            if problem:
                raise SettingsError(f"--{item.name} {value}: must be {problem}")


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple):
        yield from value
    else:
        yield value


def _problem(item: "Field[Any]", value: Any) -> str:
    choices, low, high = (item.metadata[name] for name in ("choices", "at_least", "at_most"))
    if choices is not None and value not in choices:
        return f"one of {', '.join(choices)}"
    if value_type(item) not in (int, float):
        return ""
    if low is not None and high is not None and not low <= value <= high:
        return f"between {low} and {high}"
    if low is not None and not value >= low:
        return f"at least {low}"
    if high is not None and not value <= high:
        return f"at most {high}"
    return "" if math.isfinite(value) else "finite"
