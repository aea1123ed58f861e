"""The verb reflexion: which of its parts plays a task."""

from agents.react import make_policy
from agents.reflexion.trials import ReflexionRun, play_trials
from core.errors import SettingsError
from core.settings import ReflexionSettings

IN_TEXT_WORLDS = ("none", "last_attempt", "reflexion", "last_attempt_and_reflexion")
"""The strategies of decision making and question answering."""


def play(settings: ReflexionSettings) -> list[ReflexionRun]:
    """Attempt the cases of a text world, or of each of a group, in trials.

    Raises: see `agents.reflexion.trials.play_trials`.
    """
    if settings.strategy not in IN_TEXT_WORLDS:
        raise SettingsError(
            f"--strategy {settings.strategy} is for programming; {settings.task} has {', '.join(IN_TEXT_WORLDS)}"
        )
    if settings.agent not in ("react", "act"):
        raise SettingsError(
            f"--agent {settings.agent} is for hotpotqa; {settings.task} has react, act"
        )
    return play_trials(settings, lambda task: make_policy(settings.agent, task, settings))
