"""What has changed in sight, as planes. Compare `mediator.features.plane_difference`."""

from typing import Any

import numpy as np

from envs.batched.kernel import kernel


@kernel
def plane_changes(
    rooms: Any, which: Any, thing_planes: Any, agent_planes: Any, hand_planes: Any
) -> Any:
    """This image less the previous one, cell by cell on planes; most cells have not changed.

    Args:
        rooms: ``(N,)`` records.
        which: ``(B,)`` indices of rooms.
        thing_planes: ``(objects, colours, C)`` int8 planes of a thing.
        agent_planes: ``(directions, A)`` int8, the last A of the C planes.

    Returns:
        ``(B, width, height, C)`` int8.
    """
    size, num_planes = rooms[0].image.shape[0], thing_planes.shape[2]
    num_hand_planes = len(hand_planes)
    num_agent_planes = agent_planes.shape[1]
    first_agent_plane = num_planes - num_agent_planes
    changes = np.zeros((len(which), size, size, num_planes + num_hand_planes), np.int8)
    for i in range(len(which)):
        image, previous = rooms[which[i]].image, rooms[which[i]].previous
        kind, color = rooms[which[i]].carried[0], rooms[which[i]].carried[1]
        for x in range(size):
            for y in range(size):
                for plane in range(num_hand_planes):
                    changes[i, x, y, num_planes + plane] = thing_planes[
                        kind, color, hand_planes[plane]
                    ]
                now, before = image[x, y], previous[x, y]
                if now[0] != before[0] or now[1] != before[1]:
                    for plane in range(num_planes):
                        changes[i, x, y, plane] = (
                            thing_planes[now[0], now[1], plane]
                            - thing_planes[before[0], before[1], plane]
                        )
                if now[3] != before[3]:
                    for plane in range(num_agent_planes):
                        changes[i, x, y, first_agent_plane + plane] = (
                            agent_planes[now[3], plane] - agent_planes[before[3], plane]
                        )
    return changes
