"""Feature sets: what the network sees, computed from the last two images.

A new one is a function here and a line in `FEATURES`.
"""

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
``(..., 1, 1, C)`` for features without positions."""


def delta_codes(frames: npt.NDArray[np.uint8]) -> Int8:
    """The paper's: the current image minus the previous one (arXiv 2306.03604, section 4).

    Zero at the first step. Codes are at most 10, so every difference fits into an int8.
    """
    signed = frames.view(np.int8)
    return signed[..., 4:] - signed[..., :4]


def delta_planes(frames: npt.NDArray[np.uint8]) -> Int8:
    """Signed one-hot difference of the two images: 1 appeared, -1 disappeared.

    Codes are names, not amounts: as a difference of codes, a carried key that moves onto an empty
    cell (5 - 1) equals a door that appears (4 - 0). The planes are wall, key, box, door; the colours
    of keys, boxes and doors; the agent facing each of the four directions.
    """
    planes: Int8 = (
        OBJECT_PLANES[frames[..., 4], frames[..., 5]]
        - OBJECT_PLANES[frames[..., 0], frames[..., 1]]
    )
    planes[..., -NO_AGENT:] = AGENT_PLANES[frames[..., 7]] - AGENT_PLANES[frames[..., 3]]
    return planes


def delta_inventory(frames: npt.NDArray[np.uint8]) -> Int8:
    """`delta_planes` concatenated with the carried object, which is the same on every cell.

    A difference does not show what stays the same, and whether the planner's plan changes when a
    door appears depends on the carried key. The added planes are key, box; their colours.
    """
    return np.concatenate((delta_planes(frames), _inventory_planes(frames)), axis=-1)


def delta_scene(frames: npt.NDArray[np.uint8]) -> Int8:
    """`delta_inventory` concatenated with the kinds of object in view, the same on every cell.

    A question describes what is in view and carried. A door that appears before the key is picked up
    changes the plan only afterwards, when no difference shows it. The added planes are key, box,
    door.
    """
    return np.concatenate((delta_inventory(frames), _visible_planes(frames)), axis=-1)


def counts(frames: npt.NDArray[np.uint8]) -> Int8:
    """`delta_scene` summed over cells; what is the same on every cell is kept once.

    An object that moves cancels out. The agent's planes count changed cells, so that a blocked
    forward action is distinguishable from a step.
    """
    planes = delta_scene(frames)
    planes[..., AGENT] = np.abs(planes[..., AGENT])
    sums: Int8 = planes[..., :NUM_PLANES].sum(axis=(-3, -2), keepdims=True, dtype=np.int8)
    return np.concatenate((sums, planes[..., :1, :1, NUM_PLANES:]), axis=-1)


def full_map(frames: npt.NDArray[np.uint8]) -> Int8:
    """One-hot planes of the current image, concatenated with the carried object."""
    planes: Int8 = OBJECT_PLANES[frames[..., 4], frames[..., 5]]
    planes[..., -NO_AGENT:] = AGENT_PLANES[frames[..., 7]]
    return np.concatenate((planes, _inventory_planes(frames)), axis=-1)


def both_frames(frames: npt.NDArray[np.uint8]) -> Int8:
    """The codes of the previous and of the current image."""
    return frames.view(np.int8)


def _inventory_planes(frames: npt.NDArray[np.uint8]) -> Int8:
    """``(..., width, height, len(INVENTORY_PLANES))``: images show a carried object on the agent's cell."""
    is_agent = frames[..., 7, None] != NO_AGENT
    objects = OBJECT_PLANES[frames[..., 4], frames[..., 5]][..., INVENTORY_PLANES]
    carried = np.where(is_agent, objects, 0).sum(axis=(-3, -2), keepdims=True, dtype=np.int8)
    return np.broadcast_to(carried, objects.shape)


def _visible_planes(frames: npt.NDArray[np.uint8]) -> Int8:
    """``(..., width, height, len(VISIBLE_PLANES))``: 1 if there is one on any cell but the agent's."""
    is_agent = frames[..., 7, None] != NO_AGENT
    objects = OBJECT_PLANES[frames[..., 4], frames[..., 5]][..., VISIBLE_PLANES]
    visible = np.where(is_agent, 0, objects).max(axis=(-3, -2), keepdims=True)
    return np.broadcast_to(visible, objects.shape)


_KINDS = (WALL, *NAMED_KINDS)
_COLORS = tuple(COLOR_TO_IDX.values())
NUM_PLANES = len(_KINDS) + len(_COLORS) + NO_AGENT
AGENT = slice(NUM_PLANES - NO_AGENT, NUM_PLANES)


def _object_planes() -> Int8:
    """``[object, colour]`` -> one-hot planes; walls have no colour, the agent's planes stay 0."""
    table = np.zeros((len(OBJECT_TO_IDX), len(_COLORS), NUM_PLANES), dtype=np.int8)
    for plane, kind in enumerate(_KINDS):
        table[kind, :, plane] = 1
    for kind in NAMED_KINDS:
        for color in _COLORS:
            table[kind, color, len(_KINDS) + color] = 1
    return table


OBJECT_PLANES = _object_planes()
"""``[object, colour]`` -> planes."""
AGENT_PLANES = np.eye(NO_AGENT + 1, NO_AGENT, dtype=np.int8)
"""``[direction]`` -> the last planes; none for `core.rooms.view.NO_AGENT`."""

INVENTORY_PLANES = (*range(1, 3), *range(len(_KINDS), len(_KINDS) + len(_COLORS)))
"""Indices of the planes of a carried object: only keys and boxes can be carried."""

VISIBLE_PLANES = tuple(range(1, len(_KINDS)))
"""Indices of the planes of objects in view: the kinds that descriptions name."""


class FeatureSet(NamedTuple):
    """A way to encode images.

    Attributes:
        encode: computes the planes.
        num_planes: C, their number.
        num_global: number of the last planes that are the same on every cell.
    """

    encode: Features
    num_planes: int
    num_global: int = 0

    def shape(self, width: int, height: int) -> tuple[int, int, int]:
        """The shape of the features of a room: a single cell if all planes are global."""
        if self.num_global == self.num_planes:
            return (1, 1, self.num_planes)
        return (width, height, self.num_planes)


_NUM_INVENTORY = len(INVENTORY_PLANES)
_NUM_SCENE = _NUM_INVENTORY + len(VISIBLE_PLANES)

FEATURES: Mapping[str, FeatureSet] = {
    "counts": FeatureSet(counts, NUM_PLANES + _NUM_SCENE, NUM_PLANES + _NUM_SCENE),
    "delta_scene": FeatureSet(delta_scene, NUM_PLANES + _NUM_SCENE, _NUM_SCENE),
    "delta_inventory": FeatureSet(delta_inventory, NUM_PLANES + _NUM_INVENTORY, _NUM_INVENTORY),
    "full_map": FeatureSet(full_map, NUM_PLANES + _NUM_INVENTORY, _NUM_INVENTORY),
    "delta_planes": FeatureSet(delta_planes, NUM_PLANES),
    "delta_codes": FeatureSet(delta_codes, 4),
    "frames": FeatureSet(both_frames, 8),
}
