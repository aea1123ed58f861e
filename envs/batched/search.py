"""Shortest walks over poses, with the reference's choice among equals. Compare `skills.search`.

Of the poses that are nearest the reference takes the first that iterating over a Python set yields.
So this keeps the set as CPython does (Objects/setobject.c): a power-of-two table of entries, probed
from the hash ten in a row and then by ``i * 5 + 1 + perturb``; what is removed leaves a mark, and the
last mark met on the way to a free entry is used again; a table three fifths full, marks included, is
built anew for four times what it holds.
"""

from typing import Any

import numpy as np

from core.rooms.view import DOOR, EMPTY, GOAL, OPEN
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
"""``hash((x, y, direction))`` as this interpreter has it; pose = (x * MAX_SIZE + y) * 4 + direction."""

EMPTY_ENTRY, REMOVED = -1, -2
UNREACHED, START = -1, -2
SMALLEST_TABLE, LINEAR_PROBES, PERTURB_SHIFT = 8, 9, np.uint64(5)
MAX_TABLE = 4096

FACING, SHOWING_NEW = range(2)
"""What is looked for: a pose that faces a cell, or one that shows something unseen."""


@kernel
def make_scratch() -> Any:
    """Room for one search: for each pose how it was reached and its depth; the set's table, twice."""
    poses = MAX_SIZE * MAX_SIZE * 4
    return (
        np.empty(poses, np.int32),
        np.empty(poses, np.int32),
        np.empty(MAX_TABLE, np.int32),
        np.empty(MAX_TABLE, np.int32),
    )


@kernel
def find_path(room: Any, scratch: Any, wanted: int, goal_x: int, goal_y: int) -> int:
    """Write a shortest list of actions into ``room.actions``.

    Returns:
        Its length, 0 if the agent stands well already; -1 if no pose within reach will do.
    """
    reached_by, depth, table, other = scratch
    size = room.image.shape[0]
    for x in range(size):
        for pose in range(x * MAX_SIZE * 4, (x * MAX_SIZE + size) * 4):
            reached_by[pose] = UNREACHED
    start = (room.x * MAX_SIZE + room.y) * 4 + room.direction
    reached_by[start] = START
    depth[start] = 0

    mask = SMALLEST_TABLE - 1
    table[: mask + 1] = EMPTY_ENTRY
    table[_free_entry(table, mask, HASHES[start])] = start
    fill = used = 1
    level = at = 0
    while used:
        # the first entry of the least depth; nothing of that depth is added any more, so the scan
        # goes on where it stopped, unless the table was built anew
        while at <= mask and (table[at] < 0 or depth[table[at]] != level):
            at += 1
        if at > mask:
            at, level = 0, level + 1
            continue
        pose = table[at]
        if _is_goal(room, pose, wanted, goal_x, goal_y):
            return _write_path(room, reached_by, pose)
        was_rebuilt = False
        for action in (LEFT, RIGHT, FORWARD):
            neighbour = _neighbour(room, pose, action)
            if neighbour < 0 or reached_by[neighbour] != UNREACHED:
                continue
            reached_by[neighbour] = pose * 4 + action
            depth[neighbour] = level + 1
            entry = _free_entry(table, mask, HASHES[neighbour])
            is_new_entry = table[entry] == EMPTY_ENTRY
            table[entry] = neighbour
            used += 1
            fill += is_new_entry
            if is_new_entry and fill * 5 >= mask * 3:
                mask = _rebuild(table, other, mask, used)
                fill = used
                was_rebuilt = True
        if was_rebuilt:
            at = 0
            while table[at] != pose:
                at += 1
        table[at] = REMOVED
        used -= 1
        if was_rebuilt:
            at = 0
    return -1


@kernel
def _is_goal(room: Any, pose: int, wanted: int, goal_x: int, goal_y: int) -> bool:
    x, y, direction = pose // 4 // MAX_SIZE, pose // 4 % MAX_SIZE, pose % 4
    if wanted == FACING:
        return x + DX[direction] == goal_x and y + DY[direction] == goal_y
    return shows_something_new(room, x, y, direction)


@kernel
def _neighbour(room: Any, pose: int, action: int) -> int:
    """The pose an action leads to, -1 if something is in the way."""
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
def _free_entry(table: Any, mask: int, hashed: Any) -> int:
    """Where a new key goes."""
    perturb = hashed
    mark = -1
    at = np.int64(hashed & np.uint64(mask))
    while True:
        probes = LINEAR_PROBES if at + LINEAR_PROBES <= mask else 0
        for near in range(at, at + probes + 1):
            if table[near] == EMPTY_ENTRY:
                return mark if mark >= 0 else near
            if table[near] == REMOVED:
                mark = near
        perturb >>= PERTURB_SHIFT
        at = np.int64((np.uint64(at) * np.uint64(5) + np.uint64(1) + perturb) & np.uint64(mask))


@kernel
def _rebuild(table: Any, other: Any, mask: int, used: int) -> int:
    """A larger table without marks of removed keys; returns its mask."""
    new_size = SMALLEST_TABLE
    while new_size <= used * 4:
        new_size *= 2
    other[:new_size] = EMPTY_ENTRY
    for at in range(mask + 1):
        if table[at] >= 0:
            other[_free_entry(other, new_size - 1, HASHES[table[at]])] = table[at]
    table[:new_size] = other[:new_size]
    return new_size - 1


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
    """Seen to be empty, a goal or an open door, or where the agent stands."""
    kind = room.image[x, y, 0]
    if kind in (EMPTY, GOAL) or (x == room.x and y == room.y):
        return True
    return kind == DOOR and room.image[x, y, 2] == OPEN


@kernel
def shows_something_new(room: Any, x: int, y: int, direction: int) -> bool:
    """Whether an unseen cell lies in a pose's view behind walkable cells (`skills.frontier`)."""
    size, view_size = room.image.shape[0], room.view_size
    forward_x, forward_y = DX[direction], DY[direction]
    across_x, across_y = DX[(direction + 1) % 4], DY[(direction + 1) % 4]
    half = view_size // 2
    # bits of the view: reached, and walkable and still to go on from
    reached = waiting = np.int64(1) << half
    while waiting:
        cell = 0
        while not waiting >> cell & 1:
            cell += 1
        waiting &= ~(np.int64(1) << cell)
        depth, offset = cell // view_size, cell % view_size - half
        for step in range(5):
            # left, right, and the three ahead
            near_depth = depth + (0 if step < 2 else 1)
            near_offset = offset + (2 * step - 1 if step < 2 else step - 3)
            if near_depth >= view_size or abs(near_offset) > half:
                continue
            bit = np.int64(1) << (near_depth * view_size + near_offset + half)
            near_x = x + near_depth * forward_x + near_offset * across_x
            near_y = y + near_depth * forward_y + near_offset * across_y
            if reached & bit or not (0 <= near_x < size and 0 <= near_y < size):
                continue
            reached |= bit
            if not room.seen[near_x, near_y]:
                return True
            if is_passable(room, near_x, near_y):
                waiting |= bit
    return False
