"""Frontier exploration: take the shortest path to a pose that shows an unseen cell."""

from dataclasses import dataclass

from minigrid.core.actions import Actions

from core.rooms.plan import SubGoal
from core.rooms.view import VECTORS, GridView
from skills.option import Option, SkillContext
from skills.search import Pose, find_path


def start_frontier(sub_goal: SubGoal, view: GridView, context: SkillContext) -> Option | None:  # noqa: ARG001 an OptionFactory
    """Explore towards the nearest unseen cell; None if no reachable pose shows one."""
    option = Frontier(context.view_size)
    return option if option.path(view) else None


@dataclass(slots=True)
class Frontier:
    """Re-plans the path at every step, and so walks around obstacles."""

    view_size: int

    def step(self, view: GridView) -> tuple[Actions, bool]:
        """The first step of the shortest path; the option ends with one `done` when all is seen."""
        path = self.path(view)
        return (path[0], False) if path else (Actions.done, True)

    def path(self, view: GridView) -> list[Actions] | None:
        """The shortest path to a pose that shows an unseen cell; None if there is none."""
        return find_path(view, lambda pose: self._shows_unseen(pose, view))

    def _shows_unseen(self, pose: Pose, view: GridView) -> bool:
        """Whether the view from a pose contains an unseen cell connected to it by walkable cells.

        Light passes keys and boxes, too; unseen cells behind them are not counted.
        """
        forward_x, forward_y = VECTORS[pose.direction]
        across_x, across_y = VECTORS[(pose.direction + 1) % 4]
        half = self.view_size // 2
        unseen, passable = view.unseen, view.passable  # lists, faster to index than arrays
        width, height = len(passable), len(passable[0])
        frontier, reached = [(0, 0)], {(0, 0)}
        while frontier:
            depth, offset = frontier.pop()
            for step_depth, step_offset in ((0, -1), (0, 1), (1, -1), (1, 0), (1, 1)):
                cell = depth + step_depth, offset + step_offset
                if cell in reached or cell[0] >= self.view_size or abs(cell[1]) > half:
                    continue
                x = pose.x + cell[0] * forward_x + cell[1] * across_x
                y = pose.y + cell[0] * forward_y + cell[1] * across_y
                if not (0 <= x < width and 0 <= y < height):
                    continue
                reached.add(cell)
                if unseen[x][y]:
                    return True
                if passable[x][y]:
                    frontier.append(cell)
        return False
