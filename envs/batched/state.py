"""The complete state of one room as a NumPy record."""

import numpy as np
from minigrid.core.constants import COLOR_TO_IDX, OBJECT_TO_IDX

from core.rooms.view import NAMED_KINDS, VECTORS
from envs.batched.rng import RNG_WORDS

NUM_COLORS = len(COLOR_TO_IDX)
NUM_NAMES = len(NAMED_KINDS) * NUM_COLORS
"""Number of object names: (kind, colour), kinds in the order of a description."""
MAX_OBJECTS = 7
"""Most objects in a room, the door included: a question's code then has 52 bits, which leaves bits of an
int64 for the index of an answer."""
MAX_PENDING = 32

NO_OPTION, SEQUENCE, SWEEP, FRONTIER = range(4)
"""Values of `option_state`: the active option is none, a list of actions, a sweep, or frontier exploration."""

DX = np.array([dx for dx, _ in VECTORS])
DY = np.array([dy for _, dy in VECTORS])
KIND_RANK = np.full(len(OBJECT_TO_IDX), -1)
"""Object index -> rank of its kind in a description, -1 for kinds that are not described."""
KIND_RANK[list(NAMED_KINDS)] = range(len(NAMED_KINDS))


def room_dtype(size: int) -> np.dtype[np.void]:
    """The record of a room on a square grid of `size` cells a side."""
    u1, i4, i8 = np.uint8, np.int32, np.int64
    return np.dtype(
        [
            # the environment
            ("rng", np.uint64, (RNG_WORDS,)),
            ("grid", u1, (size, size, 3)),  # object, colour, state of every cell, seen or not
            (
                "box_contents",
                u1,
                (size, size),
            ),  # 1 + colour of the key in the box on this cell, or 0
            ("objects", i4, (MAX_OBJECTS, 2)),  # cells of keys, boxes and the door
            ("num_objects", i4),
            ("door_x", i4),
            ("door_y", i4),
            ("x", i4),
            ("y", i4),
            ("direction", i4),
            ("obstacle_rng", np.uint64, (RNG_WORDS,)),
            ("obstacle_x", i4),  # the ball's cell; -1 without a ball
            ("obstacle_y", i4),
            ("carried", u1, (4,)),  # object, colour, state, contents; EMPTY if nothing is carried
            ("view_size", i4),
            ("step_count", i4),
            ("max_steps", i4),
            # what has been seen
            ("num_cells", i4),  # of the room, walls included
            ("num_seen", i4),
            ("seen", u1, (size, size)),
            ("image", u1, (size, size, 4)),
            ("previous", u1, (size, size, 4)),
            ("last_position", i4, (NUM_NAMES, 2)),
            ("last_seen", i4, (NUM_NAMES,)),  # time of the last sighting; -1 if never seen
            ("known", i8),  # a bit for each name seen in this episode
            ("visible", i4, (MAX_OBJECTS,)),  # objects in sight, in the order of a description
            ("question", i8),  # code of the current question
            # the current plan
            ("plan", i4),
            ("next_sub_goal", i4),
            ("is_finished", u1),
            ("option", i4),
            ("skill", i4),
            ("steps_in_option", i4),
            ("option_state", i4),
            ("actions", u1, (4 * size * size,)),
            ("num_actions", i4),
            ("next_action", i4),
            # progress of exploring
            ("has_sweep", u1),
            ("reached_corner", u1),
            ("pending", u1, (MAX_PENDING,)),
            ("num_pending", i4),
            ("next_pending", i4),
            # results of the last step
            ("action", i4),
            ("reward", np.float64),
            ("terminated", u1),
            ("truncated", u1),
        ],
        align=True,
    )
