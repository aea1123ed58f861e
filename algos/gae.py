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
    """Advantages and returns of E episodes that stand one after the other; S steps in all.

    Args:
        rewards: ``(S,)``.
        values: ``(S,)`` the critic's estimate before each step.
        lengths: ``(E,)`` steps of each episode, at least one.
        last_values: ``(E,)`` its estimate after the last step: 0 where the episode terminated, the
            critic's value where it was only cut off.
        gamma: discount.
        lam: 0 is the one-step advantage, 1 is Monte Carlo.

    Returns:
        ``(S,)`` advantages, and ``(S,)`` returns = advantages + values, the critic's targets.
    """
    ends = np.cumsum(lengths) - 1
    next_values = np.append(values[1:], np.float32(0))
    next_values[ends] = last_values
    deltas = rewards + np.float32(gamma) * next_values - values

    # all episodes side by side, from the end backwards: (E, T), with nothing behind an end
    is_step = np.arange(lengths.max()) < lengths[:, None]
    padded = np.zeros(is_step.shape)
    padded[is_step] = deltas
    running = np.zeros(len(lengths))
    for t in reversed(range(is_step.shape[1])):
        running = padded[:, t] + gamma * lam * running
        padded[:, t] = running
    advantages = padded[is_step].astype(np.float32)
    return advantages, advantages + values
