"""The dynamics of a room: primitive actions, visibility, images. See `envs.fog` and MiniGrid's `step`."""

from typing import Any

import numpy as np
from minigrid.core.actions import Actions

from core.rooms.view import BOX, DOOR, EMPTY, GOAL, KEY, NO_AGENT, OPEN, WALL
from envs.batched.kernel import kernel
from envs.batched.layouts import LOCKED, draw_layout, move_obstacle, put, take
from envs.batched.rng import integer
from envs.batched.state import DX, DY

ONE, THREE = np.int64(1), np.int64(3)
LEFT, RIGHT, FORWARD = int(Actions.left), int(Actions.right), int(Actions.forward)
PICK_UP, DROP, TOGGLE = int(Actions.pickup), int(Actions.drop), int(Actions.toggle)


@kernel
def reset_room(room: Any, layout: int, min_size: int, max_size: int) -> None:
    """Draw a new room and its first image, in which only the agent's current view has been seen."""
    draw_layout(room, layout, min_size, max_size)
    room.carried[0] = EMPTY
    room.carried[1:] = 0
    room.step_count = 0
    room.num_seen = 0
    room.seen[:] = 0
    room.image[:, :, :3] = 0
    room.image[:, :, 3] = NO_AGENT
    _update_seen(room)
    _draw_agent(room)
    room.previous[:] = room.image


@kernel
def act(room: Any, action: int) -> None:
    """Do a primitive action and update the image; an open door ends the episode."""
    room.previous[:] = room.image
    room.step_count += 1
    old_x, old_y = room.x, room.y
    x, y = old_x + DX[room.direction], old_y + DY[room.direction]
    ahead = room.grid[x, y, 0]
    if action == LEFT:
        room.direction = (room.direction + 3) % 4
    elif action == RIGHT:
        room.direction = (room.direction + 1) % 4
    elif action == FORWARD:
        if ahead in (EMPTY, GOAL) or (ahead == DOOR and room.grid[x, y, 2] == OPEN):
            room.x, room.y = x, y
    elif action == PICK_UP:
        if ahead in (KEY, BOX):
            _pick_up(room, x, y)
    elif action == DROP:
        if ahead == EMPTY:
            _drop(room, x, y)
    elif action == TOGGLE:
        _toggle(room, x, y, ahead)

    _draw_cell(room, old_x, old_y)
    room.image[old_x, old_y, 3] = NO_AGENT
    if room.seen[x, y]:
        _draw_cell(room, x, y)
    if room.obstacle_x >= 0:
        _move_obstacle_randomly(room)
    _update_seen(room)
    _draw_agent(room)

    room.truncated = room.step_count >= room.max_steps
    room.terminated = room.grid[room.door_x, room.door_y, 2] == OPEN
    room.reward = 1 - 0.9 * (room.step_count / room.max_steps) if room.terminated else 0.0


@kernel
def _move_obstacle_randomly(room: Any) -> None:
    """Move the obstacle one cell in a random direction, if that cell is empty."""
    old_x, old_y = room.obstacle_x, room.obstacle_y
    direction = integer(room.obstacle_rng, 0, 4)
    x, y = old_x + DX[direction], old_y + DY[direction]
    if room.grid[x, y, 0] != EMPTY or (x == room.x and y == room.y):
        return
    move_obstacle(room, x, y)
    if room.seen[old_x, old_y]:
        _draw_cell(room, old_x, old_y)
    if room.seen[x, y]:
        _draw_cell(room, x, y)


@kernel
def _pick_up(room: Any, x: int, y: int) -> None:
    if room.carried[0] == EMPTY:
        room.carried[:3] = room.grid[x, y]
        room.carried[3] = room.box_contents[x, y]
        take(room, x, y)


@kernel
def _drop(room: Any, x: int, y: int) -> None:
    if room.carried[0] != EMPTY:
        held = room.carried
        put(room, x, y, held[0], held[1], held[2], held[3])
        room.carried[0] = EMPTY
        room.carried[1:] = 0


@kernel
def _toggle(room: Any, x: int, y: int, ahead: int) -> None:
    """Replace a box by its contents; open a locked door with the carried key of its colour."""
    if ahead == BOX:
        contents = room.box_contents[x, y]
        take(room, x, y)
        if contents:
            put(room, x, y, KEY, contents - 1, 0, 0)
    elif ahead == DOOR:
        is_key = room.carried[0] == KEY and room.carried[1] == room.grid[x, y, 1]
        if room.grid[x, y, 2] == LOCKED and is_key:
            room.grid[x, y, 2] = OPEN


@kernel
def _draw_cell(room: Any, x: int, y: int) -> None:
    """Copy a cell of the grid to the image."""
    for plane in range(3):
        room.image[x, y, plane] = room.grid[x, y, plane]


@kernel
def _draw_agent(room: Any) -> None:
    """Draw the carried object and the agent's direction on the agent's cell."""
    for plane in range(3):
        room.image[room.x, room.y, plane] = room.carried[plane]
    room.image[room.x, room.y, 3] = room.direction


@kernel
def _update_seen(room: Any) -> None:
    """Spread light over the view (`envs.fog.spread_light`); each bit of `lit` is a cell of the view."""
    size, view_size, half = room.image.shape[0], room.view_size, room.view_size // 2
    forward_x, forward_y = DX[room.direction], DY[room.direction]
    # a line is perpendicular to the facing direction, in the order of growing x or y, within the grid
    across_x, across_y = abs(forward_y), abs(forward_x)
    here = room.x * across_x + room.y * across_y
    first, last = max(-half, -here), min(half, size - 1 - here)
    lit = ONE << half
    for depth in range(view_size):
        x, y = room.x + depth * forward_x, room.y + depth * forward_y
        if not (0 <= x < size and 0 <= y < size):
            break
        line = depth * view_size + half
        next_line = line + view_size if depth + 1 < view_size else -1
        for offset in range(first, last):
            is_lit = lit >> (line + offset) & 1
            if is_lit and _is_transparent(room, x + offset * across_x, y + offset * across_y):
                lit |= _lights(line + offset + 1, next_line + offset, next_line)
        for offset in range(last, first, -1):
            is_lit = lit >> (line + offset) & 1
            if is_lit and _is_transparent(room, x + offset * across_x, y + offset * across_y):
                lit |= _lights(line + offset - 1, next_line + offset - 1, next_line)
        for offset in range(first, last + 1):
            if lit >> (line + offset) & 1:
                _mark_seen(room, x + offset * across_x, y + offset * across_y)


@kernel
def _lights(neighbour: int, ahead: int, next_line: int) -> Any:
    """Bits of the neighbour in the line and of two cells of the next line, if there is one."""
    return ONE << neighbour if next_line < 0 else (ONE << neighbour) | (THREE << ahead)


@kernel
def _mark_seen(room: Any, x: int, y: int) -> None:
    if not room.seen[x, y]:
        room.seen[x, y] = 1
        room.num_seen += 1
        _draw_cell(room, x, y)


@kernel
def _is_transparent(room: Any, x: int, y: int) -> bool:
    """Whether light passes a cell."""
    kind = room.grid[x, y, 0]
    return kind != WALL and (kind != DOOR or room.grid[x, y, 2] == OPEN)
