"""Explore as in the authors' code: along the walls to the top-left corner, then row by row."""

from dataclasses import dataclass

import numpy as np
from minigrid.core.actions import Actions
from minigrid.core.constants import OBJECT_TO_IDX

from core.rooms.plan import SubGoal
from core.rooms.view import DOOR, EAST, NORTH, WALL, WEST, GridView, Position
from skills.option import Option, SkillContext, Sweep, turns


def start_explore(sub_goal: SubGoal, view: GridView, context: SkillContext) -> Option | None:  # noqa: ARG001 an OptionFactory
    """Continue the sweep in progress, or start one; None if the whole room has been seen."""
    if context.sweep is None:
        context.sweep = Sweep(pending=turns(view.agent_direction, WEST))
    if is_room_seen(view):
        return None
    return Explore(context.sweep, context.view_size, context.rng)


@dataclass(slots=True)
class Explore:
    """A sweep of the room for which only walls and doors are obstacles (docs/METHOD.md)."""

    sweep: Sweep
    view_size: int
    rng: np.random.Generator

    def step(self, view: GridView) -> tuple[Actions, bool]:
        """The next action; the option ends with the first action after the whole room has been seen."""
        ahead = view.agent_position.ahead(view.agent_direction, self.view_size // 2)
        is_blocked = view.object_at(ahead) in (WALL, DOOR)
        if self.sweep.reached_corner:
            action = self._row_by_row(view.agent_direction, is_blocked)
        else:
            action = self._to_corner(view.agent_direction, is_blocked)
        return action, is_room_seen(view)

    def _to_corner(self, direction: int, is_blocked: bool) -> Actions:
        """West until blocked, then north until blocked: the top-left corner."""
        if self.sweep.pending:
            return self.sweep.pending.pop(0)
        if not is_blocked:
            return Actions.forward
        self.sweep.reached_corner = direction == NORTH
        return Actions.right

    def _row_by_row(self, direction: int, is_blocked: bool) -> Actions:
        """East and west alternately, each row one view depth further south."""
        pending = self.sweep.pending
        if not is_blocked:
            return pending.pop(0) if pending else Actions.forward
        if direction in (EAST, WEST):
            turn = Actions.right if direction == EAST else Actions.left
            self.sweep.pending = [Actions.forward] * self.view_size + [turn]
            return turn
        self.sweep.pending = []
        if direction == NORTH:
            return Actions.right
        if pending:
            return pending[-1]
        return Actions.right if self.rng.integers(2) else Actions.left


def is_room_seen(view: GridView) -> bool:
    """Whether the seen walls and doors form a closed loop whose bounding box has no unseen cell."""
    objects = view.objects
    boundary = _IS_BOUNDARY[objects]
    columns, rows = np.flatnonzero(boundary.any(axis=1)), np.flatnonzero(boundary.any(axis=0))
    if not len(columns):
        return False
    box = objects[columns[0] : columns[-1] + 1, rows[0] : rows[-1] + 1]
    return bool(box.all()) and _has_loop(
        {Position(x, y) for x, y in np.argwhere(boundary).tolist()}
    )


_IS_BOUNDARY = np.isin(np.arange(len(OBJECT_TO_IDX)), (WALL, DOOR))


def _has_loop(cells: set[Position]) -> bool:
    """Whether a set of cells, adjacent by their sides, contains a closed loop.

    Cells with fewer than two neighbours are in no loop. They are removed repeatedly; only loops and
    the cells that connect them remain.
    """
    neighbours = {
        cell: {other for other in map(cell.ahead, range(4)) if other in cells} for cell in cells
    }
    ends = [cell for cell, others in neighbours.items() if len(others) < 2]
    while ends:
        for other in neighbours.pop(end := ends.pop()):
            neighbours[other].discard(end)
            if len(neighbours[other]) == 1:
                ends.append(other)
    return bool(neighbours)
