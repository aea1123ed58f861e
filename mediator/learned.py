"""A policy that is a network: asks, or chooses, as it has learned."""

from collections.abc import Sequence

import numpy as np
import torch

from algos.actor_critic import ActorCritic
from mediator.ask import Decisions, Situation


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

    def decide(self, situations: Sequence[Situation]) -> Decisions:
        """One decision for each situation, drawn from the room's own generator."""
        features = torch.from_numpy(np.stack([at.features for at in situations])).to(self._device)
        options = torch.tensor([at.option for at in situations], device=self._device)
        with torch.inference_mode():
            logits, values = self._network(features, options)
            probabilities = logits.softmax(dim=1).cpu().numpy()  # (B, A)
        if self._greedy:
            actions = probabilities.argmax(axis=1)
        else:
            # inverse transform sampling: the first action whose cumulated probability passes a draw
            draws = np.array([at.rng.random() for at in situations])  # in double: never 1
            passed = probabilities.cumsum(axis=1) <= draws[:, None]
            # rounding may leave the last sum below the draw: then the last action that can be
            last_possible = probabilities.shape[1] - 1 - (probabilities[:, ::-1] > 0).argmax(axis=1)
            actions = np.minimum(passed.sum(axis=1), last_possible)
        taken = np.take_along_axis(probabilities, actions[:, None], axis=1)[:, 0]
        return Decisions(actions.astype(np.int64), taken, values.cpu().numpy())
