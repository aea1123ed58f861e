"""What is in sight, as planes. Compare `mediator.features`."""

from typing import Any

import numpy as np

from envs.batched.kernel import kernel


@kernel
def planes_of(
    rooms: Any, which: Any, thing_planes: Any, agent_planes: Any, hand_planes: Any, is_change: bool
) -> Any:
    """The images of some rooms on planes, or what has changed in them, and what is in hand.

    Args:
        rooms: ``(N,)`` records.
        which: ``(B,)`` indices of rooms.
        thing_planes: ``(objects, colours, C)`` int8 planes of a thing.
        agent_planes: ``(directions, A)`` int8, the last A of the C planes.
        hand_planes: ``(H,)`` which planes of a carried thing to repeat on every cell, behind the C.
        is_change: this image less the previous one; otherwise this image.

    Returns:
        ``(B, width, height, C + H)`` int8.
    """
    size, num_planes = rooms[0].image.shape[0], thing_planes.shape[2]
    num_agent_planes, num_hand_planes = agent_planes.shape[1], len(hand_planes)
    agent_plane = num_planes - num_agent_planes
    planes = np.zeros((len(which), size, size, num_planes + num_hand_planes), np.int8)
    for i in range(len(which)):
        room = rooms[which[i]]
        for x in range(size):
            for y in range(size):
                now, before, cell = room.image[x, y], room.previous[x, y], planes[i, x, y]
                for plane in range(num_hand_planes):
                    cell[num_planes + plane] = thing_planes[
                        room.carried[0], room.carried[1], hand_planes[plane]
                    ]
                # most cells have not changed
                if not is_change or now[0] != before[0] or now[1] != before[1]:
                    for plane in range(num_planes):
                        cell[plane] = thing_planes[now[0], now[1], plane]
                        if is_change:
                            cell[plane] -= thing_planes[before[0], before[1], plane]
                if not is_change or now[3] != before[3]:
                    for plane in range(num_agent_planes):
                        cell[agent_plane + plane] = agent_planes[now[3], plane]
                        if is_change:
                            cell[agent_plane + plane] -= agent_planes[before[3], plane]
    return planes
