"""The rooms as a `gymnasium.vector.VectorEnv`, usable with any agent."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from minigrid.core.actions import Actions
from minigrid.core.mission import MissionSpace

from envs.batched.engine import BatchedRooms
from envs.fog import Observation
from envs.room import MISSION, DoorRoomEnv

Column = npt.NDArray[Any]
Bools = npt.NDArray[np.bool_]


class BatchedVectorEnv(VectorEnv[Observation, npt.NDArray[np.int64], npt.NDArray[Any]]):
    """Many rooms of one task, one primitive action each per step.

    ``gymnasium.make_vec(env_id, num_envs, vectorization_mode="vector_entry_point")`` makes it. It
    equals ``SyncVectorEnv`` over the same id, observation by observation. The step after the end of an
    episode resets the room (next-step autoreset): its action is ignored and its reward is 0.

    Args:
        task: one of `envs.batched.layouts.LAYOUTS`.
        num_envs: number of rooms.
        min_room_size, max_room_size, agent_view_size, max_steps: see `envs.room.DoorRoomEnv`.
    """

    metadata = {"autoreset_mode": AutoresetMode.NEXT_STEP}  # noqa: RUF012 gymnasium's own form

    def __init__(
        self,
        task: str,
        num_envs: int = 1,
        *,
        min_room_size: int = 5,
        max_room_size: int = 10,
        agent_view_size: int = 3,
        max_steps: int | None = None,
    ) -> None:
        self.num_envs = num_envs
        self._batch = BatchedRooms(
            task,
            num_envs,
            frontier=False,
            min_room_size=min_room_size,
            max_room_size=max_room_size,
            agent_view_size=agent_view_size,
            max_steps=max_steps,
        )
        self.single_action_space = spaces.Discrete(len(Actions))
        self.single_observation_space = spaces.Dict(
            {
                "image": spaces.Box(0, 255, (max_room_size, max_room_size, 4), np.uint8),
                "mission": MissionSpace(mission_func=DoorRoomEnv.gen_mission),
            }
        )
        self.action_space = batch_space(self.single_action_space, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self._has_ended: Bools = np.zeros(num_envs, dtype=np.bool_)
        self._is_seeded = False

    def reset(
        self,
        *,
        seed: int | Sequence[int] | None = None,
        options: dict[str, Any] | None = None,  # noqa: ARG002 gymnasium's signature
    ) -> tuple[Observation, dict[str, Any]]:
        """Draw new rooms from ``seed, seed + 1, ...``, or without a seed from their generators' states."""
        rooms = np.arange(self.num_envs)
        if seed is None and not self._is_seeded:
            seed = int(np.random.SeedSequence().generate_state(1)[0])
        if seed is None:
            self._batch.reset_from_rng(rooms)
        else:
            seeds = range(seed, seed + self.num_envs) if isinstance(seed, int) else seed
            self._batch.reset(rooms, np.array(seeds, dtype=np.int64))
        self._is_seeded = True
        self._has_ended[:] = False
        return self._observation(), {}

    def step(
        self, actions: npt.NDArray[np.int64]
    ) -> tuple[Observation, Column, Column, Column, dict[str, Any]]:
        """One primitive action in each room, ``(N,)``."""
        ended, active = self._has_ended.nonzero()[0], (~self._has_ended).nonzero()[0]
        self._batch.reset_from_rng(ended)
        self._batch.act(active, np.asarray(actions, dtype=np.int64)[active])
        rooms = self._batch.rooms
        rewards = np.where(self._has_ended, 0.0, rooms["reward"])
        terminated = ~self._has_ended & (rooms["terminated"] != 0)
        truncated = ~self._has_ended & (rooms["truncated"] != 0)
        self._has_ended = terminated | truncated
        return self._observation(), rewards, terminated, truncated, {}

    def _observation(self) -> Observation:
        images = self._batch.rooms["image"].copy()
        return {"image": images, "mission": (MISSION,) * self.num_envs}
