"""A limit on the average turned into a price that is learned (Lagrange's multiplier)."""

from math import exp

GAIN, LIMIT = 0.4, 0.05
HIGHEST = 1.0
"""The whole reward of an episode: at a higher price nothing would be bought, either."""
LOWEST = 1e-3
"""A thousandth of it: nearer to 0, a price that is needed again would be too long in coming back."""


def update_multiplier(price: float, spent: float, budget: float) -> float:
    """The price after a batch in which `spent` was spent on average: dual ascent on its logarithm.

    It grows while more is spent than the budget allows and falls while less is, but by a few percent
    only: the first batches are far from any budget and must not throw it far off. It stays between
    `LOWEST` and `HIGHEST`.

    Args:
        price: so far, above 0.
        spent: on average, in the unit of the budget.
        budget: the limit, above 0.
    """
    excess = (spent - budget) / budget
    changed = price * exp(max(-LIMIT, min(LIMIT, GAIN * excess)))
    return max(LOWEST, min(HIGHEST, changed))
