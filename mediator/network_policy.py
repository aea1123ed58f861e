"""A policy that is a network: asks, or chooses, as it has learned."""

import numpy as np
import numpy.typing as npt
import torch

from algos.actor_critic import ActorCritic
from mediator.policies import Decisions, Foresee, Situations


class NetworkPolicy:
    """Decides by a network's probabilities.

    Args:
        network: the actor-critic.
        device: where it computes.
        greedy: take the likeliest action instead of drawing one.
    """

    def __init__(self, network: ActorCritic, device: str, *, greedy: bool = False) -> None:
        self._network = network
        self._device = device
        self._greedy = greedy

    def decide(
        self,
        situations: Situations,
        draws: npt.NDArray[np.float64],
        foresee: Foresee,  # noqa: ARG002 it has to do without
    ) -> Decisions:
        """One decision for each situation, drawn from the room's own generator."""
        logits, values = self._look(situations)
        probabilities = logits.softmax(dim=1).cpu().numpy()  # (B, A)
        if self._greedy:
            actions = probabilities.argmax(axis=1)
        else:
            # inverse transform sampling; a share of the last sum, which rounding may leave below 1
            cumulated = probabilities.cumsum(axis=1)
            actions = (cumulated <= draws[:, None] * cumulated[:, -1:]).sum(axis=1)
        taken = probabilities[np.arange(len(actions)), actions]
        return Decisions(actions, taken, values.cpu().numpy())

    def values(self, situations: Situations) -> npt.NDArray[np.float32]:
        """``(B,)`` the critic's estimates."""
        estimates: npt.NDArray[np.float32] = self._look(situations)[1].cpu().numpy()
        return estimates

    def _look(self, situations: Situations) -> tuple[torch.Tensor, torch.Tensor]:
        features = torch.from_numpy(situations.features()).to(self._device)
        options = torch.from_numpy(situations.options).to(self._device)
        with torch.inference_mode():
            logits, values = self._network(features, options)
        return logits, values
