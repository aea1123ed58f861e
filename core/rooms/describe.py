"""The text of a question: objects in sight and the carried object, in a fixed order."""

from core.rooms.plan import ObjectName
from core.rooms.scene import Scene


def describe(scene: Scene, *, names_colors: bool) -> str:
    """Describe a scene to the planner, as in the authors' code (docs/METHOD.md).

    Args:
        scene: the objects in sight and the carried object.
        names_colors: include colours, ``observed red key``; otherwise ``observed a key``.

    Returns:
        For example ``observation: {observed a key, observed a door, carry key}``; ``observed
        nothing`` if nothing is in sight.
    """

    def spoken_name(name: ObjectName) -> str:
        return str(name) if names_colors else name.kind

    article = "" if names_colors else "a "
    facts = [f"observed {article}{spoken_name(name)}" for name in scene.in_sight]
    facts = facts or ["observed nothing"]
    if scene.carried is not None:
        facts.append(f"carry {spoken_name(scene.carried)}")
    return f"observation: {{{', '.join(facts)}}}"
