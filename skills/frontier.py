"""Explore by frontier: the shortest walk to a pose that shows something new."""

from dataclasses import dataclass

from minigrid.core.actions import Actions

from core.rooms.plan import SubGoal
from core.rooms.view import UNSEEN, VECTORS, GridView
from skills.option import Option, SkillContext
from skills.search import Pose, find_path


def start_frontier(sub_goal: SubGoal, view: GridView, context: SkillContext) -> Option | None:  # noqa: ARG001 a `Start`
    """Explore to the nearest unseen cell; None if no pose within reach shows one."""
    option = Frontier(context.view_size)
    return option if option.path(view) else None


@dataclass(slots=True)
class Frontier:
    """A walk that is planned anew at every step, round whatever stands in the way."""

    view_size: int

    def step(self, view: GridView) -> tuple[Actions, bool]:
        """The first step of the shortest walk; the last one is made when all has been seen."""
        path = self.path(view)
        return (path[0], False) if path else (Actions.done, True)

    def path(self, view: GridView) -> list[Actions] | None:
        """The shortest walk to a pose that shows an unseen cell; None if there is none."""
        return find_path(view, lambda pose: self._shows_something_new(pose, view))

    def _shows_something_new(self, pose: Pose, view: GridView) -> bool:
        """Whether an unseen cell lies in the view behind walkable cells.

        Light passes keys and boxes too, but what lies behind them is not counted on.
        """
        forward_x, forward_y = VECTORS[pose.direction]
        across_x, across_y = VECTORS[(pose.direction + 1) % 4]
        half = self.view_size // 2
        frontier, reached = [(0, 0)], {(0, 0)}
        while frontier:
            depth, offset = frontier.pop()
            for step_depth, step_offset in ((0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
                near = depth + step_depth, offset + step_offset
                if near in reached or near[0] >= self.view_size or abs(near[1]) > half:
                    continue
                x = pose.x + near[0] * forward_x + near[1] * across_x
                y = pose.y + near[0] * forward_y + near[1] * across_y
                if not (0 <= x < len(view.passable) and 0 <= y < len(view.passable[0])):
                    continue
                reached.add(near)
                if view.objects[x, y] == UNSEEN:
                    return True
                if view.passable[x][y]:
                    frontier.append(near)
        return False
