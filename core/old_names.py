"""Old names of settings and of the parts of replies: read where they were saved, explained on the command line."""

from collections.abc import Mapping
from typing import Any

_NAMES = {
    "policy": "algo",
    "decide": "greedy",
    "layout": "env_seed",
    "num_layouts": "num_episodes",
    "ways": "policies",
}
_VALUES: Mapping[str, Mapping[Any, Any]] = {
    "features": {
        "news": "counts",
        "scene": "delta_scene",
        "hand": "delta_inventory",
        "map": "full_map",
        "planes": "delta_planes",
        "difference": "delta_codes",
    },
    "decide": {"sample": False, "argmax": True},
}


def new_name(name: str) -> str | None:
    """Today's name of a setting; None if the name is not an old one."""
    return _NAMES.get(name)


def new_value(name: str, value: Any) -> Any:
    """Today's name of a setting's value; None if the value is not an old one."""
    return _VALUES.get(name, {}).get(value)


def translate_settings(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Saved settings in today's names; those in today's names stay as they are."""
    translated = {}
    for name, value in saved.items():
        values = _VALUES.get(name, {})
        is_old = isinstance(value, str) and value in values
        translated[_NAMES.get(name, name)] = values[value] if is_old else value
    return translated


def translate_reply(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row with a ``reply``; until 0.1 its usage stood beside its text, and cache hits were called store hits."""
    reply = row.get("reply")
    if not isinstance(reply, Mapping):
        return dict(row)
    usage = reply.get("usage", {k: v for k, v in reply.items() if k not in ("text", "cut")})
    if isinstance(usage, Mapping):
        usage = {"cache_hits" if k == "store_hits" else k: v for k, v in usage.items()}
    return {**row, "reply": {**reply, "usage": usage}}
