"""Integer ids of plans, so that engines and policies exchange arrays of numbers."""

import numpy as np
import numpy.typing as npt
from minigrid.core.constants import COLOR_TO_IDX

from core.rooms.plan import KINDS, MAX_SUB_GOALS, Plan

NO_PLAN = -1
"""In place of a plan's id: there is no current plan, or the current plan continues."""
ANY = -1
"""In place of a kind or colour that a sub-goal does not name."""


class PlanIds:
    """Assigns every distinct plan an id, from 0 upwards.

    Attributes:
        rows: ``(P, MAX_SUB_GOALS, 4)`` int32: skill, index of the target's kind in
            `core.rooms.plan.KINDS`, MiniGrid's index of its colour, and option of each sub-goal. Rows
            from ``len(self)`` on are unused.
        lengths: ``(P,)`` int32, number of sub-goals of each plan.
    """

    def __init__(self) -> None:
        self._ids: dict[Plan, int] = {}
        self._plans: list[Plan] = []
        self.rows: npt.NDArray[np.int32] = np.zeros((16, MAX_SUB_GOALS, 4), dtype=np.int32)
        self.lengths: npt.NDArray[np.int32] = np.zeros(16, dtype=np.int32)

    def __len__(self) -> int:
        """Number of plans with an id."""
        return len(self._plans)

    def __getitem__(self, plan_id: int) -> Plan:
        """The plan with an id."""
        return self._plans[plan_id]

    def id_of(self, plan: Plan) -> int:
        """The id of a plan; equal plans have the same id."""
        if plan not in self._ids:
            plan_id = len(self._plans)
            self._ids[plan] = plan_id
            self._plans.append(plan)
            if plan_id == len(self.rows):
                self.rows = np.concatenate((self.rows, np.zeros_like(self.rows)))
                self.lengths = np.concatenate((self.lengths, np.zeros_like(self.lengths)))
            self.lengths[plan_id] = len(plan)
            for row, sub_goal in zip(self.rows[plan_id], plan, strict=False):
                name = sub_goal.target
                row[:] = (
                    sub_goal.skill,
                    ANY if name is None else KINDS.index(name.kind),
                    ANY if name is None or name.color is None else COLOR_TO_IDX[name.color],
                    sub_goal.option,
                )
        return self._ids[plan]
