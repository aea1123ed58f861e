"""What a question costs the agent, in units of reward."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from core.rooms.plan_ids import NO_PLAN

Plans = npt.NDArray[np.int64]
Cost = Callable[[Plans, Plans, float], npt.NDArray[np.float64]]
"""(answers, plans in hand, lambda) -> the price of each question. Plans are numbers of one book
(`core.rooms.plan_ids`), all ``(B,)``; `NO_PLAN` is in hand before the first answer."""


def paper_cost(answers: Plans, in_hand: Plans, ask_lambda: float) -> npt.NDArray[np.float64]:
    """The paper's rule: only a question that changed nothing is charged (section 4)."""
    return np.where(answers == in_hand, ask_lambda, 0.0)


def code_cost(answers: Plans, in_hand: Plans, ask_lambda: float) -> npt.NDArray[np.float64]:
    """The public code's rule: every question costs, a useless one more, a useful one less.

    ``lambda + 0.1 f``, f = 0.5 for the same plan, 0 for the first question, -0.1 for a new plan
    (FACTS section 5).
    """
    change = np.where(answers == in_hand, 0.5, -0.1)
    return ask_lambda + 0.1 * np.where(in_hand == NO_PLAN, 0.0, change)


def each_cost(answers: Plans, in_hand: Plans, ask_lambda: float) -> npt.NDArray[np.float64]:  # noqa: ARG001
    """Every question costs the same: what a budget of questions needs."""
    return np.full(len(answers), ask_lambda)


COSTS: Mapping[str, Cost] = {"paper": paper_cost, "code": code_cost, "each": each_cost}
