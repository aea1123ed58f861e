"""Proximal policy optimization, clipped (Schulman et al. 2017, arXiv 1707.06347, equation 7)."""

import torch
from torch import nn
from torch.distributions import Categorical

from algos.actor_critic import ActorCritic, explained_variance
from algos.buffer import Batch


class PPO:
    """Updates an actor-critic from a batch of its own steps.

    Args:
        network: the actor-critic.
        optimizer: over its weights.
        generator: draws the minibatches.
        epochs, batch_size: passes over a batch, and steps in a minibatch.
        clip_eps: how far the ratio, and the value, may move from the old ones.
        value_coef, max_grad_norm: weight of the value loss; bound of the gradient's norm.
    """

    def __init__(
        self,
        network: ActorCritic,
        optimizer: torch.optim.Optimizer,
        generator: torch.Generator,
        *,
        epochs: int,
        batch_size: int,
        clip_eps: float,
        value_coef: float,
        max_grad_norm: float,
    ) -> None:
        self.network = network
        self.optimizer = optimizer
        self.generator = generator
        self.epochs = epochs
        self.batch_size = batch_size
        self.clip_eps = clip_eps
        self.value_coef = value_coef
        self.max_grad_norm = max_grad_norm

    def update(self, batch: Batch, entropy_coef: float) -> dict[str, float]:
        """Several passes over the batch; returns the means of what is logged under ``train/``."""
        batch = batch.normalized()
        logs: list[list[torch.Tensor]] = []
        for _ in range(self.epochs):
            for mb in batch.minibatches(self.batch_size, self.generator):
                logits, values = self.network(mb.features, mb.options)
                policy = Categorical(logits=logits, validate_args=False)
                log_ratio = policy.log_prob(mb.actions) - mb.log_probs
                ratio = log_ratio.exp()
                clipped_ratio = ratio.clamp(1 - self.clip_eps, 1 + self.clip_eps)

                # policy loss, equation 7
                policy_loss = -torch.min(
                    ratio * mb.advantages, clipped_ratio * mb.advantages
                ).mean()

                # value loss, clipped like the reference's
                near = mb.values + (values - mb.values).clamp(-self.clip_eps, self.clip_eps)
                value_loss = torch.max((values - mb.returns) ** 2, (near - mb.returns) ** 2).mean()

                entropy = policy.entropy().mean()
                loss = policy_loss + self.value_coef * value_loss - entropy_coef * entropy

                self.optimizer.zero_grad()
                loss.backward()
                grad_norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.max_grad_norm)
                self.optimizer.step()

                with torch.no_grad():
                    # k3 of joschu.net/blog/kl-approx.html: unbiased, never negative
                    approx_kl = (ratio - 1 - log_ratio).mean()
                    clip_fraction = ((ratio - 1).abs() > self.clip_eps).float().mean()
                logs.append([policy_loss, value_loss, entropy, grad_norm, approx_kl, clip_fraction])
        names = ("policy_loss", "value_loss", "entropy", "grad_norm", "approx_kl", "clip_fraction")
        means = torch.stack([torch.stack(row).detach() for row in logs]).mean(0).tolist()
        report = dict(zip(names, means, strict=True))
        report["explained_variance"] = explained_variance(batch.values, batch.returns)
        return report
