"""Refuses to replace a run by accident, and to resume one with other settings."""

import shlex
from collections.abc import Callable, Collection, Mapping
from dataclasses import fields
from typing import Any, TypeVar

from core.errors import RunDirectoryError
from core.flags import Settings
from core.old_names import translate_settings
from core.run import RunDirectory
from core.settings import WITHOUT_EFFECT_ON_ANSWERS, to_json

T = TypeVar("T")

MAY_CHANGE = WITHOUT_EFFECT_ON_ANSWERS | {
    "resume", "overwrite", "device", "num_processes", "logdir", "save_name", "record_file",
}  # fmt: skip
"""Settings that may differ when a run of any kind is resumed."""


def refusal_to_replace(directory: RunDirectory) -> RunDirectoryError:
    """The error of a directory that holds a run, where neither --resume nor --overwrite is given."""
    return RunDirectoryError(
        f"{directory.path} holds a run already: resume it with --resume, replace it with --overwrite, "
        "or choose another --save_name"
    )


def refuse_other_settings(
    directory: RunDirectory,
    saved: Mapping[str, Any],
    settings: Settings,
    may_change: Collection[str],
) -> None:
    """Compare the settings of a run with those it is to be resumed with.

    Args:
        directory: of the run.
        saved: its settings, as `core.settings.to_json` wrote them; those added since had their defaults.
        settings: to resume with.
        may_change: names of settings that may differ.

    Raises:
        RunDirectoryError: others differ; the message says which flags to type.
    """
    defaults = {item.name: item.default for item in fields(settings)}
    before = {name: list(v) if isinstance(v, tuple) else v for name, v in defaults.items()}
    before |= translate_settings(saved)
    differing = [
        as_flag(name, before[name])
        for name, value in to_json(settings).items()
        if name not in may_change and before[name] != value
    ]
    if differing:
        raise RunDirectoryError(
            f"{directory.path} was started with other settings: resume it {' and '.join(differing)}"
        )


def check_resumed(directory: RunDirectory, check: Callable[[], T]) -> T:
    """Check the run that is resumed: a new one that has not replaced the old one yet, if that is meant.

    Args:
        directory: of the run, locked.
        check: of the run whose files are `RunDirectory.file`; raises RunDirectoryError.

    Returns:
        What the check returns.
    """
    if directory.open_draft():
        try:
            return check()
        except RunDirectoryError:
            directory.drop_draft()
    return check()


def as_flag(name: str, value: Any) -> str:
    """How to type a setting: ``with --name value`` or ``without --name``."""
    if isinstance(value, bool | None) or value == "":
        return f"with --{name}" if value else f"without --{name}"
    if isinstance(value, list):
        values = " ".join(shlex.quote(str(one)) for one in value)
        return f"with --{name} {values}" if values else f"without --{name}"
    return f"with --{name} {shlex.quote(str(value))}"
