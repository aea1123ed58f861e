"""Names of settings that have changed since they were saved in configurations, models and checkpoints."""

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


def translate_settings(saved: Mapping[str, Any]) -> dict[str, Any]:
    """Saved settings in today's names; those in today's names stay as they are."""
    translated = {}
    for name, value in saved.items():
        values = _VALUES.get(name, {})
        is_old = isinstance(value, str) and value in values
        translated[_NAMES.get(name, name)] = values[value] if is_old else value
    return translated
