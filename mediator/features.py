"""What the network sees, made of the last two images."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from minigrid.core.constants import COLOR_TO_IDX, OBJECT_TO_IDX

from core.rooms.view import NAMED_KINDS, NO_AGENT, WALL

NUM_FRAMES = 2
Int8 = npt.NDArray[np.int8]
Features = Callable[[npt.NDArray[np.uint8]], Int8]
"""``(..., width, height, 4 * NUM_FRAMES)`` images, the older first -> ``(..., width, height, C)``, or
``(..., 1, 1, C)`` where places do not matter."""


def difference(frames: npt.NDArray[np.uint8]) -> Int8:
    """This image less the previous one, with its sign; zero at the first step (section 4).

    Codes are at most 10, so an int8 holds every difference.
    """
    signed = frames.view(np.int8)
    return signed[..., 4:] - signed[..., :4]


def delta_planes(frames: npt.NDArray[np.uint8]) -> Int8:
    """What came (1) and what went (-1), each kind of thing on a plane of its own.

    Codes are names, not amounts. As a difference of codes, a carried key that moves onto an empty
    cell (5 - 1) is a door that comes into sight (4 - 0); here it is not. The planes are wall, key,
    box, door; the colours of keys, boxes and doors; the agent facing each of the four directions.
    """
    planes: Int8 = (
        THING_PLANES[frames[..., 4], frames[..., 5]] - THING_PLANES[frames[..., 0], frames[..., 1]]
    )
    planes[..., -NO_AGENT:] = AGENT_PLANES[frames[..., 7]] - AGENT_PLANES[frames[..., 3]]
    return planes


def planes_and_inventory(frames: npt.NDArray[np.uint8]) -> Int8:
    """The same planes, and behind them what is in the agent's hand, on every cell.

    A difference does not show what stays the same, and whether a door that comes into sight is news
    to the planner depends on the key in hand. The planes are key, box; their colours.
    """
    return np.concatenate((delta_planes(frames), _inventory_planes(frames)), axis=-1)


def planes_and_scene(frames: npt.NDArray[np.uint8]) -> Int8:
    """The same planes and the hand, and behind them which kinds of thing are in sight, on every cell.

    A question is about what is in sight and in hand. A door that comes into sight on the way to the
    key is news once the key is in hand, and no difference shows it then. The planes are key, box,
    door.
    """
    return np.concatenate((planes_and_inventory(frames), _visible_planes(frames)), axis=-1)


def counts_and_scene(frames: npt.NDArray[np.uint8]) -> Int8:
    """The same without places: how many more of each there are than before, and what is constant.

    A thing that moves is no news. The agent's planes count the cells that changed, so that a step is
    told from none: who pushes against a box for ever does not move.
    """
    planes = planes_and_scene(frames)
    planes[..., AGENT] = np.abs(planes[..., AGENT])
    news: Int8 = planes[..., :NUM_PLANES].sum(axis=(-3, -2), keepdims=True, dtype=np.int8)
    return np.concatenate((news, planes[..., :1, :1, NUM_PLANES:]), axis=-1)


def map_and_inventory(frames: npt.NDArray[np.uint8]) -> Int8:
    """All that was seen, on the same planes, and what is in the agent's hand."""
    planes: Int8 = THING_PLANES[frames[..., 4], frames[..., 5]]
    planes[..., -NO_AGENT:] = AGENT_PLANES[frames[..., 7]]
    return np.concatenate((planes, _inventory_planes(frames)), axis=-1)


def _inventory_planes(frames: npt.NDArray[np.uint8]) -> Int8:
    """``(..., width, height, len(INVENTORY_PLANES))``: a carried thing is drawn on the agent's cell."""
    is_agent = frames[..., 7, None] != NO_AGENT
    things = THING_PLANES[frames[..., 4], frames[..., 5]][..., INVENTORY_PLANES]
    in_hand = np.where(is_agent, things, 0).sum(axis=(-3, -2), keepdims=True, dtype=np.int8)
    return np.broadcast_to(in_hand, things.shape)


def _visible_planes(frames: npt.NDArray[np.uint8]) -> Int8:
    """``(..., width, height, len(VISIBLE_PLANES))``: whether there is one on any cell but the agent's."""
    is_agent = frames[..., 7, None] != NO_AGENT
    things = THING_PLANES[frames[..., 4], frames[..., 5]][..., VISIBLE_PLANES]
    in_sight = np.where(is_agent, 0, things).max(axis=(-3, -2), keepdims=True)
    return np.broadcast_to(in_sight, things.shape)


def frames_as_they_are(frames: npt.NDArray[np.uint8]) -> Int8:
    """The previous image and this one, as they are."""
    return frames.view(np.int8)


_KINDS = (WALL, *NAMED_KINDS)
_COLORS = tuple(COLOR_TO_IDX.values())
NUM_PLANES = len(_KINDS) + len(_COLORS) + NO_AGENT
AGENT = slice(NUM_PLANES - NO_AGENT, NUM_PLANES)


def _thing_planes() -> Int8:
    """``[object, colour]`` -> one-hot planes; walls have no colour, the agent's planes stay 0."""
    table = np.zeros((len(OBJECT_TO_IDX), len(_COLORS), NUM_PLANES), dtype=np.int8)
    for plane, kind in enumerate(_KINDS):
        table[kind, :, plane] = 1
    for kind in NAMED_KINDS:
        for color in _COLORS:
            table[kind, color, len(_KINDS) + color] = 1
    return table


THING_PLANES = _thing_planes()
"""``[object, colour]`` -> the planes of a thing."""
AGENT_PLANES = np.eye(NO_AGENT + 1, NO_AGENT, dtype=np.int8)
"""``[direction]`` -> the last planes; none for `core.rooms.view.NO_AGENT`."""

INVENTORY_PLANES = (*range(1, 3), *range(len(_KINDS), len(_KINDS) + len(_COLORS)))
"""Which planes of a thing tell what is in hand: nobody carries a wall or a door."""

VISIBLE_PLANES = tuple(range(1, len(_KINDS)))
"""Which planes of a thing tell what is in sight: the kinds that a description speaks of."""


class FeatureSet(NamedTuple):
    """One way to see.

    Attributes:
        encode: makes the planes.
        num_planes: C, how many.
        num_global: how many of them, the last ones, are the same on every cell.
    """

    encode: Features
    num_planes: int
    num_global: int = 0

    def shape(self, width: int, height: int) -> tuple[int, int, int]:
        """The shape of what is seen in a room: a single cell where all planes are constant."""
        if self.num_global == self.num_planes:
            return (1, 1, self.num_planes)
        return (width, height, self.num_planes)


_NUM_HAND = len(INVENTORY_PLANES)
_NUM_SCENE = _NUM_HAND + len(VISIBLE_PLANES)

FEATURES: Mapping[str, FeatureSet] = {
    "counts": FeatureSet(counts_and_scene, NUM_PLANES + _NUM_SCENE, NUM_PLANES + _NUM_SCENE),
    "delta_scene": FeatureSet(planes_and_scene, NUM_PLANES + _NUM_SCENE, _NUM_SCENE),
    "delta_inventory": FeatureSet(planes_and_inventory, NUM_PLANES + _NUM_HAND, _NUM_HAND),
    "full_map": FeatureSet(map_and_inventory, NUM_PLANES + _NUM_HAND, _NUM_HAND),
    "delta_planes": FeatureSet(delta_planes, NUM_PLANES),
    "delta_codes": FeatureSet(difference, 4),
    "frames": FeatureSet(frames_as_they_are, 8),
}
