"""Where things were last seen in this episode."""

from core.plan import ObjectName
from core.view import GridView, Position


class Sightings:
    """A memory of places. Objects are told apart by kind and colour."""

    def __init__(self) -> None:
        self._places: dict[ObjectName, Position] = {}

    def update(self, view: GridView) -> None:
        """Remember everything in sight; what is out of sight keeps its last place."""
        for name, position in view.sightings:
            # moved to the end, so that the dictionary is in order of last sight
            self._places.pop(name, None)
            self._places[name] = position

    def locate(self, name: ObjectName) -> Position | None:
        """The place where it was last seen, or None if it never was.

        A name without a colour means the last one seen of its kind. A key that was never seen is
        looked for where a box stands: that is where a key comes from.
        """
        for seen, position in reversed(self._places.items()):
            if seen.kind == name.kind and name.color in (None, seen.color):
                return position
        if name.kind == "key":
            return self.locate(ObjectName("box"))
        return None
