"""Generalized advantage estimation (Schulman et al. 2016, arXiv 1506.02438, equation 16)."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def gae(
    rewards: Floats,
    values: Floats,
    lengths: npt.NDArray[np.int64],
    last_values: Floats,
    gamma: float,
    lam: float,
) -> tuple[Floats, Floats]:
    """Advantages and returns of E concatenated episodes with S steps in all.

    Args:
        rewards: ``(S,)``.
        values: ``(S,)`` the critic's value before each step.
        lengths: ``(E,)`` number of steps of each episode, at least one.
        last_values: ``(E,)`` value after the last step: 0 if the episode terminated, the critic's
            value if it was truncated.
        gamma: discount.
        lam: 0 gives one-step advantages, 1 Monte Carlo.

    Returns:
        ``(S,)`` advantages, and ``(S,)`` returns = advantages + values, the critic's targets.
    """
    ends = np.cumsum(lengths) - 1
    next_values = np.append(values[1:], np.float32(0))
    next_values[ends] = last_values
    deltas = rewards + np.float32(gamma) * next_values - values

    # one row per episode, (E, T), zero after its end; summed from the last step backwards
    is_step = np.arange(lengths.max()) < lengths[:, None]
    padded = np.zeros(is_step.shape)
    padded[is_step] = deltas
    running = np.zeros(len(lengths))
    for t in reversed(range(is_step.shape[1])):
        running = padded[:, t] + gamma * lam * running
        padded[:, t] = running
    advantages = padded[is_step].astype(np.float32)
    return advantages, advantages + values
