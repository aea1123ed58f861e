"""Which engine steps the rooms."""

from agents.engine import Engine
from agents.readable import ReadableEngine
from core.settings import RunSettings
from core.task import find_task


def make_engine(settings: RunSettings, features: str, num_rooms: int) -> Engine:
    """The rooms of a run.

    The compiled engine is imported when it is wanted: loading it takes a moment.

    Args:
        settings: of the run.
        features: name of what the policy sees.
        num_rooms: how many rooms.

    Raises:
        SettingsError: the batched engine does not know the task.
    """
    task = find_task(settings.task)
    if settings.engine == "readable":
        return ReadableEngine(task, num_rooms, settings.skills, features)
    from agents.batched import BatchedEngine

    return BatchedEngine(task, num_rooms, settings.skills, features)
