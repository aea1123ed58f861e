"""What a question costs the agent, in units of reward.

A rule prices one question, or many at once: its arguments are booleans or boolean arrays.
"""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

Bools = bool | npt.NDArray[np.bool_]
Cost = Callable[[Bools, Bools, float], npt.NDArray[np.float64]]
"""(the answer is the current plan, it is the first question, lambda) -> the ask cost."""


def paper_cost(is_same: Bools, is_first: Bools, ask_lambda: float) -> npt.NDArray[np.float64]:  # noqa: ARG001
    """The paper's rule: only a question that changes nothing costs (arXiv 2306.03604, section 4)."""
    return np.where(is_same, ask_lambda, 0.0)


def code_cost(is_same: Bools, is_first: Bools, ask_lambda: float) -> npt.NDArray[np.float64]:
    """The public code's rule: every question costs, more if it changes nothing, less if it does.

    ``lambda + 0.1 f``, f = 0.5 for the same plan, 0 for the first question, -0.1 for a new plan
    (docs/METHOD.md).
    """
    change = np.where(is_same, 0.5, -0.1)
    return ask_lambda + 0.1 * np.where(is_first, 0.0, change)


def each_cost(is_same: Bools, is_first: Bools, ask_lambda: float) -> npt.NDArray[np.float64]:  # noqa: ARG001
    """Every question costs the same: what a budget of questions needs."""
    return np.full(np.shape(is_same), ask_lambda)


COSTS: Mapping[str, Cost] = {"paper": paper_cost, "code": code_cost, "each": each_cost}
