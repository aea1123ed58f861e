"""Where objects were last seen in this episode."""

from collections.abc import Iterable

from core.rooms.plan import ObjectName
from core.rooms.view import GridView, Position


class ObjectMemory:
    """The last seen position of each object. Objects are distinguished by kind and colour."""

    def __init__(self) -> None:
        self._positions: dict[ObjectName, Position] = {}

    def update(self, view: GridView) -> None:
        """Record all objects in sight; objects out of sight keep their last position."""
        for name, position in view.sightings:
            # moved to the end, so that the dictionary is in the order of the last sighting
            self._positions.pop(name, None)
            self._positions[name] = position

    @property
    def known(self) -> frozenset[ObjectName]:
        """Names of all objects seen in this episode."""
        return frozenset(self._positions)

    def locate(self, name: ObjectName) -> Position | None:
        """The position where an object was last seen, None if it never was.

        A name without a colour means the most recently seen object of its kind. A key that was never
        seen is located at the last seen box, which may contain it.
        """
        seen = resolve_name(name, reversed(self._positions))
        return None if seen is None else self._positions[seen]


def resolve_name(name: ObjectName, seen: Iterable[ObjectName]) -> ObjectName | None:
    """The first of the seen objects that a name may refer to; for an unseen key, a box."""
    seen = tuple(seen)
    for candidate in seen:
        if candidate.kind == name.kind and name.color in (None, candidate.color):
            return candidate
    return resolve_name(ObjectName("box"), seen) if name.kind == "key" else None
