"""Frontier exploration: take the shortest path to a pose that shows an unseen cell."""

from collections.abc import Iterable
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
        return find_path(view, _Lines(view, self.view_size).show_unseen)


class _Lines:
    """A view as columns and rows of bits: light spreads over a whole line at once.

    Args:
        view: whose unseen and walkable cells are read.
        view_size: cells that the agent sees ahead and, in sum, to the sides.
    """

    def __init__(self, view: GridView, view_size: int) -> None:
        self._view_size = view_size
        columns = view.unseen, view.passable
        rows = ([*zip(*cells, strict=True)] for cells in columns)
        # by direction: one looks over columns to the east and west, over rows to the south and north
        self._unseen_and_passable = [[*map(_bits, cells)] for cells in (columns, rows)] * 2

    def show_unseen(self, pose: Pose) -> bool:
        """Whether the view from a pose contains an unseen cell connected to it by walkable cells.

        Light passes keys and boxes, too; unseen cells behind them are not counted.
        """
        unseen, passable = self._unseen_and_passable[pose.direction]
        number, place = (pose.x, pose.y) if pose.direction % 2 == 0 else (pose.y, pose.x)
        forward, half = sum(VECTORS[pose.direction]), self._view_size // 2
        in_view = ((2 << 2 * half) - 1) << place >> half
        lit = 1 << place
        for _ in range(self._view_size):
            if not 0 <= number < len(unseen):
                return False
            before = 0
            while lit != before:
                if lit & unseen[number]:
                    return True
                free = lit & passable[number]
                before, lit = lit, (lit | free << 1 | free >> 1) & in_view
            lit = (free | free << 1 | free >> 1) & in_view
            number += forward
        return False


def _bits(lines: Iterable[Iterable[bool]]) -> list[int]:
    """Each line as a number: its first cell is the lowest bit."""
    return [sum(1 << place for place, is_set in enumerate(line) if is_set) for line in lines]
