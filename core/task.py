"""The tasks: a new one is a file in envs/, a prompt in planner/prompts/ and a line here."""

from dataclasses import dataclass

from core.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Task:
    """What the packages need to know of a task.

    Attributes:
        name: as the command line spells it.
        entry_point: ``module:Class`` of its environment.
        names_colors: whether descriptions name colours.
    """

    name: str
    entry_point: str
    names_colors: bool = False

    @property
    def env_id(self) -> str:
        """The gymnasium id, as the reference spells it."""
        return f"MiniGrid-{self.name}-Min5-Max10-View3"

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


def find_task(name: str) -> Task:
    """The task of that name, whatever its case.

    Raises:
        SettingsError: there is none; the message lists those there are.
    """
    for task in TASKS.values():
        if task.slug == name.lower():
            return task
    raise SettingsError(f"unknown task {name!r}: choose one of {', '.join(TASKS)}")
