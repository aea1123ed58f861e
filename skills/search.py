"""Shortest paths over poses (x, y, direction) through the seen, free cells of a room.

Several shortest paths often tie, and the choice decides what is seen on the way. Among the nearest
poses the authors' code expands the first one that iterating over a Python set yields; the paper's
means for `always` depend on it in the second decimal (docs/DEVIATIONS.md). The order of a set of
integer tuples depends only on their hashes and the order of insertion, so it is the same in every
process.
"""

from collections.abc import Callable
from typing import NamedTuple

from minigrid.core.actions import Actions

from core.rooms.view import VECTORS, GridView, Position


class Pose(NamedTuple):
    """Position and direction of an agent."""

    x: int
    y: int
    direction: int

    @property
    def ahead(self) -> Position:
        """The cell in front."""
        dx, dy = VECTORS[self.direction]
        return Position(self.x + dx, self.y + dy)


def find_path(view: GridView, is_goal: Callable[[Pose], bool]) -> list[Actions] | None:
    """A shortest list of actions from the agent's pose to a goal pose.

    Args:
        view: the path uses only cells seen to be empty, a goal or an open door.
        is_goal: whether a pose is a goal.

    Returns:
        The actions, empty if the agent's pose is a goal; None if no goal is reachable.
    """
    passable = view.passable
    width, height = len(passable), len(passable[0])
    start = Pose(*view.agent_position, view.agent_direction)
    came_from: dict[Pose, tuple[Pose, Actions] | None] = {start: None}
    cost = {start: 0}
    frontier = {start}
    while frontier:
        pose = min(frontier, key=cost.__getitem__)  # the first of the nearest in set order
        if is_goal(pose):
            return _trace_back(pose, came_from)
        x, y, direction = pose
        neighbours = [
            (Pose(x, y, (direction - 1) % 4), Actions.left),
            (Pose(x, y, (direction + 1) % 4), Actions.right),
        ]
        ahead_x, ahead_y = pose.ahead
        if 0 <= ahead_x < width and 0 <= ahead_y < height and passable[ahead_x][ahead_y]:
            neighbours.append((Pose(ahead_x, ahead_y, direction), Actions.forward))
        for neighbour, action in neighbours:
            if neighbour not in came_from:
                came_from[neighbour] = (pose, action)
                cost[neighbour] = cost[pose] + 1
                frontier.add(neighbour)
        frontier.remove(pose)
    return None


def _trace_back(pose: Pose, came_from: dict[Pose, tuple[Pose, Actions] | None]) -> list[Actions]:
    actions: list[Actions] = []
    while (step := came_from[pose]) is not None:
        pose, action = step
        actions.append(action)
    return actions[::-1]
