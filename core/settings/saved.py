"""Settings as a run keeps them."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from core.flags import Settings
from core.old_names import translate_settings
from core.secrets import hidden_url
from core.settings.train import NetworkSettings

D = TypeVar("D", bound=Settings | NetworkSettings)


def to_json(settings: Any) -> dict[str, Any]:
    """Plain values, tuples as lists; without the keys that a URL may hold."""
    values = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(settings).items()}
    if "llm_url" in values:
        values["llm_url"] = hidden_url(str(values["llm_url"]))
    return values


def from_json(settings: type[D], data: Mapping[str, Any]) -> D:
    """Read what `to_json` wrote, now or under earlier names; settings added since get their defaults.

    Raises:
        RunDirectoryError: a value is missing, of another type or not allowed.
    """
    from core.decode import convert  # only where files are read: --help is instant

    return convert(translate_settings(data), settings, "a saved setting")
