"""What steps rooms: the interface of the two engines, and the choice between them."""

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
    """Rooms of one task, told apart by their index.

    Attributes:
        task: which task.
        num_rooms: how many rooms.
        max_steps: an episode is truncated then.
        features_shape: (width, height, C) of what a policy sees.
        plan_ids: numbers the plans.
    """

    task: RoomTask
    num_rooms: int
    max_steps: int
    features_shape: tuple[int, int, int]
    plan_ids: PlanIds

    def reset(self, which: Ints, seeds: Ints) -> None:
        """Draw the layouts of some seeds in ``(B,)`` rooms, each at most once."""
        ...

    def observe(self, which: Ints) -> Observations:
        """What there is to know before a decision in each of ``(B,)`` rooms."""
        ...

    def step(self, which: Ints, plans: Ints) -> "StepResults":
        """Do one primitive action in each of ``(B,)`` rooms, each at most once.

        Args:
            which: indices of the rooms.
            plans: ``(B,)`` number of the plan to take in hand first, or `core.rooms.plan_ids.NO_PLAN`
                to go on with the one in hand.
        """
        ...

    def scene(self, question: int) -> Scene:
        """What a question's number stands for."""
        ...


@dataclass(frozen=True, slots=True)
class StepResults:
    """What one primitive action led to in each of B rooms.

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
