"""Where things were last seen in this episode."""

from collections.abc import Iterable

from core.rooms.plan import ObjectName
from core.rooms.view import GridView, Position


class ObjectMemory:
    """A memory of places. Objects are told apart by kind and colour."""

    def __init__(self) -> None:
        self._places: dict[ObjectName, Position] = {}

    def update(self, view: GridView) -> None:
        """Remember everything in sight; what is out of sight keeps its last place."""
        for name, position in view.sightings:
            # moved to the end, so that the dictionary is in order of last sight
            self._places.pop(name, None)
            self._places[name] = position

    @property
    def known(self) -> frozenset[ObjectName]:
        """Everything that was ever seen."""
        return frozenset(self._places)

    def locate(self, name: ObjectName) -> Position | None:
        """The place where it was last seen, or None if it never was.

        A name without a colour means the last one seen of its kind. A key that was never seen is
        looked for where a box stands: that is where a key comes from.
        """
        seen = resolve_name(name, reversed(self._places))
        return None if seen is None else self._places[seen]


def resolve_name(name: ObjectName, seen: Iterable[ObjectName]) -> ObjectName | None:
    """The first of the things seen that a name may mean; for a key it may be a box."""
    seen = tuple(seen)
    for thing in seen:
        if thing.kind == name.kind and name.color in (None, thing.color):
            return thing
    return resolve_name(ObjectName("box"), seen) if name.kind == "key" else None
