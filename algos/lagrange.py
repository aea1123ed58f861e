"""A Lagrange multiplier that keeps an average cost at its limit."""

from math import exp

LEARNING_RATE = 0.4
MAX_STEP = 0.05
"""Largest change of the multiplier's logarithm in one update."""
MAX_MULTIPLIER = 1.0
"""The whole reward of an episode; at this price no question is worth its cost."""
MIN_MULTIPLIER = 1e-3
"""Closer to 0, a multiplier that is needed again would take too many updates to grow back."""


def update_multiplier(multiplier: float, cost: float, limit: float) -> float:
    """The multiplier after one batch: dual ascent on its logarithm.

    It grows while the cost is above the limit and falls while it is below, by at most `MAX_STEP`: the
    first batches are far from any limit and must not move it too far. It stays between
    `MIN_MULTIPLIER` and `MAX_MULTIPLIER`.

    Args:
        multiplier: the current value, above 0.
        cost: average cost of the batch.
        limit: of the cost, in the same unit, above 0.
    """
    excess = (cost - limit) / limit
    changed = multiplier * exp(max(-MAX_STEP, min(MAX_STEP, LEARNING_RATE * excess)))
    return max(MIN_MULTIPLIER, min(MAX_MULTIPLIER, changed))
