"""The steps of one iteration as tensors for an update."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from algos.gae import Floats, gae


@dataclass(frozen=True, slots=True)
class Batch:
    """B steps, in no particular order.

    Attributes:
        features: ``(B, width, height, C)`` int8.
        options: ``(B,)`` int64, the option in progress; selects the network's head.
        actions: ``(B,)`` int64.
        log_probs: ``(B,)`` float32, of the actions under the policy that took them.
        values: ``(B,)`` float32, the critic's estimates at that time.
        advantages, returns: ``(B,)`` float32.
    """

    features: Tensor
    options: Tensor
    actions: Tensor
    log_probs: Tensor
    values: Tensor
    advantages: Tensor
    returns: Tensor

    @classmethod
    def of_episodes(
        cls,
        *,
        features: npt.NDArray[np.int8],
        options: npt.NDArray[np.int64],
        actions: npt.NDArray[np.int64],
        probabilities: Floats,
        values: Floats,
        rewards: npt.NDArray[np.float64],
        lengths: npt.NDArray[np.int64],
        last_values: Floats,
        gamma: float,
        lam: float,
        device: str,
    ) -> "Batch":
        """All steps of E concatenated episodes, on a device.

        The columns are ``(B, ...)`` as above; `lengths` ``(E,)``, `last_values` ``(E,)``, `gamma` and
        `lam` are those of `algos.gae.gae`.
        """
        advantages, returns = gae(
            rewards.astype(np.float32), values, lengths, last_values, gamma, lam
        )
        columns = (features, options, actions, np.log(probabilities), values, advantages, returns)
        return cls(*(torch.from_numpy(column).to(device) for column in columns))

    def __len__(self) -> int:
        """B."""
        return len(self.actions)

    def normalized(self) -> "Batch":
        """The same with advantages of mean 0 and standard deviation 1; unchanged if B is 1."""
        if len(self) < 2:
            return self
        scaled = (self.advantages - self.advantages.mean()) / (self.advantages.std() + 1e-8)
        return Batch(**{**self._tensors(), "advantages": scaled})

    def minibatches(self, size: int, generator: torch.Generator) -> Iterator["Batch"]:
        """Each step once in random order, `size` at a time; the last minibatch may be smaller."""
        order = torch.randperm(len(self), generator=generator).to(self.actions.device)
        for indices in order.split(size):
            yield Batch(**{name: tensor[indices] for name, tensor in self._tensors().items()})

    def _tensors(self) -> dict[str, Tensor]:
        return {item.name: getattr(self, item.name) for item in fields(self)}
