"""The rooms of one task, and what a decision means in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from agents.engine import Engine
from agents.engines import make_engine
from agents.play import Method
from core.settings import EvalSettings, TrainSettings, each_task
from planner.memory import RememberingPlanner


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
    planner: RememberingPlanner | None = None


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
