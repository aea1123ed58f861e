"""A policy given by an actor-critic network."""

import numpy as np
import numpy.typing as npt
import torch

from algos.actor_critic import ActorCritic
from mediator.policies import Lookahead, Observations, PolicyOutput


class NetworkPolicy:
    """Samples actions from a network's probabilities.

    Args:
        network: the actor-critic.
        device: where it computes.
        greedy: take the most probable action instead of sampling one.
    """

    def __init__(self, network: ActorCritic, device: str, *, greedy: bool = False) -> None:
        self._network = network
        self._device = device
        self._greedy = greedy

    def decide(
        self,
        observations: Observations,
        uniforms: npt.NDArray[np.float64],
        lookahead: Lookahead,  # noqa: ARG002 only the oracle uses it
    ) -> PolicyOutput:
        """An action in each room, sampled with the room's own random number."""
        logits, values = self._forward(observations)
        probabilities = logits.softmax(dim=1).cpu().numpy()  # (B, A)
        if self._greedy:
            actions = probabilities.argmax(axis=1)
        else:
            # inverse transform sampling, relative to the last sum, which rounding may leave below 1
            cumulated = probabilities.cumsum(axis=1)
            actions = (cumulated <= uniforms[:, None] * cumulated[:, -1:]).sum(axis=1)
        taken = probabilities[np.arange(len(actions)), actions]
        return PolicyOutput(actions, taken, values.cpu().numpy())

    def values(self, observations: Observations) -> npt.NDArray[np.float32]:
        """``(B,)`` the critic's estimates of the return."""
        estimates: npt.NDArray[np.float32] = self._forward(observations)[1].cpu().numpy()
        return estimates

    def _forward(self, observations: Observations) -> tuple[torch.Tensor, torch.Tensor]:
        features = torch.from_numpy(observations.features()).to(self._device)
        options = torch.from_numpy(observations.options).to(self._device)
        with torch.inference_mode():
            logits, values = self._network(features, options)
        return logits, values
