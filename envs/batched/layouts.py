"""Room generation. Makes the same random draws in the same order as `envs.room` and the tasks' files."""

from typing import Any

import numpy as np
from minigrid.core.constants import COLOR_NAMES, COLOR_TO_IDX, STATE_TO_IDX

from core.rooms.view import BALL, BOX, DOOR, EAST, EMPTY, KEY, SOUTH, WALL, WEST
from envs.batched.kernel import kernel
from envs.batched.rng import integer, seed_generator
from envs.batched.state import DX, DY, NUM_COLORS
from envs.moving_obstacle import OBSTACLE_SEEDS

SIMPLE_DOOR_KEY, KEY_IN_BOX, RANDOM_BOX_KEY, COLORED_DOOR_KEY, MOVING_OBSTACLE = range(5)
LAYOUTS = {
    "SimpleDoorKey": SIMPLE_DOOR_KEY,
    "KeyInBox": KEY_IN_BOX,
    "RandomBoxKey": RANDOM_BOX_KEY,
    "ColoredDoorKey": COLORED_DOOR_KEY,
    "MovingObstacle": MOVING_OBSTACLE,
}
"""The tasks of this engine and their numbers in the kernels."""

GREY, BLUE = COLOR_TO_IDX["grey"], COLOR_TO_IDX["blue"]
LOCKED = STATE_TO_IDX["locked"]
COLORS = np.array([COLOR_TO_IDX[name] for name in sorted(COLOR_NAMES)])


@kernel
def draw_layout(room: Any, layout: int, min_size: int, max_size: int) -> None:
    """Draw walls, door, agent and objects from ``room.rng``."""
    rng = room.rng
    room.grid[:, :, 0] = EMPTY
    room.grid[:, :, 1:] = 0
    room.num_objects = 0

    width = integer(rng, min_size, max_size + 1)
    height = integer(rng, min_size, max_size + 1)
    room.num_cells = width * height
    for x in range(width):
        _wall(room, x, 0)
        _wall(room, x, height - 1)
    for y in range(height):
        _wall(room, 0, y)
        _wall(room, width - 1, y)

    wall = integer(rng, 0, 4)
    along = integer(rng, 1, (height if wall in (EAST, WEST) else width) - 1)
    if wall in (EAST, WEST):
        door_x, door_y = (width - 1 if wall == EAST else 0), along
    else:
        door_x, door_y = along, (height - 1 if wall == SOUTH else 0)
    color = COLORS[integer(rng, 0, NUM_COLORS)]
    put(room, door_x, door_y, DOOR, color, LOCKED, 0)
    room.door_x, room.door_y = door_x, door_y
    # walls and directions have the same numbers, so the opposite direction points into the room
    before_x, before_y = door_x - DX[wall], door_y - DY[wall]

    room.x = room.y = -1
    room.x, room.y = _free_cell(room, width, height, -1, -1)
    room.direction = integer(rng, 0, 4)

    room.obstacle_x = room.obstacle_y = -1
    if layout in (SIMPLE_DOOR_KEY, MOVING_OBSTACLE):
        x, y = _free_cell(room, width, height, -1, -1)
        put(room, x, y, KEY, color, 0, 0)
        if layout == MOVING_OBSTACLE:
            room.obstacle_x, room.obstacle_y = _free_cell(room, width, height, -1, -1)
            move_obstacle(room, room.obstacle_x, room.obstacle_y)
            seed_generator(room.obstacle_rng, integer(rng, 0, OBSTACLE_SEEDS))
    elif layout == KEY_IN_BOX:
        x, y = _free_cell(room, width, height, -1, -1)
        put(room, x, y, BOX, color, 0, 1 + color)
    elif layout == RANDOM_BOX_KEY:
        key_in_box = integer(rng, 0, 2)
        if not key_in_box:
            x, y = _free_cell(room, width, height, -1, -1)
            put(room, x, y, KEY, color, 0, 0)
        x, y = _free_cell(room, width, height, before_x, before_y)
        put(room, x, y, BOX, color, 0, 1 + color if key_in_box else 0)
    else:
        # the number of keys is drawn from the range 2..2, which consumes no random bits
        x, y = _free_cell(room, width, height, before_x, before_y)
        put(room, x, y, KEY, color, 0, 0)
        other = _other_color(integer(rng, 0, NUM_COLORS - 1), color)
        x, y = _free_cell(room, width, height, before_x, before_y)
        put(room, x, y, KEY, other, 0, 0)


@kernel
def _other_color(index: int, color: int) -> int:
    """The index-th colour in alphabetical order, leaving out `color`."""
    for candidate in COLORS:
        if candidate != color:
            if index == 0:
                return candidate
            index -= 1
    return color


@kernel
def _wall(room: Any, x: int, y: int) -> None:
    room.grid[x, y, 0] = WALL
    room.grid[x, y, 1] = GREY


@kernel
def move_obstacle(room: Any, x: int, y: int) -> None:
    """Move the ball to this cell."""
    clear(room, room.obstacle_x, room.obstacle_y)
    room.obstacle_x, room.obstacle_y = x, y
    room.grid[x, y, 0] = BALL
    room.grid[x, y, 1] = BLUE


@kernel
def clear(room: Any, x: int, y: int) -> None:
    """Empty a cell."""
    room.grid[x, y, 0] = EMPTY
    room.grid[x, y, 1] = 0
    room.grid[x, y, 2] = 0


@kernel
def _free_cell(room: Any, width: int, height: int, not_x: int, not_y: int) -> tuple[int, int]:
    """A random empty cell of the room, excluding the agent's cell and ``(not_x, not_y)``."""
    while True:
        x = integer(room.rng, 0, width)
        y = integer(room.rng, 0, height)
        if room.grid[x, y, 0] != EMPTY or (x == room.x and y == room.y):
            continue
        if x == not_x and y == not_y:
            continue
        return x, y


@kernel
def put(room: Any, x: int, y: int, kind: int, color: int, state: int, contents: int) -> None:
    """Put a key, box or door on a cell; `contents` is 0 or 1 + colour of the key in a box."""
    room.grid[x, y, 0] = kind
    room.grid[x, y, 1] = color
    room.grid[x, y, 2] = state
    room.box_contents[x, y] = contents
    room.objects[room.num_objects, 0] = x
    room.objects[room.num_objects, 1] = y
    room.num_objects += 1


@kernel
def take(room: Any, x: int, y: int) -> None:
    """Remove the key or box on a cell."""
    clear(room, x, y)
    for i in range(room.num_objects):
        if room.objects[i, 0] == x and room.objects[i, 1] == y:
            room.num_objects -= 1
            room.objects[i, 0] = room.objects[room.num_objects, 0]
            room.objects[i, 1] = room.objects[room.num_objects, 1]
            return
