"""From settings to rooms: the engine, and the method that acts in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.console import echo
from core.settings import EvalSettings, RunSettings, TrainSettings, each_task
from core.task import ROOMS, find_task
from planner.memoize import MemoizedPlanner
from runner.collect import Method
from runner.engine import Engine
from runner.reference import ReadableEngine


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
        from envs.batched.engine import is_compiled
        from envs.batched.layouts import LAYOUTS
        from runner.batched import BatchedEngine, knows_skills

        is_known = task.name in LAYOUTS and knows_skills(settings.skills)
        size = ROOMS[task.rooms]["max_room_size"]
        is_ready = is_compiled(size) or is_worth_compiling
        if settings.engine == "batched" or (is_known and is_ready):
            if is_known and not is_compiled(size):
                echo("compiling rooms of this size, this once: about half a minute")
                BatchedEngine(task, 1, settings.skills, features).warm_up()
            return BatchedEngine(task, num_rooms, settings.skills, features)
    return ReadableEngine(task, num_rooms, settings.skills, features)


@dataclass(frozen=True, slots=True)
class World:
    """What a policy is put into; one that is to know several tasks, into several.

    Attributes:
        engine: the rooms.
        method: what its decisions mean.
        planner: who is asked, None for methods without one.
    """

    engine: Engine
    method: Method
    planner: MemoizedPlanner | None = None


Make = Callable[[TrainSettings | EvalSettings, Sequence[Engine]], list[World]]
"""A method, in the rooms of some engines."""


def make_worlds(
    settings: TrainSettings | EvalSettings,
    features: str,
    num_rooms: int,
    make: Make,
    *,
    is_worth_compiling: bool,
) -> list[World]:
    """A world for each task that the settings mean, with so many rooms each; see `make_engine`."""
    engines = [
        make_engine(one, features, num_rooms, is_worth_compiling=is_worth_compiling)
        for one in each_task(settings)
    ]
    return make(settings, engines)
