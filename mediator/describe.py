"""From a view to the question: what is in sight and what is carried, in a fixed order."""

from core.plan import ObjectName
from core.view import GridView


def describe(view: GridView, *, names_colors: bool) -> str:
    """The situation as the planner reads it (FACTS section 4).

    Args:
        view: the seen part of the room.
        names_colors: say colours, ``observed red key``; otherwise ``observed a key``.

    Returns:
        For example ``observation: {observed a key, observed a door, carry key}``: keys, boxes and
        doors in x-major order, then the carried object; ``observed nothing`` if none is in sight.
    """

    def say(name: ObjectName) -> str:
        return str(name) if names_colors else name.kind

    article = "" if names_colors else "a "
    facts = [f"observed {article}{say(sighting.name)}" for sighting in view.sightings]
    facts = facts or ["observed nothing"]
    if view.carried is not None:
        facts.append(f"carry {say(view.carried)}")
    return f"observation: {{{', '.join(facts)}}}"
