"""Pick up and drop. The agent carries one object, so it drops the first before it takes a second."""

from minigrid.core.actions import Actions

from core.rooms.plan import SubGoal
from core.rooms.view import DOOR, EMPTY, VECTORS, GridView, Position
from skills.option import ActionSequence, Option, SkillContext, turns

AHEAD, RIGHT, BACK, LEFT = range(4)


def start_pick_up(sub_goal: SubGoal, view: GridView, context: SkillContext) -> Option | None:  # noqa: ARG001 an OptionFactory
    """Pick up the object ahead; a carried object is first dropped out of the way."""
    if view.carried is None:
        return ActionSequence([Actions.pickup])
    detour = _drop_and_return(view)
    return ActionSequence([*detour, Actions.pickup]) if detour else None


def start_drop(sub_goal: SubGoal, view: GridView, context: SkillContext) -> Option | None:  # noqa: ARG001 an OptionFactory
    """Drop the carried object out of the way and return to the same pose."""
    detour = _drop_and_return(view) if view.carried is not None else None
    return ActionSequence(detour) if detour else None


def _drop_and_return(view: GridView) -> list[Actions] | None:
    """Actions that drop the carried object on a free cell not next to a door and return.

    The cells behind, to the right and to the left are tried in this order: the cell ahead holds the
    object to pick up. If none is suitable, the agent steps onto the last free one and tries again
    from there, straight ahead first. None if there is no such cell.
    """
    position, facing = view.agent_position, view.agent_direction
    walked: list[int] = []  # directions of the steps made so far
    actions: list[Actions] = []
    sides = (BACK, RIGHT, LEFT)
    while len(walked) < view.image.shape[0] + view.image.shape[1]:
        free = [
            towards
            for towards in ((facing + side) % 4 for side in sides)
            if view.object_at(position.ahead(towards)) == EMPTY
        ]
        for towards in free:
            if not _is_beside_door(view, position.ahead(towards)):
                actions += [*turns(facing, towards), Actions.drop]
                return actions + _walk_back(walked, towards, view.agent_direction)
        if not free:
            return None
        actions += [*turns(facing, free[-1]), Actions.forward]
        facing = free[-1]
        position = position.ahead(facing)
        walked.append(facing)
        sides = (AHEAD, RIGHT, LEFT)
    return None


def _walk_back(walked: list[int], facing: int, finally_facing: int) -> list[Actions]:
    actions: list[Actions] = []
    for direction in reversed(walked):
        actions += [*turns(facing, direction + 2), Actions.forward]
        facing = (direction + 2) % 4
    return actions + turns(facing, finally_facing)


def _is_beside_door(view: GridView, position: Position) -> bool:
    return any(view.object_at(position.ahead(side)) == DOOR for side in range(len(VECTORS)))
