"""The tasks: a new one is a file in envs/, a prompt in planner/prompts/ and a line here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from core.errors import SettingsError

ALL = "all"
"""In place of a task's name: every task there is."""

ROOMS: Mapping[str, Mapping[str, int]] = {
    f"Min5-Max{size}-View{view}": {
        "min_room_size": 5,
        "max_room_size": size,
        "agent_view_size": view,
    }
    for size in (10, 16)
    for view in (3, 5, 7)
}
"""How large rooms are and how far an agent sees, as the ends of the ids say it."""
PAPER_ROOMS = "Min5-Max10-View3"
"""Those of the reference, and the default."""


@dataclass(frozen=True, slots=True)
class Task:
    """What the packages need to know of a task.

    Attributes:
        name: as the command line spells it.
        entry_point: ``module:Class`` of its environment.
        names_colors: whether descriptions name colours.
        rooms: which of `ROOMS`.
    """

    name: str
    entry_point: str
    names_colors: bool = False
    rooms: str = PAPER_ROOMS

    @property
    def env_id(self) -> str:
        """The gymnasium id, as the reference spells it."""
        return f"MiniGrid-{self.name}-{self.rooms}"

    @property
    def slug(self) -> str:
        """The name in file names: ``simpledoorkey``."""
        return self.name.lower()


TASKS = {
    task.name: task
    for task in (
        Task("SimpleDoorKey", "envs.simple_door_key:SimpleDoorKeyEnv"),
        Task("KeyInBox", "envs.key_in_box:KeyInBoxEnv"),
        Task("RandomBoxKey", "envs.random_box_key:RandomBoxKeyEnv"),
        Task("ColoredDoorKey", "envs.colored_door_key:ColoredDoorKeyEnv", names_colors=True),
        Task("MovingObstacle", "envs.moving_obstacle:MovingObstacleEnv"),
    )
}


def find_task(name: str, rooms: str = PAPER_ROOMS) -> Task:
    """The task of that name, whatever its case, in rooms of some kind.

    Raises:
        SettingsError: there is none; the message lists those there are.
    """
    if rooms not in ROOMS:
        raise SettingsError(f"unknown rooms {rooms!r}: choose one of {', '.join(ROOMS)}")
    for task in TASKS.values():
        if task.slug == name.lower():
            return replace(task, rooms=rooms)
    if is_all_tasks(name):
        raise SettingsError(f"one task at a time here: choose one of {', '.join(TASKS)}")
    raise SettingsError(f"unknown task {name!r}: choose one of {', '.join(TASKS)}")


def canonical_name(name: str) -> str:
    """The name of a task, or of all of them, as it is written, whatever the case it came in.

    Raises:
        SettingsError: there is no such task.
    """
    return ALL if is_all_tasks(name) else find_task(name).name


def slug(name: str) -> str:
    """The same in file names."""
    return canonical_name(name).lower()


def is_all_tasks(name: str) -> bool:
    """Whether a name means every task there is."""
    return name.lower() == ALL
