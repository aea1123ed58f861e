"""Go to an object: the shortest walk to any pose that faces it."""

from core.rooms.plan import SubGoal
from core.rooms.view import GridView
from skills.option import ActionSequence, Option, SkillContext
from skills.search import find_path


def start_go_to(sub_goal: SubGoal, view: GridView, context: SkillContext) -> Option | None:
    """Plan the walk to where the target was last seen; None if there is no way or no need."""
    place = context.locate(sub_goal.target) if sub_goal.target else None
    if place is None:
        return None
    context.sweep = None  # wherever this leads, exploring starts over
    path = find_path(view, lambda pose: pose.ahead == place)
    return ActionSequence(path) if path else None
