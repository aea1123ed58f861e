"""Plans by number: engines and policies hand around numbers, and this says what they mean."""

import numpy as np
import numpy.typing as npt
from minigrid.core.constants import COLOR_TO_IDX

from core.rooms.plan import KINDS, MAX_SUB_GOALS, Plan

NO_PLAN = -1
"""In place of a plan's number: none in hand, or go on with the one in hand."""
ANY = -1
"""In place of a kind or a colour that a sub-goal does not name."""


class PlanIds:
    """Gives every distinct plan a number, from 0 upwards.

    Attributes:
        rows: ``(P, MAX_SUB_GOALS, 4)`` int32: of each sub-goal its skill, its target's place in
            `core.rooms.plan.KINDS`, its colour's index in MiniGrid, and its option. Rows from `len` on
            mean nothing.
        lengths: ``(P,)`` int32, how many sub-goals a plan has.
    """

    def __init__(self) -> None:
        self._numbers: dict[Plan, int] = {}
        self._plans: list[Plan] = []
        self.rows: npt.NDArray[np.int32] = np.zeros((16, MAX_SUB_GOALS, 4), dtype=np.int32)
        self.lengths: npt.NDArray[np.int32] = np.zeros(16, dtype=np.int32)

    def __len__(self) -> int:
        """How many plans have a number."""
        return len(self._plans)

    def __getitem__(self, number: int) -> Plan:
        """The plan of a number."""
        return self._plans[number]

    def id_of(self, plan: Plan) -> int:
        """A plan's number; equal plans have the same."""
        if plan not in self._numbers:
            number = len(self._plans)
            self._numbers[plan] = number
            self._plans.append(plan)
            if number == len(self.rows):
                self.rows = np.concatenate((self.rows, np.zeros_like(self.rows)))
                self.lengths = np.concatenate((self.lengths, np.zeros_like(self.lengths)))
            self.lengths[number] = len(plan)
            for row, sub_goal in zip(self.rows[number], plan, strict=False):
                name = sub_goal.target
                row[:] = (
                    sub_goal.skill,
                    ANY if name is None else KINDS.index(name.kind),
                    ANY if name is None or name.color is None else COLOR_TO_IDX[name.color],
                    sub_goal.option,
                )
        return self._numbers[plan]
