"""What an update needs of a network, and the numbers every update reports."""

from collections.abc import Iterator
from typing import Protocol

import torch
from torch import Tensor, nn


class ActorCritic(Protocol):
    """A network with a policy and a critic."""

    def __call__(self, features: Tensor, options: Tensor) -> tuple[Tensor, Tensor]:
        """``(B, width, height, C)`` and ``(B,)`` -> ``(B, A)`` logits and ``(B,)`` values."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """All weights."""
        ...


def explained_variance(values: Tensor, returns: Tensor) -> float:
    """Share of the returns' variance that the values account for; 1 is perfect, 0 is none.

    0 where the returns do not vary at all.
    """
    variance = returns.var(correction=0)
    if variance == 0:
        return 0.0
    return float(1 - (returns - values).var(correction=0) / variance)


def set_learning_rate(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of all weights."""
    for group in optimizer.param_groups:
        group["lr"] = lr
