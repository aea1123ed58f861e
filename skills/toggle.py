"""Toggle the object ahead: open a box, unlock a door."""

from minigrid.core.actions import Actions

from core.rooms.plan import SubGoal
from core.rooms.view import GridView
from skills.option import ActionSequence, Option, SkillContext


def start_toggle(sub_goal: SubGoal, view: GridView, context: SkillContext) -> Option | None:  # noqa: ARG001 an OptionFactory
    """One toggle action, whatever is ahead."""
    return ActionSequence([Actions.toggle])
