"""What a question is about: the situation as it is put into words."""

from typing import NamedTuple

from core.rooms.plan import ObjectName
from core.rooms.view import GridView


class Scene(NamedTuple):
    """What there is to ask about.

    Attributes:
        in_sight: names of the things in sight: keys, boxes and doors, each in x-major order.
        carried: what is in the agent's hand.
        known: names of everything that was ever seen in this episode.
    """

    in_sight: tuple[ObjectName, ...]
    carried: ObjectName | None
    known: frozenset[ObjectName]

    @classmethod
    def of(cls, view: GridView, known: frozenset[ObjectName]) -> "Scene":
        """The scene of a view."""
        return cls(tuple(sighting.name for sighting in view.sightings), view.carried, known)
