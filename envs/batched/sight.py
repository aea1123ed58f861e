"""What is in sight, where things were last seen, and the question as a number.

Compare `core.rooms.view.GridView.sightings`, `core.rooms.object_memory` and `core.rooms.describe`.
"""

from typing import Any

import numpy as np
from minigrid.core.constants import IDX_TO_COLOR, IDX_TO_OBJECT

from core.rooms.plan import ObjectName
from core.rooms.scene import Scene
from core.rooms.view import EMPTY, NAMED_KINDS
from envs.batched.kernel import kernel
from envs.batched.state import KIND_RANK, MAX_THINGS, NUM_COLORS, NUM_NAMES

BASE = NUM_NAMES + 1
"""A question is a number of `NUM_NAMES` bits for the names ever seen, and above them one digit of
this base for the thing in hand and one for each thing in sight; 0 is none."""
KEY_RANK, BOX_RANK = 0, 1
ONE = np.int64(1)


@kernel
def clear_memory(room: Any) -> None:
    """Nothing was ever seen."""
    room.last_sight[:] = -1
    room.known = 0


@kernel
def update_memory(room: Any) -> None:
    """Remember everything in sight, and put the situation into a number."""
    size = room.image.shape[1]
    count = 0
    for i in range(room.num_things):
        x, y = room.things[i, 0], room.things[i, 1]
        if room.seen[x, y]:
            rank = KIND_RANK[room.grid[x, y, 0]]
            place = (rank * size + x) * size + y
            # insertion: keys, boxes, doors, each in x-major order
            at = count
            while at and room.order[at - 1] > place:
                room.order[at] = room.order[at - 1]
                at -= 1
            room.order[at] = place
            count += 1

    digits, power = np.int64(0), np.int64(1)
    if room.carried[0] != EMPTY:
        digits = np.int64(1 + KIND_RANK[room.carried[0]] * NUM_COLORS + room.carried[1])
    for i in range(count):
        place = room.order[i]
        x, y = place // size % size, place % size
        name = place // (size * size) * NUM_COLORS + room.grid[x, y, 1]
        room.last_place[name, 0] = x
        room.last_place[name, 1] = y
        room.last_sight[name] = room.step_count * MAX_THINGS + i
        room.known |= ONE << name
        power *= BASE
        digits += power * (name + 1)
    room.question = (digits << NUM_NAMES) | room.known


@kernel
def locate(room: Any, rank: int, color: int) -> tuple[int, int]:
    """Where a thing was last seen, (-1, -1) if it never was; a colour of -1 means any.

    A key that was never seen is looked for where a box was: that is where a key comes from.
    """
    name = _last_seen(room, rank, color)
    if name < 0 and rank == KEY_RANK:
        name = _last_seen(room, BOX_RANK, -1)
    if name < 0:
        return -1, -1
    return room.last_place[name, 0], room.last_place[name, 1]


@kernel
def _last_seen(room: Any, rank: int, color: int) -> int:
    """The name seen last among those of a kind and perhaps a colour; -1 if none was."""
    found, latest = -1, -1
    for name in range(rank * NUM_COLORS, (rank + 1) * NUM_COLORS):
        if color in (-1, name % NUM_COLORS) and room.last_sight[name] > latest:
            found, latest = name, room.last_sight[name]
    return found


def decode(question: int) -> Scene:
    """Read a question's number."""
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
