"""The verb reflexion: which of its parts plays a task."""

from collections.abc import Collection

from agents.reflexion.trials import ReflexionRun, play_trials
from core.errors import SettingsError
from core.flags import reject_flags
from core.settings import ReflexionSettings

IN_TEXT_WORLDS = ("none", "last_attempt", "reflexion", "last_attempt_and_reflexion")
"""The strategies of decision making and question answering."""


def play(settings: ReflexionSettings, *, explicit: Collection[str] = ()) -> list[ReflexionRun]:
    """Attempt the cases of a text world, or of each of a group, in trials.

    Args:
        settings: of the run.
        explicit: names of the flags that were typed.

    Raises: see `agents.reflexion.trials.play_trials`.
    """
    reject_flags(explicit, ("max_iters", "num_tests"), "these are for programming")
    if settings.strategy not in IN_TEXT_WORLDS:
        raise SettingsError(
            f"--strategy {settings.strategy} is for programming; {settings.task} has {', '.join(IN_TEXT_WORLDS)}"
        )
    return play_trials(settings)
