"""One rectangular room with a locked door: the base class of all tasks."""

from abc import abstractmethod
from typing import Any

from minigrid.core.constants import COLOR_NAMES
from minigrid.core.grid import Grid
from minigrid.core.mission import MissionSpace
from minigrid.core.world_object import Door, WorldObj

from core.rooms.view import EAST, NORTH, SOUTH, WEST, Position
from envs.fog import FogOfWarEnv, Observation

MISSION = "open the door"


class DoorRoomEnv(FogOfWarEnv):
    """A room of random size with a locked door in one wall; success is the open door.

    Subclasses add the task's objects in `_place_objects`. All draws come from ``self.np_random`` in
    the order of the authors' code, so a seed gives the same layout as there.

    Args:
        min_room_size, max_room_size: range of the room's width and height in cells, walls included;
            the grid is a square of `max_room_size` cells a side.
        agent_view_size: cells a side of the agent's square view.
        max_steps: steps after which the episode is truncated; `max_room_size` squared by default.
    """

    def __init__(
        self,
        min_room_size: int = 5,
        max_room_size: int = 10,
        agent_view_size: int = 3,
        max_steps: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.min_room_size = min_room_size
        self.max_room_size = max_room_size
        super().__init__(
            mission_space=MissionSpace(mission_func=self.gen_mission),
            width=max_room_size,
            height=max_room_size,
            agent_view_size=agent_view_size,
            max_steps=max_steps or max_room_size**2,
            **kwargs,
        )

    @staticmethod
    def gen_mission() -> str:
        """The mission text."""
        return MISSION

    def _gen_grid(self, width: int, height: int) -> None:
        self.grid = Grid(width, height)
        self.mission = MISSION

        self.room_size = (
            int(self._rand_int(self.min_room_size, self.max_room_size + 1)),
            int(self._rand_int(self.min_room_size, self.max_room_size + 1)),
        )
        self.grid.wall_rect(0, 0, *self.room_size)

        wall = self._rand_elem(range(4))
        along = int(self._rand_int(1, self.room_size[1 if wall in (EAST, WEST) else 0] - 1))
        right, bottom = self.room_size[0] - 1, self.room_size[1] - 1
        x, y = {EAST: (right, along), SOUTH: (along, bottom), WEST: (0, along), NORTH: (along, 0)}[
            wall
        ]
        self.door = Door(self._rand_elem(sorted(COLOR_NAMES)), is_locked=True)
        self.grid.set(x, y, self.door)
        # walls and directions have the same numbers, so the opposite direction points into the room
        self.cell_before_door = Position(x, y).ahead(wall + 2)

        self.place_agent((0, 0), self.room_size)
        self._place_objects()

    @abstractmethod
    def _place_objects(self) -> None:
        """Put the task's objects into the room."""

    def _place(self, obj: WorldObj, *, may_block_door: bool) -> None:
        """Put an object on a free cell of the room.

        Args:
            obj: the object.
            may_block_door: whether the cell in front of the door is allowed.
        """
        reject = None if may_block_door else lambda _, cell: cell == self.cell_before_door
        self.place_obj(obj, (0, 0), self.room_size, reject_fn=reject)

    def step(self, action: int) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Do a primitive action; an open door ends the episode with MiniGrid's reward."""
        observation, _, terminated, truncated, info = super().step(action)
        if self.door.is_open:
            return observation, self._reward(), True, truncated, info
        return observation, 0.0, terminated, truncated, info
