"""One room of the fast engine: everything there is to know about it, as one NumPy record."""

import numpy as np
from minigrid.core.constants import COLOR_TO_IDX, OBJECT_TO_IDX

from core.rooms.view import NAMED_KINDS, VECTORS
from envs.batched.rng import RNG_WORDS

NUM_COLORS = len(COLOR_TO_IDX)
NUM_NAMES = len(NAMED_KINDS) * NUM_COLORS
"""Names of things: kind by kind in the order of a description, colour by colour."""
MAX_THINGS = 7
"""Objects a room may hold, the door included: their question's code, 52 bits, leaves room for numbering
its answers."""
MAX_PENDING = 32

NOTHING = 0
SCRIPTED, EXPLORING, FRONTIER = 1, 2, 3
"""What is under way in a room: a list of actions, or one of the two ways to explore."""

DX = np.array([dx for dx, _ in VECTORS])
DY = np.array([dy for _, dy in VECTORS])
KIND_RANK = np.full(len(OBJECT_TO_IDX), -1)
"""Object index -> place of its kind in a description, -1 for what has no name."""
KIND_RANK[list(NAMED_KINDS)] = range(len(NAMED_KINDS))


def room_dtype(size: int) -> np.dtype[np.void]:
    """The record of a room on a square grid of `size` cells a side."""
    u1, i4, i8 = np.uint8, np.int32, np.int64
    return np.dtype(
        [
            # the world
            ("rng", np.uint64, (RNG_WORDS,)),
            ("grid", u1, (size, size, 3)),  # object, colour, state: the truth
            ("inside", u1, (size, size)),  # 1 + colour of the key in the box on this cell
            ("things", i4, (MAX_THINGS, 2)),  # cells of what has a name and lies in the room
            ("num_things", i4),
            ("door_x", i4),
            ("door_y", i4),
            ("x", i4),
            ("y", i4),
            ("direction", i4),
            ("obstacle_rng", np.uint64, (RNG_WORDS,)),
            ("obstacle_x", i4),  # the ball's cell; -1 where there is none
            ("obstacle_y", i4),
            ("carried", u1, (4,)),  # object, colour, state, inside; an empty hand is an empty cell
            ("view_size", i4),
            ("step_count", i4),
            ("max_steps", i4),
            # what has been seen of it
            ("num_cells", i4),  # the room's, walls included
            ("num_seen", i4),
            ("seen", u1, (size, size)),
            ("image", u1, (size, size, 4)),
            ("previous", u1, (size, size, 4)),
            ("last_place", i4, (NUM_NAMES, 2)),
            ("last_sight", i4, (NUM_NAMES,)),  # grows with every sighting; -1 for never
            ("known", i8),  # a bit for each name that was ever seen
            ("order", i4, (MAX_THINGS,)),  # what is in sight, as it is described
            ("question", i8),  # the code of the present question
            # the plan being carried out
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
            # how far exploring has got
            ("has_sweep", u1),
            ("reached_corner", u1),
            ("pending", u1, (MAX_PENDING,)),
            ("num_pending", i4),
            ("next_pending", i4),
            # what the last step led to
            ("action", i4),
            ("reward", np.float64),
            ("terminated", u1),
            ("truncated", u1),
        ],
        align=True,
    )
