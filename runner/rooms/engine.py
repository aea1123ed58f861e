"""The interface of the two engines: vectorised rooms whose actions are plans."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.rooms.plan_ids import PlanIds
from core.rooms.scene import Scene
from core.task import RoomTask
from mediator.policies import Observations

Ints = npt.NDArray[np.int64]


class Engine(Protocol):
    """Rooms of one task, addressed by their index.

    Attributes:
        task: which task.
        num_rooms: how many rooms.
        max_steps: length at which an episode is truncated.
        features_shape: (width, height, C) of a policy's input.
        plan_ids: numbers the plans.
        num_moves: resets and steps so far.
    """

    task: RoomTask
    num_rooms: int
    max_steps: int
    features_shape: tuple[int, int, int]
    plan_ids: PlanIds
    num_moves: int

    def reset(self, which: Ints, seeds: Ints) -> None:
        """Draw the rooms of ``(B,)`` environment seeds in ``(B,)`` rooms, each at most once."""
        ...

    def observe(self, which: Ints) -> Observations:
        """The policy's input in each of ``(B,)`` rooms; `Observations.answer_slots` are 0."""
        ...

    def step(self, which: Ints, plans: Ints) -> "StepResults":
        """Do one primitive action in each of ``(B,)`` rooms, each at most once.

        Args:
            which: indices of the rooms.
            plans: ``(B,)`` id of a plan to start, or `core.rooms.plan_ids.NO_PLAN` to continue the
                current one.
        """
        ...

    def scene(self, question: int) -> Scene:
        """The situation of a question's number."""
        ...


@dataclass(frozen=True, slots=True)
class StepResults:
    """Results of one primitive action in each of B rooms.

    Attributes:
        actions: ``(B,)`` primitive actions, 0..6.
        skills: ``(B,)`` which skill chose them (`core.rooms.plan.Skill`).
        rewards: ``(B,)``.
        terminated, truncated: ``(B,)``.
    """

    actions: Ints
    skills: Ints
    rewards: npt.NDArray[np.float64]
    terminated: npt.NDArray[np.bool_]
    truncated: npt.NDArray[np.bool_]


class LazyFeatures:
    """The features of one observation, encoded when first called.

    They are encoded from the engine's own arrays, which the next step overwrites. A first call after
    that is an error, because it would encode the next observation.

    Args:
        engine: whose rooms they are of.
        encode: makes them.
    """

    __slots__ = ("_encode", "_engine", "_features", "_num_moves")

    def __init__(self, engine: Engine, encode: Callable[[], npt.NDArray[np.int8]]) -> None:
        self._engine = engine
        self._num_moves = engine.num_moves
        self._encode = encode
        self._features: npt.NDArray[np.int8] | None = None

    def __call__(self) -> npt.NDArray[np.int8]:
        """``(B, width, height, C)``.

        Raises:
            RuntimeError: this is the first call, and the engine has moved since the observation.
        """
        if self._features is None:
            if self._engine.num_moves != self._num_moves:
                raise RuntimeError(
                    "the engine has moved since this observation: call features() before step()"
                )
            self._features = self._encode()
        return self._features
