"""A verb of the command line."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from core.flags import Settings


@dataclass(frozen=True, slots=True)
class Verb:
    """A verb, its flags, and the function that carries it out.

    Attributes:
        name: as typed on the command line.
        help: one line.
        settings: its flags.
        function: ``module:function``, imported when it is needed; called with the settings.
        arguments: positional arguments of the function, before the settings.
        takes_explicit: whether the function also takes the names of the flags that were typed.
        defaults: defaults that differ from the settings' own.
        unsupported: flags of the settings that have no effect here and are therefore rejected.
        reason: why they have no effect, for the error message.
    """

    name: str
    help: str
    settings: type[Settings]
    function: str
    arguments: tuple[Any, ...] = ()
    takes_explicit: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)
    unsupported: Collection[str] = ()
    reason: str = ""

    @property
    def flags(self) -> list[str]:
        """Names of the flags that have an effect, without dashes."""
        return [item.name for item in fields(self.settings) if item.name not in self.unsupported]
