"""The tasks. A new room is a file in envs/, a prompt in planner/prompts/ and a line here; a new text world
is a file in envs/text/, a prompt in agents/prompts/ and a line here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from core.errors import SettingsError
from core.flags import nearest

ALL = "all"
"""In place of a task's name: all tasks in rooms."""

ROOMS: Mapping[str, Mapping[str, int]] = {
    f"Min5-Max{size}-View{view}": {
        "min_room_size": 5,
        "max_room_size": size,
        "agent_view_size": view,
    }
    for size in (10, 16)
    for view in (3, 5, 7)
}
"""Room sizes and views in cells, by the ending of the environment ids."""
PAPER_ROOMS = "Min5-Max10-View3"
"""The rooms of the published code, and the default."""


@dataclass(frozen=True, slots=True)
class Task:
    """What agents are asked to do.

    Attributes:
        name: as the command line spells it.
    """

    name: str

    @property
    def slug(self) -> str:
        """The name in file names, for example ``simpledoorkey``."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class RoomTask(Task):
    """A task in a MiniGrid room.

    Attributes:
        entry_point: ``module:Class`` of its environment.
        names_colors: whether descriptions name colours.
        rooms: sizes of the rooms and the view, a key of `ROOMS`.
    """

    entry_point: str
    names_colors: bool = False
    rooms: str = PAPER_ROOMS

    @property
    def env_id(self) -> str:
        """The gymnasium id, as the published code spells it."""
        return f"MiniGrid-{self.name}-{self.rooms}"


@dataclass(frozen=True, slots=True)
class TextTask(Task):
    """A task whose observations and actions are text.

    Attributes:
        env_id: the gymnasium id of a ``gymnasium.Env[str, str]``.
        entry_point: ``module:Class`` of that environment.
        max_steps: limit of actions in an episode.
        world: tasks of one world have the same prompt, ``agents/prompts/WORLD.json``.
        splits: names of its sets of cases, the default first; empty where a case is a seed.
        kind: the cases are those of this kind only; of all kinds if empty.
        arguments: of the environment.
    """

    env_id: str
    entry_point: str
    max_steps: int
    world: str
    splits: tuple[str, ...] = ()
    kind: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict, hash=False)

    @property
    def is_planning(self) -> bool:
        """Whether it is robotic planning, where every observation states all that is true."""
        return self.world in PLANNING_DOMAINS

    @property
    def scores_progress(self) -> bool:
        """Whether the score is what has been reached so far; in others it is decided at the end."""
        return self.is_planning or self.world == "scienceworld"

    @property
    def lists_actions(self) -> bool:
        """Whether the world can list its actions; in others they hold free text, for example of a search."""
        return self.world not in ("hotpotqa", "webshop", "coding")


TASKS: Mapping[str, RoomTask] = {
    task.name: task
    for task in (
        RoomTask("SimpleDoorKey", "envs.simple_door_key:SimpleDoorKeyEnv"),
        RoomTask("KeyInBox", "envs.key_in_box:KeyInBoxEnv"),
        RoomTask("RandomBoxKey", "envs.random_box_key:RandomBoxKeyEnv"),
        RoomTask("ColoredDoorKey", "envs.colored_door_key:ColoredDoorKeyEnv", names_colors=True),
        RoomTask("MovingObstacle", "envs.moving_obstacle:MovingObstacleEnv"),
    )
}
"""The tasks in rooms."""

HOUSEHOLD_KINDS: Mapping[str, str] = {
    "put": "pick_and_place_simple",
    "clean": "pick_clean_then_place_in_recep",
    "heat": "pick_heat_then_place_in_recep",
    "cool": "pick_cool_then_place_in_recep",
    "examine": "look_at_obj_in_light",
    "puttwo": "pick_two_obj_and_place",
}
"""ALFWorld's kinds of tasks by their usual short names."""
GENERATED = "generated"
"""The split of cases that are made from seeds, in worlds that have published ones, too."""
HOUSEHOLD_SPLITS = ("valid_unseen", "valid_seen", "train", GENERATED)
PLANNING_DOMAINS = ("gripper", "blockworld", "barman", "tyreworld")
PLANNING_SPLITS = ("published", "train", "test", GENERATED)
PLANNING_TEXTS = ("plain", "published")
"""Wordings of robotic planning, the default first."""
ROBOTIC_PLANNING = "robotic_planning"
QUESTION_SPLITS = ("published", "examples")
SHOP_SPLITS = ("test", "dev", "train")
SCIENCE_SPLITS = ("test", "dev", "train")

