"""Network inputs from room records. See `mediator.features`."""

from typing import Any

import numpy as np

from core.rooms.view import NO_AGENT
from envs.batched.kernel import kernel


@kernel
def _mark_visible(room: Any, object_planes: Any, visible_planes: Any, found: Any) -> None:
    """Set `found` ``(S,)`` to 1 for each visible plane that an object in sight, not carried, is on."""
    found[:] = 0
    size = room.image.shape[0]
    for x in range(size):
        for y in range(size):
            cell, above = room.image[x, y], room.image[x, y - 1]
            # most cells equal the one above
            if y > 0 and cell[0] == above[0] and cell[1] == above[1] and above[3] == NO_AGENT:
                continue
            if cell[3] == NO_AGENT:
                for plane in range(len(visible_planes)):
                    found[plane] |= object_planes[cell[0], cell[1], visible_planes[plane]]


@kernel
def planes_of(
    rooms: Any,
    which: Any,
    object_planes: Any,
    agent_planes: Any,
    inventory_planes: Any,
    visible_planes: Any,
    is_delta: bool,
    is_summed: bool,
) -> Any:
    """Planes of the rooms' images or of their change, followed by carried and visible objects.

    Args:
        rooms: ``(N,)`` records.
        which: ``(B,)`` indices of rooms.
        object_planes: ``(objects, colours, C)`` int8, the planes of each object.
        agent_planes: ``(directions, A)`` int8, the planes of the agent, the last A of the C.
        inventory_planes: ``(H,)`` planes of the carried object, repeated on every cell after the C.
        visible_planes: ``(S,)`` planes for which a flag on every cell, after those, says whether an
            object in sight is on them.
        is_delta: encode this image minus the previous one; otherwise this image.
        is_summed: sum the C planes over all cells.

    Returns:
        ``(B, width, height, C + H + S)`` int8, or ``(B, 1, 1, C + H + S)``.
    """
    size, num_planes = rooms[0].image.shape[0], object_planes.shape[2]
    num_agent_planes, num_inventory = agent_planes.shape[1], len(inventory_planes)
    agent_plane = num_planes - num_agent_planes
    global_planes = np.zeros(num_inventory + len(visible_planes), np.int8)
    side = 1 if is_summed else size
    planes = np.zeros((len(which), side, side, num_planes + len(global_planes)), np.int8)
    for i in range(len(which)):
        room = rooms[which[i]]
        carried = object_planes[room.carried[0], room.carried[1]]
        for plane in range(num_inventory):
            global_planes[plane] = carried[inventory_planes[plane]]
        _mark_visible(room, object_planes, visible_planes, global_planes[num_inventory:])
        planes[i, :, :, num_planes:] = global_planes
        for x in range(size):
            for y in range(size):
                now, before = room.image[x, y], room.previous[x, y]
                cell = planes[i, x % side, y % side]
                # most cells have not changed
                if not is_delta or now[0] != before[0] or now[1] != before[1]:
                    for plane in range(num_planes):
                        cell[plane] += object_planes[now[0], now[1], plane]
                        if is_delta:
                            cell[plane] -= object_planes[before[0], before[1], plane]
                if not is_delta or now[3] != before[3]:
                    for plane in range(num_agent_planes):
                        number = agent_planes[now[3], plane]
                        if is_delta:
                            number -= agent_planes[before[3], plane]
                        # summed with its sign, a move would cancel out
                        cell[agent_plane + plane] += abs(number) if is_summed else number
    return planes
