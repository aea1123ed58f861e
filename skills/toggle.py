"""Toggle what is ahead: open a box, unlock a door."""

from minigrid.core.actions import Actions

from core.rooms.plan import SubGoal
from core.rooms.view import GridView
from skills.option import Option, Scripted, Surroundings


def start_toggle(sub_goal: SubGoal, view: GridView, around: Surroundings) -> Option | None:  # noqa: ARG001 a `Start`
    """One action, whatever is ahead."""
    return Scripted([Actions.toggle])
