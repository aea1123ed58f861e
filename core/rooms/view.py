"""Named access to the parts of an observation image."""

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from minigrid.core.constants import (
    DIR_TO_VEC,
    IDX_TO_COLOR,
    IDX_TO_OBJECT,
    OBJECT_TO_IDX,
    STATE_TO_IDX,
)

from core.rooms.plan import ObjectName

UNSEEN: int = OBJECT_TO_IDX["unseen"]
EMPTY: int = OBJECT_TO_IDX["empty"]
WALL: int = OBJECT_TO_IDX["wall"]
DOOR: int = OBJECT_TO_IDX["door"]
KEY: int = OBJECT_TO_IDX["key"]
BOX: int = OBJECT_TO_IDX["box"]
BALL: int = OBJECT_TO_IDX["ball"]
GOAL: int = OBJECT_TO_IDX["goal"]
OPEN: int = STATE_TO_IDX["open"]

NO_AGENT = 4
"""Value of an image's fourth plane except at the agent's cell, where it is the direction 0..3."""

EAST, SOUTH, WEST, NORTH = range(4)
VECTORS: tuple[tuple[int, int], ...] = tuple((int(v[0]), int(v[1])) for v in DIR_TO_VEC)
"""(dx, dy) of the directions 0..3: east, south, west, north."""

NAMED_KINDS = (KEY, BOX, DOOR)
"""The kinds of object in a description, in its order (docs/METHOD.md)."""

IS_NAMED = np.isin(np.arange(len(OBJECT_TO_IDX)), NAMED_KINDS)
"""The same as a lookup table by object index: ``IS_NAMED[objects]``."""


class Position(NamedTuple):
    """A cell: x grows to the east, y to the south."""

    x: int
    y: int

    def ahead(self, direction: int, cells: int = 1) -> "Position":
        """The cell `cells` steps away in a direction."""
        dx, dy = VECTORS[direction % 4]
        return Position(self.x + dx * cells, self.y + dy * cells)


class Sighting(NamedTuple):
    """An object and the cell where it is in sight."""

    name: ObjectName
    position: Position


class GridView:
    """An observation image with named parts.

    Args:
        image: ``(width, height, 4)`` uint8, planes object, colour, state and agent direction,
            indexed ``[x, y]``. It is not copied and must not change.
    """

    def __init__(self, image: npt.NDArray[np.uint8]) -> None:
        self.image = image

    @cached_property
    def agent_position(self) -> Position:
        """Where the agent stands."""
        x, y = divmod(int((self.image[:, :, 3] != NO_AGENT).argmax()), self.image.shape[1])
        return Position(x, y)

    @cached_property
    def agent_direction(self) -> int:
        """0..3: east, south, west, north."""
        return int(self.image[self.agent_position.x, self.agent_position.y, 3])

    @property
    def objects(self) -> npt.NDArray[np.uint8]:
        """``(width, height)`` object indices; 0 is unseen."""
        return self.image[:, :, 0]

    @cached_property
    def unseen(self) -> list[list[bool]]:
        """``[x][y]``: never seen."""
        unseen: list[list[bool]] = (self.objects == UNSEEN).tolist()
        return unseen

    def object_at(self, position: Position) -> int:
        """Object index of a cell; a cell outside the grid counts as a wall."""
        x, y = position
        if not (0 <= x < self.image.shape[0] and 0 <= y < self.image.shape[1]):
            return WALL
        return int(self.image[x, y, 0])

    @cached_property
    def carried(self) -> ObjectName | None:
        """The carried object, which is drawn on the agent's own cell."""
        kind = self.object_at(self.agent_position)
        return self._name(self.agent_position) if kind != EMPTY else None

    @cached_property
    def passable(self) -> list[list[bool]]:
        """``[x][y]``: seen to be empty, a goal or an open door, or where the agent stands."""
        objects = self.image[:, :, 0]
        open_door = (objects == DOOR) & (self.image[:, :, 2] == OPEN)
        walkable: list[list[bool]] = ((objects == EMPTY) | (objects == GOAL) | open_door).tolist()
        walkable[self.agent_position.x][self.agent_position.y] = True  # it shows the carried object
        return walkable

    @cached_property
    def sightings(self) -> tuple[Sighting, ...]:
        """Objects in sight: keys, boxes, doors, each in x-major order, without the carried one."""
        objects = self.image[:, :, 0]
        positions = (Position(x, y) for x, y in np.argwhere(IS_NAMED[objects]).tolist())
        found = [position for position in positions if position != self.agent_position]
        found.sort(key=lambda position: NAMED_KINDS.index(self.object_at(position)))  # stable
        return tuple(Sighting(self._name(position), position) for position in found)

    def _name(self, position: Position) -> ObjectName:
        kind, color = self.image[position.x, position.y, :2].tolist()
        return ObjectName(IDX_TO_OBJECT[kind], IDX_TO_COLOR[color])
