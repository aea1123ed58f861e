"""Proximal policy optimization, clipped (Schulman et al. 2017, arXiv 1707.06347, equation 7)."""

from collections.abc import Iterator
from dataclasses import KW_ONLY, dataclass

import torch
from torch import nn

from algos.actor_critic import ActorCritic, explained_variance
from algos.buffer import Batch


@dataclass(frozen=True, slots=True)
class PPO:
    """Updates an actor-critic from a batch of its own steps.

    Attributes:
        network: the actor-critic.
        optimizer: of the network's parameters.
        generator: draws the minibatches.
        epochs: passes over the batch.
        batch_size: steps in a minibatch.
        clip_eps: largest difference of the ratio from 1, and of the value from the old one.
        max_kl: the update stops at a minibatch with a larger KL divergence from the old policy.
        value_coef: weight of the value loss.
        max_grad_norm: bound of the gradient's norm.
    """

    network: ActorCritic
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    _: KW_ONLY
    epochs: int
    batch_size: int
    clip_eps: float
    max_kl: float
    value_coef: float
    max_grad_norm: float

    def update(self, batch: Batch, entropy_coef: float) -> dict[str, float]:
        """`epochs` passes over the batch; returns the mean of each metric under ``train/``.

        Stopping at `max_kl` matters where all advantages are small: normalizing them amplifies noise,
        and Adam makes steps of full size of it.
        """
        batch = batch.normalized()
        logs: list[list[torch.Tensor]] = []
        for mb in self._passes(batch):
            logits, values = self.network(mb.features, mb.options)
            log_policy = logits.log_softmax(dim=1)  # (B, A)
            log_ratio = log_policy.gather(1, mb.actions[:, None])[:, 0] - mb.log_probs
            ratio = log_ratio.exp()
            clipped_ratio = ratio.clamp(1 - self.clip_eps, 1 + self.clip_eps)

            # policy loss, equation 7
            policy_loss = -torch.min(ratio * mb.advantages, clipped_ratio * mb.advantages).mean()

            # value loss, clipped as in the authors' code
            clipped_values = mb.values + (values - mb.values).clamp(-self.clip_eps, self.clip_eps)
            value_loss = torch.max(
                (values - mb.returns) ** 2, (clipped_values - mb.returns) ** 2
            ).mean()

            entropy = -(log_policy.exp() * log_policy).sum(dim=1).mean()
            loss = policy_loss + self.value_coef * value_loss - entropy_coef * entropy

            self.optimizer.zero_grad()
            loss.backward()
            grad_norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.max_grad_norm)

            with torch.no_grad():
                # k3 of joschu.net/blog/kl-approx.html: unbiased, never negative
                approx_kl = (ratio - 1 - log_ratio).mean()
                clip_fraction = ((ratio - 1).abs() > self.clip_eps).float().mean()
            row = [policy_loss, value_loss, entropy, grad_norm, approx_kl, clip_fraction]
            logs.append([number.detach() for number in row])
            if approx_kl.item() > self.max_kl:
                break
            self.optimizer.step()
        names = ("policy_loss", "value_loss", "entropy", "grad_norm", "approx_kl", "clip_fraction")
        means = torch.stack([torch.stack(row) for row in logs]).mean(0).tolist()
        report = dict(zip(names, means, strict=True))
        report["explained_variance"] = explained_variance(batch.values, batch.returns)
        return report

    def _passes(self, batch: Batch) -> Iterator[Batch]:
        """The minibatches of all passes, each pass in a new random order."""
        for _ in range(self.epochs):
            yield from batch.minibatches(self.batch_size, self.generator)
