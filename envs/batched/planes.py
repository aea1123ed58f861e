"""What is in sight, as planes. Compare `mediator.features`."""

from typing import Any

import numpy as np

from core.rooms.view import NO_AGENT
from envs.batched.kernel import kernel


@kernel
def _look_for(room: Any, thing_planes: Any, sight_planes: Any, found: Any) -> None:
    """Mark which of some planes a thing in sight, the carried one aside, is on: ``(S,)`` `found`."""
    found[:] = 0
    size = room.image.shape[0]
    for x in range(size):
        for y in range(size):
            seen, above = room.image[x, y], room.image[x, y - 1]
            # most cells are like the one above
            if y > 0 and seen[0] == above[0] and seen[1] == above[1] and above[3] == NO_AGENT:
                continue
            if seen[3] == NO_AGENT:
                for plane in range(len(sight_planes)):
                    found[plane] |= thing_planes[seen[0], seen[1], sight_planes[plane]]


@kernel
def planes_of(
    rooms: Any,
    which: Any,
    thing_planes: Any,
    agent_planes: Any,
    hand_planes: Any,
    sight_planes: Any,
    is_change: bool,
    is_summed: bool,
) -> Any:
    """The images of some rooms on planes, or what has changed in them; what is in hand and in sight.

    Args:
        rooms: ``(N,)`` records.
        which: ``(B,)`` indices of rooms.
        thing_planes: ``(objects, colours, C)`` int8 planes of a thing.
        agent_planes: ``(directions, A)`` int8, the last A of the C planes.
        hand_planes: ``(H,)`` which planes of a carried thing to repeat on every cell, behind the C.
        sight_planes: ``(S,)`` of which planes to tell on every cell, behind those, whether a thing in
            sight is on them.
        is_change: this image less the previous one; otherwise this image.
        is_summed: the C planes are summed over all cells.

    Returns:
        ``(B, width, height, C + H + S)`` int8, or ``(B, 1, 1, C + H + S)``.
    """
    size, num_planes = rooms[0].image.shape[0], thing_planes.shape[2]
    num_agent_planes, num_hand_planes = agent_planes.shape[1], len(hand_planes)
    agent_plane = num_planes - num_agent_planes
    constant = np.zeros(num_hand_planes + len(sight_planes), np.int8)
    side = 1 if is_summed else size
    planes = np.zeros((len(which), side, side, num_planes + len(constant)), np.int8)
    for i in range(len(which)):
        room = rooms[which[i]]
        in_hand = thing_planes[room.carried[0], room.carried[1]]
        for plane in range(num_hand_planes):
            constant[plane] = in_hand[hand_planes[plane]]
        _look_for(room, thing_planes, sight_planes, constant[num_hand_planes:])
        planes[i, :, :, num_planes:] = constant
        for x in range(size):
            for y in range(size):
                now, before = room.image[x, y], room.previous[x, y]
                cell = planes[i, x % side, y % side]
                # most cells have not changed
                if not is_change or now[0] != before[0] or now[1] != before[1]:
                    for plane in range(num_planes):
                        cell[plane] += thing_planes[now[0], now[1], plane]
                        if is_change:
                            cell[plane] -= thing_planes[before[0], before[1], plane]
                if not is_change or now[3] != before[3]:
                    for plane in range(num_agent_planes):
                        number = agent_planes[now[3], plane]
                        if is_change:
                            number -= agent_planes[before[3], plane]
                        # where places do not matter, a step still has to be told from none
                        cell[agent_plane + plane] += abs(number) if is_summed else number
    return planes
