"""Where an evaluation is kept: each has a directory of its own in its run's directory."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.errors import RunDirectoryError
from core.files import read_json
from core.run import EVALUATION, SUMMARY, RunDirectory
from core.settings import DECIDE_ANSWERS, EvalSettings, to_json

DECIDE_EPISODES = (
    *DECIDE_ANSWERS, "seed", "rooms", "skills", "ask_cost", "ask_lambda", "planner_noise", "greedy",
)  # fmt: skip
"""Settings that name the place of an evaluation if they differ from the run's own."""
LONGEST_NAME = 80


def place_of(run: RunDirectory, settings: EvalSettings, own: EvalSettings, rule: str = "") -> str:
    """Name of the directory of an evaluation: ``eval``, or for example ``eval_greedy``, ``eval_planner-scripted``.

    A rule does not replace what another policy has left, nor a few episodes what many have left.

    Args:
        run: the run's directory.
        settings: of the evaluation.
        own: of the run's own evaluation, which is kept in ``eval``.
        rule: name of an asking policy that needs no training; empty for the trained policy.
    """
    now, before = to_json(settings), to_json(own)
    changes = {name: now[name] for name in DECIDE_EPISODES if now[name] != before[name]}
    name = place_name(changes)
    if rule and (run.holds_training or title_of(run.file(name)).split(",")[0] not in ("", rule)):
        changes = {rule: True, **changes}
        name = place_name(changes)
    if settings.test_num < _num_cases(run.file(name)):
        name = place_name({**changes, "test_num": settings.test_num})
    return name


def place_name(changes: Mapping[str, Any]) -> str:
    """Name of the directory of an evaluation with changed settings.

    It has a digest at its end if a value is long, or has characters other than letters, digits, dots and hyphens.
    """
    parts = [EVALUATION]
    for name, value in changes.items():
        parts.append(name if value is True else f"{name}-{_as_text(value)}")
    name = "_".join(parts)
    safe = re.sub(r"[^A-Za-z0-9_.-]+", "-", name)
    if safe == name and len(name) <= LONGEST_NAME:
        return name
    return f"{safe[:LONGEST_NAME]}-{hashlib.sha256(repr(changes).encode()).hexdigest()[:8]}"


def title_of(place: Path) -> str:
    """What the finished evaluation in a directory is called; empty if there is none that can be read."""
    return str(_summary(place).get("title", ""))


def _num_cases(place: Path) -> int:
    settings = _summary(place).get("settings", {})
    number = settings.get("test_num", 0) if isinstance(settings, dict) else 0
    return number if isinstance(number, int) else 0


def _summary(place: Path) -> Mapping[str, Any]:
    try:
        return read_json(place / SUMMARY)
    except RunDirectoryError:
        return {}


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return "off" if value is False else str(value)
