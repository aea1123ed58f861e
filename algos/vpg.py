"""Vanilla policy gradient with a critic, in the two forms of the authors' code.

`vpg_ratio` maximizes the advantage weighted by the probability ratio, `vpg_logp` by the log
likelihood. At the old policy both have the same gradient (Williams 1992; Sutton et al. 2000); they
differ after the first minibatch of an iteration, because only the ratio corrects for old steps.
"""

from dataclasses import KW_ONLY, dataclass

import torch
from torch import nn
from torch.distributions import Categorical

from algos.actor_critic import ActorCritic, explained_variance
from algos.buffer import Batch


@dataclass(frozen=True, slots=True)
class VPG:
    """Updates an actor-critic with one pass over a batch of its own steps.

    Attributes:
        network: the actor-critic.
        optimizer: of the network's parameters.
        generator: draws the minibatches.
        objective: ``ratio`` or ``logp``.
        batch_size: steps in a minibatch.
        value_coef: weight of the value loss.
        max_grad_norm: bound of the gradient's norm.
    """

    network: ActorCritic
    optimizer: torch.optim.Optimizer
    generator: torch.Generator
    _: KW_ONLY
    objective: str
    batch_size: int
    value_coef: float
    max_grad_norm: float

    def update(self, batch: Batch, entropy_coef: float) -> dict[str, float]:
        """One pass over the batch; returns the mean of each metric under ``train/``."""
        batch = batch.normalized()
        logs: list[list[torch.Tensor]] = []
        for mb in batch.minibatches(self.batch_size, self.generator):
            logits, values = self.network(mb.features, mb.options)
            policy = Categorical(logits=logits, validate_args=False)
            log_probs = policy.log_prob(mb.actions)
            log_ratio = log_probs - mb.log_probs
            ratio = log_ratio.exp()

            weight = ratio if self.objective == "ratio" else log_probs
            policy_loss = -(weight * mb.advantages).mean()
            value_loss = ((values - mb.returns) ** 2).mean()
            entropy = policy.entropy().mean()
            loss = policy_loss + self.value_coef * value_loss - entropy_coef * entropy

            self.optimizer.zero_grad()
            loss.backward()
            grad_norm = nn.utils.clip_grad_norm_(self.network.parameters(), self.max_grad_norm)
            self.optimizer.step()

            approx_kl = (ratio - 1 - log_ratio).detach().mean()
            logs.append([policy_loss, value_loss, entropy, grad_norm, approx_kl])
        names = ("policy_loss", "value_loss", "entropy", "grad_norm", "approx_kl")
        means = torch.stack([torch.stack(row).detach() for row in logs]).mean(0).tolist()
        report = dict(zip(names, means, strict=True))
        report["explained_variance"] = explained_variance(batch.values, batch.returns)
        return report
