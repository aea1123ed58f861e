"""Many rooms at once: reset, start plans, step."""

from typing import Any

import numba
import numpy as np
import numpy.typing as npt

from core.rooms.plan_ids import NO_PLAN
from envs.batched.kernel import compiled_flag, kernel, parallel_kernel
from envs.batched.layouts import LAYOUTS
from envs.batched.object_memory import clear_memory, update_memory
from envs.batched.rng import seed_generator
from envs.batched.room import act, reset_room
from envs.batched.search import make_scratch
from envs.batched.skills import begin, next_action, reset_executor
from envs.batched.state import room_dtype

Ints = npt.NDArray[np.int64]
PARALLEL_FROM = 2048
"""Number of rooms from which threads pay; waking them costs as much as stepping hundreds of rooms."""
ROOMS_PER_TASK = 128
"""Least number of rooms in one thread's task."""


class BatchedRooms:
    """N rooms of one task, stepped by compiled code.

    Args:
        task: a name in `LAYOUTS`.
        num_rooms: N.
        frontier: use frontier exploration instead of the paper's sweep.
        min_room_size, max_room_size, agent_view_size, max_steps: see `envs.room.DoorRoomEnv`.

    Attributes:
        rooms: ``(N,)`` records, see `envs.batched.state.room_dtype`; only the methods may change them.
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
        """Draw new rooms: ``(B,)`` indices of rooms and ``(B,)`` seeds of their layouts."""
        _reset(self.rooms, which, self._layout, *self._sizes, seeds)

    def reset_from_rng(self, which: Ints) -> None:
        """Draw new rooms from the current state of their generators: ``(B,)`` indices of rooms."""
        _reset_from_rng(self.rooms, which, self._layout, *self._sizes)

    def act(self, which: Ints, actions: Ints) -> None:
        """Do the given primitive actions ``(B,)`` in the rooms ``(B,)``, without plans."""
        num_tasks = self._num_tasks(which)
        if num_tasks < 2:
            _act_some(self.rooms, which, actions, 0, len(which))
        else:
            _act(self.rooms, which, actions, num_tasks)

    def step(self, which: Ints, plans: Ints, plan_rows: Any, plan_lengths: Any) -> None:
        """Do the next primitive action of the plans of some rooms.

        Args:
            which: ``(B,)`` indices of rooms, each at most once.
            plans: ``(B,)`` ids of plans to start first, `core.rooms.plan_ids.NO_PLAN` to continue.
            plan_rows: ``(P, S, 4)`` int32, sub-goals of every plan: skill, kind, colour, option.
            plan_lengths: ``(P,)`` int32, number of sub-goals of every plan.
        """
        num_tasks = self._num_tasks(which)
        if num_tasks < 2:
            _step_some(
                self.rooms, which, plans, plan_rows, plan_lengths, self._frontier, 0, len(which)
            )
        else:
            _step(self.rooms, which, plans, plan_rows, plan_lengths, self._frontier, num_tasks)

    def _num_tasks(self, which: Ints) -> int:
        """Number of tasks that the rooms are divided into for the threads."""
        if len(which) < PARALLEL_FROM:
            return 1
        return min(len(which) // ROOMS_PER_TASK, 8 * numba.get_num_threads())


@kernel
def _reset(rooms: Any, which: Any, layout: int, min_size: int, max_size: int, seeds: Any) -> None:
    for i in range(len(which)):
        seed_generator(rooms[which[i]].rng, seeds[i])
    _reset_from_rng(rooms, which, layout, min_size, max_size)


@kernel
def _reset_from_rng(rooms: Any, which: Any, layout: int, min_size: int, max_size: int) -> None:
    for i in range(len(which)):
        room = rooms[which[i]]
        reset_room(room, layout, min_size, max_size)
        clear_memory(room)
        reset_executor(room)
        update_memory(room)


@kernel
def _step_some(
    rooms: Any, which: Any, plans: Any, rows: Any, lengths: Any, frontier: bool, low: int, high: int
) -> None:
    scratch = make_scratch()
    for i in range(low, high):
        room = rooms[which[i]]
        if plans[i] != NO_PLAN:
            begin(room, scratch, rows, lengths, plans[i], frontier)
        room.action = next_action(room, scratch, rows, lengths, frontier)
        act(room, room.action)
        update_memory(room)


@parallel_kernel
def _step(
    rooms: Any, which: Any, plans: Any, rows: Any, lengths: Any, frontier: bool, num_tasks: int
) -> None:
    for task in numba.prange(num_tasks):
        low, high = task * len(which) // num_tasks, (task + 1) * len(which) // num_tasks
        _step_some(rooms, which, plans, rows, lengths, frontier, low, high)


@kernel
def _act_some(rooms: Any, which: Any, actions: Any, low: int, high: int) -> None:
    for i in range(low, high):
        room = rooms[which[i]]
        room.action = actions[i]
        act(room, actions[i])
        update_memory(room)


@parallel_kernel
def _act(rooms: Any, which: Any, actions: Any, num_tasks: int) -> None:
    for task in numba.prange(num_tasks):
        low, high = task * len(which) // num_tasks, (task + 1) * len(which) // num_tasks
        _act_some(rooms, which, actions, low, high)


def is_compiled(size: int) -> bool:
    """Whether the kernels for grids of `size` cells a side are in the cache on disk."""
    return compiled_flag(size).exists()
