"""Go to an object: the shortest path to any pose that faces it."""

from core.rooms.plan import SubGoal
from core.rooms.view import GridView
from skills.option import ActionSequence, Option, SkillContext
from skills.search import find_path


def start_go_to(sub_goal: SubGoal, view: GridView, context: SkillContext) -> Option | None:
    """Plan a path to where the target was last seen; None if unreachable or already there."""
    position = context.locate(sub_goal.target) if sub_goal.target else None
    if position is None:
        return None
    context.sweep = None  # the agent leaves the sweep's path, so exploring restarts
    path = find_path(view, lambda pose: pose.ahead == position)
    return ActionSequence(path) if path else None
