"""What a question costs the agent, in units of reward."""

from collections.abc import Callable, Mapping

from core.plan import Plan

Cost = Callable[[Plan, Plan | None, float], float]
"""(answer, plan in hand or None before the first, lambda) -> price of this question."""


def paper_cost(answer: Plan, in_hand: Plan | None, ask_lambda: float) -> float:
    """The paper's rule: only a question that changed nothing is charged (section 4)."""
    return ask_lambda if answer == in_hand else 0.0


def code_cost(answer: Plan, in_hand: Plan | None, ask_lambda: float) -> float:
    """The public code's rule: every question costs, a useless one more, a useful one less.

    ``lambda + 0.1 f``, f = 0.5 for the same plan, 0 for the first question, -0.1 for a new plan
    (FACTS section 5).
    """
    if in_hand is None:
        return ask_lambda
    return ask_lambda + 0.1 * (0.5 if answer == in_hand else -0.1)


COSTS: Mapping[str, Cost] = {"paper": paper_cost, "code": code_cost}
