"""Many rooms at once: reset, look, take plans in hand, step."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from envs.batched.kernel import kernel, parallel_kernel
from envs.batched.layouts import LAYOUTS
from envs.batched.room import act, enter
from envs.batched.search import make_scratch
from envs.batched.sight import take_in
from envs.batched.skills import begin, next_action
from envs.batched.state import NOTHING, room_dtype

Ints = npt.NDArray[np.int64]
GO_ON = -1
"""In place of a plan: carry on with the one in hand."""
SHARE = 128
"""Rooms worth a task of their own on another core."""


class BatchedRooms:
    """Rooms of one task, stepped by compiled code.

    Args:
        task: a name in `LAYOUTS`.
        num_rooms: N.
        frontier: explore by frontier instead of the paper's sweep.
        min_room_size, max_room_size, agent_view_size, max_steps: see `envs.room.DoorRoomEnv`.

    Attributes:
        rooms: ``(N,)`` records, see `envs.batched.state.room_dtype`: read them, but leave changes
            to the methods.
    """

    def __init__(
        self,
        task: str,
        num_rooms: int,
        *,
        frontier: bool,
        min_room_size: int = 5,
        max_room_size: int = 10,
        agent_view_size: int = 3,
        max_steps: int | None = None,
    ) -> None:
        self._layout = LAYOUTS[task]
        self._frontier = frontier
        self._sizes = min_room_size, max_room_size
        self.rooms = np.zeros(num_rooms, dtype=room_dtype(max_room_size))
        self.rooms["view_size"] = agent_view_size
        self.rooms["max_steps"] = max_steps or max_room_size**2

    def reset(self, which: Ints, seeds: Ints) -> None:
        """Draw new rooms: ``(B,)`` indices of rooms, and the seed of each one's layout."""
        _reset(self.rooms, which, self._layout, *self._sizes, seeds)

    def step(self, which: Ints, plans: Ints, rows: Any, lengths: Any) -> None:
        """Do one primitive action in some rooms.

        Args:
            which: ``(B,)`` indices of rooms, each at most once.
            plans: ``(B,)`` the plan to take in hand first, or `GO_ON`.
            rows: ``(P, S, 4)`` int32, every plan's sub-goals: skill, kind, colour, option.
            lengths: ``(P,)`` int32, how many sub-goals each has.
        """
        num_tasks = min(len(which) // SHARE, 8 * numba.get_num_threads())
        if num_tasks < 2:
            _step_some(self.rooms, which, plans, rows, lengths, self._frontier, 0, len(which))
        else:
            _step(self.rooms, which, plans, rows, lengths, self._frontier, num_tasks)


@kernel
def _reset(rooms: Any, which: Any, layout: int, min_size: int, max_size: int, seeds: Any) -> None:
    for i in range(len(which)):
        room = rooms[which[i]]
        enter(room, layout, min_size, max_size, seeds[i])
        room.last_sight[:] = -1
        room.known = 0
        room.plan = GO_ON
        room.is_finished = True
        room.under_way = NOTHING
        room.option = room.skill = room.steps_in_option = room.next_sub_goal = 0
        room.has_sweep = False
        take_in(room)


@kernel
def _step_some(
    rooms: Any, which: Any, plans: Any, rows: Any, lengths: Any, frontier: bool, low: int, high: int
) -> None:
    scratch = make_scratch()
    for i in range(low, high):
        room = rooms[which[i]]
        if plans[i] != GO_ON:
            begin(room, scratch, rows, lengths, plans[i], frontier)
        room.action = next_action(room, scratch, rows, lengths, frontier)
        act(room, room.action)
        take_in(room)


@parallel_kernel
def _step(
    rooms: Any, which: Any, plans: Any, rows: Any, lengths: Any, frontier: bool, num_tasks: int
) -> None:
    for task in numba.prange(num_tasks):
        low, high = task * len(which) // num_tasks, (task + 1) * len(which) // num_tasks
        _step_some(rooms, which, plans, rows, lengths, frontier, low, high)
