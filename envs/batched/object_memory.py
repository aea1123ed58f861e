"""Objects in sight, where objects were last seen, and the code of the question.

See `core.rooms.view.GridView.sightings`, `core.rooms.object_memory` and `core.rooms.describe`.
"""

from typing import Any

import numpy as np
from minigrid.core.constants import IDX_TO_COLOR, IDX_TO_OBJECT

from core.rooms.plan import ObjectName
from core.rooms.scene import Scene
from core.rooms.view import EMPTY, NAMED_KINDS
from envs.batched.kernel import kernel
from envs.batched.state import KIND_RANK, MAX_OBJECTS, NUM_COLORS, NUM_NAMES

BASE = NUM_NAMES + 1
"""A question's code has `NUM_NAMES` bits for the names seen in the episode; above them are digits of this
base, 1 + name: the carried object (0 if none), then each object in sight."""
KEY_RANK, BOX_RANK = 0, 1
ONE = np.int64(1)


@kernel
def clear_memory(room: Any) -> None:
    """Forget all sightings."""
    room.last_seen[:] = -1
    room.known = 0


@kernel
def update_memory(room: Any) -> None:
    """Record every object in sight, and encode the question that describes the room now."""
    size = room.image.shape[1]
    count = 0
    for i in range(room.num_objects):
        x, y = room.objects[i, 0], room.objects[i, 1]
        if room.seen[x, y]:
            rank = KIND_RANK[room.grid[x, y, 0]]
            code = (rank * size + x) * size + y
            # insertion sort: keys, boxes, doors, each in x-major order
            at = count
            while at and room.visible[at - 1] > code:
                room.visible[at] = room.visible[at - 1]
                at -= 1
            room.visible[at] = code
            count += 1

    digits, power = np.int64(0), np.int64(1)
    if room.carried[0] != EMPTY:
        digits = np.int64(1 + KIND_RANK[room.carried[0]] * NUM_COLORS + room.carried[1])
    for i in range(count):
        code = room.visible[i]
        x, y = code // size % size, code % size
        name = code // (size * size) * NUM_COLORS + room.grid[x, y, 1]
        room.last_position[name, 0] = x
        room.last_position[name, 1] = y
        room.last_seen[name] = room.step_count * MAX_OBJECTS + i
        room.known |= ONE << name
        power *= BASE
        digits += power * (name + 1)
    room.question = (digits << NUM_NAMES) | room.known


@kernel
def locate(room: Any, rank: int, color: int) -> tuple[int, int]:
    """Where an object was last seen, (-1, -1) if it never was; a colour of -1 means any.

    A key that was never seen is located at the last seen box, which may contain it.
    """
    name = _last_seen(room, rank, color)
    if name < 0 and rank == KEY_RANK:
        name = _last_seen(room, BOX_RANK, -1)
    if name < 0:
        return -1, -1
    return room.last_position[name, 0], room.last_position[name, 1]


@kernel
def _last_seen(room: Any, rank: int, color: int) -> int:
    """The most recently seen name of a kind and, unless -1, a colour; -1 if none was seen."""
    found, latest = -1, -1
    for name in range(rank * NUM_COLORS, (rank + 1) * NUM_COLORS):
        if color in (-1, name % NUM_COLORS) and room.last_seen[name] > latest:
            found, latest = name, room.last_seen[name]
    return found


def decode(question: int) -> Scene:
    """Decode a question's code."""
    known = frozenset(_name(bit) for bit in range(NUM_NAMES) if question >> bit & 1)
    digits = question >> NUM_NAMES
    digits, carried = divmod(digits, BASE)
    in_sight = []
    while digits:
        digits, digit = divmod(digits, BASE)
        in_sight.append(_name(digit - 1))
    return Scene(tuple(in_sight), _name(carried - 1) if carried else None, known)


def _name(number: int) -> ObjectName:
    rank, color = divmod(number, NUM_COLORS)
    return ObjectName(IDX_TO_OBJECT[NAMED_KINDS[rank]], IDX_TO_COLOR[color])