_TEXT_ROOMS = tuple(
    TextTask(
        room.name,
        f"{room.name}-Text-v0",
        "envs.text.rooms:TextRoomEnv",
        50,
        "rooms",
        arguments={"env_id": room.env_id, "names_colors": room.names_colors},
    )
    for room in TASKS.values()
)
_HOUSEHOLD = tuple(
    TextTask(
        name,
        "ALFWorld-v0",
        "envs.text.alfworld.env:ALFWorldEnv",
        50,
        "alfworld",
        HOUSEHOLD_SPLITS,
        kind,
    )
    for name, kind in {"alfworld": "", **HOUSEHOLD_KINDS}.items()
)
_PLANNING = tuple(
    TextTask(
        name,
        f"{name.capitalize()}-v0",
        "envs.text.pddl.env:PlanningEnv",
        30,
        name,
        PLANNING_SPLITS,
        arguments={"domain": name},
    )
    for name in PLANNING_DOMAINS
)
_OTHERS = (
    TextTask(
        "hotpotqa",
        "HotPotQA-v0",
        "envs.text.hotpotqa.env:HotPotQAEnv",
        6,
        "hotpotqa",
        QUESTION_SPLITS,
    ),
    TextTask(
        "webshop", "WebShop-v0", "envs.text.webshop.env:WebShopEnv", 10, "webshop", SHOP_SPLITS
    ),
    TextTask(
        "sciworld",
        "ScienceWorld-v0",
        "envs.text.scienceworld.env:ScienceWorldEnv",
        120,
        "scienceworld",
        SCIENCE_SPLITS,
    ),
)
TEXT_TASKS: Mapping[str, TextTask] = {
    task.name: task for task in (*_TEXT_ROOMS, *_HOUSEHOLD, *_PLANNING, *_OTHERS)
}
"""The text worlds; each task in rooms is one of them under the same name."""
TEXT_GROUPS: Mapping[str, tuple[TextTask, ...]] = {ALL: _TEXT_ROOMS, ROBOTIC_PLANNING: _PLANNING}
"""Names for several text worlds, which are played one after the other."""
HUMANEVAL = "humaneval"
PROGRAMMING: Mapping[str, TextTask] = {
    name: TextTask(
        name,
        env_id,
        "envs.text.coding.env:CodingEnv",
        1,
        "coding",
        ("published",),
        arguments={"task": name},
    )
    for name, env_id in {
        HUMANEVAL: "HumanEval-v0",
        "humaneval_hardest50": "HumanEvalHardest50-v0",
        "mbpp": "MBPP-v0",
    }.items()
}
"""Programming. An action is a whole program, which act and react do not read; reflexion has strategies for it."""
_SLUGS = frozenset(task.slug for task in TEXT_TASKS.values())


T = TypeVar("T", bound=Task)


def find_task(name: str, rooms: str = PAPER_ROOMS) -> RoomTask:
    """The task in rooms with this name, in upper or lower case.

    Raises:
        SettingsError: there is none; the message lists the choices.
    """
    if rooms not in ROOMS:
        raise SettingsError(f"unknown rooms {rooms!r}: choose one of {', '.join(ROOMS)}")
    return replace(_find(name, TASKS), rooms=rooms)


def find_text_tasks(name: str) -> tuple[TextTask, ...]:
    """The text world with this name, or those of a group, in upper or lower case.

    Raises:
        SettingsError: there is none; the message lists the choices.
    """
    return TEXT_GROUPS.get(name.lower()) or (_find(name, TEXT_TASKS),)


def canonical_name(name: str) -> str:
    """The spelling of the name of a task or of a group of tasks, given in upper or lower case.

    Raises:
        SettingsError: there is no such task.
    """
    is_group = name.lower() in TEXT_GROUPS
    return name.lower() if is_group else _find(name, {**TEXT_TASKS, **PROGRAMMING, **TASKS}).name


def slug(name: str) -> str:
    """The name of a task, or of `ALL`, in file names.

    Raises:
        SettingsError: there is no such task.
    """
    return canonical_name(name).lower()


def is_all_tasks(name: str) -> bool:
    """Whether a name is `ALL`, in upper or lower case."""
    return name.lower() == ALL


def _find(name: str, tasks: Mapping[str, T]) -> T:
    for task in tasks.values():
        if task.slug == name.lower():
            return task
    if is_all_tasks(name):
        problem = "one task at a time here"
    elif name.lower() in PROGRAMMING:
        problem = f"--task {name} is programming, for reflexion (--strategy simple: one program a case); here"
    elif any(name.lower() in known for known in (_SLUGS, TEXT_GROUPS)):
        problem = f"--task {name} is a text world, and this verb plays in rooms; here"
    else:
        problem = f"unknown task {name!r}"
    raise SettingsError(f"{problem}: choose one of {', '.join(tasks)}{nearest(name, tasks)}")
