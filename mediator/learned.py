"""A policy that is a network: asks, or chooses, as it has learned."""

import numpy as np
import numpy.typing as npt
import torch

from algos.actor_critic import ActorCritic
from mediator.ask import Decisions, Foresee, Situations


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
            # inverse transform sampling: the first action whose cumulated probability passes a draw
            passed = probabilities.cumsum(axis=1) <= draws[:, None]
            # rounding may leave the last sum below the draw: then the last action that can be
            last_possible = probabilities.shape[1] - 1 - (probabilities[:, ::-1] > 0).argmax(axis=1)
            actions = np.minimum(passed.sum(axis=1), last_possible)
        taken = np.take_along_axis(probabilities, actions[:, None], axis=1)[:, 0]
        return Decisions(actions.astype(np.int64), taken, values.cpu().numpy())

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
