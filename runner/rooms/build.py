"""From settings to rooms: the engine, and the method that acts in it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from core.console import echo
from core.errors import SettingsError
from core.settings import EvalSettings, RunSettings, TrainSettings, each_task
from core.task import ROOMS, find_task
from planner.account import Account
from planner.planner import Planner
from runner.rooms.collect import Controller
from runner.rooms.engine import Engine
from runner.rooms.reference import ReferenceEngine


def make_engine(
    settings: RunSettings, features: str, num_rooms: int, *, is_worth_compiling: bool
) -> Engine:
    """The rooms of a run.

    Args:
        settings: of the run; ``engine="auto"`` leaves the choice to this function.
        features: name of what the policy sees.
        num_rooms: how many rooms.
        is_worth_compiling: whether enough steps follow to make half a minute of compiling worth it.

    Raises:
        SettingsError: --engine batched, and it lacks the task or the skills.
    """
    task = find_task(settings.task, settings.rooms)
    if settings.engine == "batched" or (settings.engine == "auto" and _can_compile()):
        # numba is slow to import
        from envs.batched.engine import is_compiled
        from envs.batched.kernel import compiled_flag
        from envs.batched.layouts import LAYOUTS
        from runner.rooms.batched import BatchedEngine, knows_skills

        is_known = task.name in LAYOUTS and knows_skills(settings.skills)
        size = ROOMS[task.rooms]["max_room_size"]
        is_ready = is_compiled(size) or is_worth_compiling
        if settings.engine == "batched" or (is_known and is_ready):
            if is_known and not is_compiled(size):
                kept_in = compiled_flag(size).parent
                echo(f"compiling the rooms for this size, once: half a minute; kept in {kept_in}")
                BatchedEngine(task, 1, settings.skills, features).warm_up()
            return BatchedEngine(task, num_rooms, settings.skills, features)
    return ReferenceEngine(task, num_rooms, settings.skills, features)


@cache
def _can_compile() -> bool:
    """Whether there is a compiler, and a place for what it makes; says so once if not."""
    try:
        from envs.batched import kernel  # noqa: F401 slow to import
    except (SettingsError, ImportError) as error:
        echo(f"the rooms are stepped by --engine readable, which is slower: {error}")
        return False
    return True


@dataclass(frozen=True, slots=True)
class World:
    """One task's engine, with the controller and the planner that act in it.

    Attributes:
        engine: the rooms.
        controller: carries out the policy's actions.
        planner: answers its questions; None for methods without one.
        account: of what the planner's answers cost, where they cost something.
    """

    engine: Engine
    controller: Controller
    planner: Planner | None = None
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class RoomMethod:
    """What training and evaluation in rooms need of a method.

    Attributes:
        name: in model files and configurations.
        num_actions: size of its policy.
        build: makes a world of each engine.
        uses_planner: otherwise its runs have settings of a planner without an effect.
    """

    name: str
    num_actions: int
    build: Callable[[TrainSettings | EvalSettings, Sequence[Engine]], list[World]]
    uses_planner: bool = True


def make_worlds(
    method: RoomMethod,
    settings: TrainSettings | EvalSettings,
    features: str,
    num_rooms: int,
    *,
    is_worth_compiling: bool,
) -> list[World]:
    """A world for each task that the settings name; see `make_engine` for the other arguments."""
    engines = [
        make_engine(one, features, num_rooms, is_worth_compiling=is_worth_compiling)
        for one in each_task(settings)
    ]
    return method.build(settings, engines)
