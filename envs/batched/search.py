"""Shortest paths over poses with the ties of `skills.search`.

Among the nearest poses `skills.search` expands the first one in the iteration order of a Python set;
`envs.batched.pyset` reproduces that order.
"""

from typing import Any

import numpy as np

from core.rooms.view import DOOR, EMPTY, GOAL, OPEN
from envs.batched import pyset
from envs.batched.kernel import kernel
from envs.batched.room import FORWARD, LEFT, RIGHT
from envs.batched.state import DX, DY

MAX_SIZE = 32
HASHES = np.array(
    [
        hash((x, y, direction)) & 0xFFFFFFFFFFFFFFFF
        for x in range(MAX_SIZE)
        for y in range(MAX_SIZE)
        for direction in range(4)
    ],
    dtype=np.uint64,
)
"""``hash((x, y, direction))`` in this interpreter, by pose = (x * MAX_SIZE + y) * 4 + direction."""

UNREACHED, START = -1, -2
FACING, SHOWING_UNSEEN = range(2)
"""Goals of a search: a pose that faces a cell, or one that shows an unseen cell."""


@kernel
def make_scratch() -> Any:
    """Work arrays of one search: how each pose was reached, its depth, and two tables of the set."""
    poses = MAX_SIZE * MAX_SIZE * 4
    return (
        np.empty(poses, np.int32),
        np.empty(poses, np.int32),
        np.empty(pyset.MAX_SLOTS, np.int32),
        np.empty(pyset.MAX_SLOTS, np.int32),
    )


@kernel
def find_path(room: Any, scratch: Any, goal: int, goal_x: int, goal_y: int) -> int:
    """Write a shortest list of actions from the agent to a goal pose into ``room.actions``.

    Returns:
        Its length, 0 if the agent's pose is a goal; -1 if no goal is reachable.
    """
    reached_by, depth, frontier, spare = scratch
    size = room.image.shape[0]
    for x in range(size):
        for pose in range(x * MAX_SIZE * 4, (x * MAX_SIZE + size) * 4):
            reached_by[pose] = UNREACHED
    start = (room.x * MAX_SIZE + room.y) * 4 + room.direction
    reached_by[start] = START
    depth[start] = 0

    mask, filled, _ = pyset.add(frontier, spare, HASHES, pyset.clear(frontier), 0, 0, start)
    num_poses = 1
    level = slot = 0
    while num_poses:
        # the first slot of the least depth; no pose of that depth is added any more, so the scan
        # continues where it stopped, unless the table was rebuilt
        while slot <= mask and (frontier[slot] < 0 or depth[frontier[slot]] != level):
            slot += 1
        if slot > mask:
            slot, level = 0, level + 1
            continue
        pose = frontier[slot]
        if _is_goal(room, pose, goal, goal_x, goal_y):
            return _write_path(room, reached_by, pose)
        was_rebuilt = False
        for action in (LEFT, RIGHT, FORWARD):
            neighbour = _neighbour(room, pose, action)
            if neighbour < 0 or reached_by[neighbour] != UNREACHED:
                continue
            reached_by[neighbour] = pose * 4 + action
            depth[neighbour] = level + 1
            mask, filled, rebuilt_now = pyset.add(
                frontier, spare, HASHES, mask, filled, num_poses, neighbour
            )
            num_poses += 1
            was_rebuilt |= rebuilt_now
        if was_rebuilt:
            slot = 0
            while frontier[slot] != pose:
                slot += 1
        frontier[slot] = pyset.REMOVED
        num_poses -= 1
        if was_rebuilt:
            slot = 0
    return -1


@kernel
def _is_goal(room: Any, pose: int, goal: int, goal_x: int, goal_y: int) -> bool:
    x, y, direction = pose // 4 // MAX_SIZE, pose // 4 % MAX_SIZE, pose % 4
    if goal == FACING:
        return x + DX[direction] == goal_x and y + DY[direction] == goal_y
    return shows_unseen(room, x, y, direction)


@kernel
def _neighbour(room: Any, pose: int, action: int) -> int:
    """The pose that an action leads to, -1 if the cell ahead is not passable."""
    direction = pose % 4
    if action == LEFT:
        return pose - direction + (direction + 3) % 4
    if action == RIGHT:
        return pose - direction + (direction + 1) % 4
    size = room.image.shape[0]
    x, y = pose // 4 // MAX_SIZE + DX[direction], pose // 4 % MAX_SIZE + DY[direction]
    if not (0 <= x < size and 0 <= y < size and is_passable(room, x, y)):
        return -1
    return (x * MAX_SIZE + y) * 4 + direction


@kernel
def _write_path(room: Any, reached_by: Any, pose: int) -> int:
    length = 0
    at = pose
    while reached_by[at] >= 0:
        at = reached_by[at] // 4
        length += 1
    at = pose
    for i in range(length - 1, -1, -1):
        room.actions[i] = reached_by[at] % 4
        at = reached_by[at] // 4
    return length


@kernel
def is_passable(room: Any, x: int, y: int) -> bool:
    """Whether a cell was seen to be empty, a goal or an open door, or is the agent's."""
    kind = room.image[x, y, 0]
    if kind in (EMPTY, GOAL) or (x == room.x and y == room.y):
        return True
    return kind == DOOR and room.image[x, y, 2] == OPEN


@kernel
def shows_unseen(room: Any, x: int, y: int, direction: int) -> bool:
    """Whether a pose's view has an unseen cell connected by walkable cells (`skills.frontier`)."""
    size, view_size = room.image.shape[0], room.view_size
    forward_x, forward_y = DX[direction], DY[direction]
    across_x, across_y = DX[(direction + 1) % 4], DY[(direction + 1) % 4]
    half = view_size // 2
    # each bit is a cell of the view: reached, and walkable and not expanded yet
    reached = pending = np.int64(1) << half
    while pending:
        cell = 0
        while not pending >> cell & 1:
            cell += 1
        pending &= ~(np.int64(1) << cell)
        depth, offset = cell // view_size, cell % view_size - half
        for step in range(5):
            # left, right, and the three cells ahead
            next_depth = depth + (0 if step < 2 else 1)
            next_offset = offset + (2 * step - 1 if step < 2 else step - 3)
            if next_depth >= view_size or abs(next_offset) > half:
                continue
            bit = np.int64(1) << (next_depth * view_size + next_offset + half)
            next_x = x + next_depth * forward_x + next_offset * across_x
            next_y = y + next_depth * forward_y + next_offset * across_y
            if reached & bit or not (0 <= next_x < size and 0 <= next_y < size):
                continue
            reached |= bit
            if not room.seen[next_x, next_y]:
                return True
            if is_passable(room, next_x, next_y):
                pending |= bit
    return False
