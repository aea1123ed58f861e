"""Carries out a verb, for the command line and for Python."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from core.flags import from_flags, reject_flags, without_aliases
from core.settings import EvalSettings, PlannerSettings
from core.verb import Verb

NAME_A_SERVER = ("llm_url", "llm_model", "learner_model", "reflection_model")
"""Flags that imply --planner fastchat where --planner is not typed."""


def run(verb: Verb, flags: Mapping[str, Any]) -> Any:
    """Make the settings of the flags that were given, and call the verb's function.

    Raises:
        SettingsError: a flag is unknown or has no effect here, or a value is out of range.
    """
    flags = _with_planner(verb, without_aliases(verb.settings, flags))
    settings = from_flags(verb.settings, flags, **verb.defaults)
    explicit = frozenset(flags)
    reject_flags(explicit, verb.unsupported, verb.reason)
    is_evaluation = isinstance(settings, EvalSettings)  # the run may say which planner
    if isinstance(settings, PlannerSettings) and not is_evaluation and "planner" in explicit:
        # slow to import, and the default planner needs no server
        from planner.build import with_model_name

        settings = with_model_name(settings)
    module, _, name = verb.function.partition(":")
    function = getattr(import_module(module), name)
    more = {"explicit": explicit} if verb.takes_explicit else {}
    return function(*verb.arguments, settings, **more)


def _with_planner(verb: Verb, flags: Mapping[str, Any]) -> Mapping[str, Any]:
    """The flags with the planner that they imply, unless the verb has none, or takes it from the evaluated run."""
    takes_it_from_run = issubclass(verb.settings, EvalSettings) and verb.takes_explicit
    if takes_it_from_run or "planner" in verb.unsupported:
        return flags
    return {"planner": "fastchat", **flags} if any(map(flags.get, NAME_A_SERVER)) else flags
