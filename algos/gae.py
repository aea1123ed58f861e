"""Generalized advantage estimation (Schulman et al. 2016, arXiv 1506.02438, equation 16)."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def gae(
    rewards: Floats, values: Floats, last_value: float, gamma: float, lam: float
) -> tuple[Floats, Floats]:
    """Advantages and returns of one episode.

    Args:
        rewards: ``(T,)``.
        values: ``(T,)`` the critic's estimate before each step.
        last_value: its estimate after the last step: 0 where the episode terminated, the critic's
            value where it was only cut off.
        gamma: discount.
        lam: 0 is the one-step advantage, 1 is Monte Carlo.

    Returns:
        ``(T,)`` advantages, and ``(T,)`` returns = advantages + values, the critic's targets.
    """
    next_values = np.append(values[1:], np.float32(last_value))
    deltas = rewards + gamma * next_values - values
    advantages = np.zeros_like(rewards)
    running = 0.0
    for t in reversed(range(len(rewards))):
        running = float(deltas[t]) + gamma * lam * running
        advantages[t] = running
    return advantages, advantages + values
