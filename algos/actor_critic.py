"""The network interface of updates, and helpers that all updates share."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Protocol

import torch
from torch import Tensor, nn


class ActorCritic(Protocol):
    """A network with a policy and a value function."""

    def __call__(self, features: Tensor, options: Tensor) -> tuple[Tensor, Tensor]:
        """``(B, width, height, C)`` and ``(B,)`` -> ``(B, A)`` logits and ``(B,)`` values."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """All weights."""
        ...


def explained_variance(values: Tensor, returns: Tensor) -> float:
    """1 - Var(returns - values) / Var(returns), at most 1; 0 for returns that do not vary.

    Args:
        values: ``(B,)``.
        returns: ``(B,)``.
    """
    variance = returns.var(correction=0)
    if variance == 0:
        return 0.0
    return float(1 - (returns - values).var(correction=0) / variance)


def is_finite(network: ActorCritic, metrics: Mapping[str, float]) -> bool:
    """Whether all weights and all metrics of an update are finite numbers."""
    return all(map(isfinite, metrics.values())) and all(
        bool(weights.isfinite().all()) for weights in network.parameters()
    )


def set_learning_rate(optimizer: torch.optim.Optimizer, lr: float) -> None:
    """Set the learning rate of all parameter groups."""
    for group in optimizer.param_groups:
        group["lr"] = lr
