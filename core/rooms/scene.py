"""The situation that a question describes."""

from typing import NamedTuple

from core.rooms.plan import ObjectName
from core.rooms.view import GridView


class Scene(NamedTuple):
    """The content of a question.

    Attributes:
        in_sight: names of the objects in sight: keys, boxes and doors, each in x-major order.
        carried: the carried object.
        known: names of all objects seen in this episode.
    """

    in_sight: tuple[ObjectName, ...]
    carried: ObjectName | None
    known: frozenset[ObjectName]

    @classmethod
    def of(cls, view: GridView, known: frozenset[ObjectName]) -> "Scene":
        """The scene of a view."""
        return cls(tuple(sighting.name for sighting in view.sightings), view.carried, known)
