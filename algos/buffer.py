"""One iteration's steps, side by side, ready for an update."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from algos.gae import Floats, gae


@dataclass(frozen=True, slots=True)
class Batch:
    """Steps in no particular order; B of them.

    Attributes:
        features: ``(B, width, height, C)`` int8.
        options: ``(B,)`` int64, which head decided.
        actions: ``(B,)`` int64.
        log_probs: ``(B,)`` float32, of the actions when they were taken.
        values: ``(B,)`` float32, the critic's estimates then.
        advantages, returns: ``(B,)`` float32.
    """

    features: Tensor
    options: Tensor
    actions: Tensor
    log_probs: Tensor
    values: Tensor
    advantages: Tensor
    returns: Tensor

    def __len__(self) -> int:
        """B."""
        return len(self.actions)

    def normalized(self) -> "Batch":
        """The same with advantages of mean 0 and standard deviation 1 (not for a single step)."""
        if len(self) < 2:
            return self
        scaled = (self.advantages - self.advantages.mean()) / (self.advantages.std() + 1e-8)
        return Batch(**{**self._tensors(), "advantages": scaled})

    def minibatches(self, size: int, generator: torch.Generator) -> Iterator["Batch"]:
        """All steps once, in a random order, `size` at a time; the last part may be smaller."""
        order = torch.randperm(len(self), generator=generator).to(self.actions.device)
        for indices in order.split(size):
            yield Batch(**{name: tensor[indices] for name, tensor in self._tensors().items()})

    def _tensors(self) -> dict[str, Tensor]:
        return {item.name: getattr(self, item.name) for item in fields(self)}


class RolloutBuffer:
    """Gathers whole episodes and makes a `Batch` of them."""

    def __init__(self, gamma: float, lam: float) -> None:
        self._gamma = gamma
        self._lam = lam
        self._episodes: list[dict[str, npt.NDArray[np.generic]]] = []

    def add_episode(
        self,
        *,
        features: npt.NDArray[np.int8],
        options: npt.NDArray[np.int64],
        actions: npt.NDArray[np.int64],
        log_probs: Floats,
        values: Floats,
        rewards: Floats,
        last_value: float,
    ) -> None:
        """Add T steps: ``(T, width, height, C)`` features, and ``(T,)`` of everything else.

        `last_value` is the critic's estimate after the last step, 0 if the episode terminated.
        """
        advantages, returns = gae(rewards, values, last_value, self._gamma, self._lam)
        self._episodes.append(
            {
                "features": features,
                "options": options,
                "actions": actions,
                "log_probs": log_probs,
                "values": values,
                "advantages": advantages,
                "returns": returns,
            }
        )

    def batch(self, device: str) -> Batch:
        """All steps gathered so far, on a device."""
        return Batch(
            **{
                item.name: torch.as_tensor(
                    np.concatenate([episode[item.name] for episode in self._episodes])
                ).to(device)
                for item in fields(Batch)
            }
        )
