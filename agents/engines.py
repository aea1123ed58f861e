"""Which engine steps the rooms."""

from agents.engine import Engine
from agents.readable import ReadableEngine
from core.say import say
from core.settings import RunSettings
from core.task import ROOMS, find_task


def make_engine(
    settings: RunSettings, features: str, num_rooms: int, *, is_worth_compiling: bool
) -> Engine:
    """The rooms of a run.

    Args:
        settings: of the run; its `engine` may leave the choice to this function.
        features: name of what the policy sees.
        num_rooms: how many rooms.
        is_worth_compiling: so many steps are to come that half a minute of compiling pays.

    Raises:
        SettingsError: the batched engine was asked for and does not know the task or the skills.
    """
    task = find_task(settings.task, settings.rooms)
    if settings.engine != "readable":
        # imported when it is wanted: loading it takes a moment
        from agents.batched import BatchedEngine, knows_skills
        from envs.batched.engine import is_compiled
        from envs.batched.layouts import LAYOUTS

        is_known = task.name in LAYOUTS and knows_skills(settings.skills)
        size = ROOMS[task.rooms]["max_room_size"]
        is_ready = is_compiled(size) or is_worth_compiling
        if settings.engine == "batched" or (is_known and is_ready):
            if is_known and not is_compiled(size):
                say("compiling rooms of this size, this once: about half a minute")
                BatchedEngine(task, 1, settings.skills, features).warm_up()
            return BatchedEngine(task, num_rooms, settings.skills, features)
    return ReadableEngine(task, num_rooms, settings.skills, features)
