"""What a stage minimizes: imitation of trajectories, or preference of one side of pairs over the other.

Both are computed for a micro-batch at a time. Its loss and metrics are parts of means over the whole batch and add up
to them, so that neither micro-batches nor processes change a mean.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from algos.dpo import LogProbs, dpo_losses, dpo_margins
from algos.sft import choice_log_probs, sft_loss, sums_per_sequence
from tuning.batches import num_answer_tokens
from tuning.encoding import Sample, SamplePair
from tuning.weights import Scores

FALL = 5.0
"""Nats; a larger fall of the chosen side's log-probability is warned of: the model unlearns it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A micro-batch's part of a batch.

    Attributes:
        loss: scalar, with gradient.
        metrics: ``(M,)``, in the order of `Objective.metrics`.
    """

    loss: Tensor
    metrics: Tensor


class Objective(Protocol):
    """What a stage minimizes."""

    @property
    def name(self) -> str:
        """The stage's kind, which is also the group of its metrics."""
        ...

    @property
    def metrics(self) -> tuple[str, ...]:
        """Their names, without group."""
        ...

    def part(self, batch: Sequence[int], items: Sequence[int], scores: Scores) -> Part:
        """Loss and metrics of a micro-batch.

        Args:
            batch: the items of the whole batch.
            items: those of the micro-batch.
            scores: of their answer tokens: the first sequence of every item, then the second of every item.
        """
        ...


class Imitation:
    """Mean negative log-likelihood of all answer tokens of a batch.

    Where samples have other answers, the mean negative log-likelihood of each given answer among them is added.

    Args:
        samples: what is imitated.
    """

    name = "sft"
    always = ("loss", "token_accuracy", "tokens")
    of_choices = ("choice_loss", "choice_accuracy")

    def __init__(self, samples: Sequence[Sample]) -> None:
        self._num_tokens = [num_answer_tokens(sample) for sample in samples]
        self._num_choices = [len(sample.choices) for sample in samples]

    @property
    def metrics(self) -> tuple[str, ...]:
        """See `Objective.metrics`."""
        return (*self.always, *(self.of_choices if any(self._num_choices) else ()))

    def part(self, batch: Sequence[int], items: Sequence[int], scores: Scores) -> Part:
        """See `Objective.part`."""
        num_tokens = max(1, sum(self._num_tokens[item] for item in batch))
        loss = sft_loss(scores.log_probs, num_tokens)
        num_right = scores.is_top.sum()
        num_here = loss.new_tensor(sum(self._num_tokens[item] for item in items))
        means = [loss.detach(), num_right / num_tokens, num_here]
        if any(self._num_choices):
            num_choices = max(1, sum(self._num_choices[item] for item in batch))
            if scores.choice_sizes:
                among = choice_log_probs(scores.totals, scores.choice_sizes)
                choice_loss = -among[:, 0].sum() / num_choices
                num_likeliest = (among.argmax(dim=1) == 0).sum()
            else:
                choice_loss, num_likeliest = loss.new_zeros(()), loss.new_zeros(())
            loss = loss + choice_loss
            means += [choice_loss.detach(), num_likeliest / num_choices]
        return Part(loss, torch.stack(means))


class Preference:
    """Mean contrastive loss of the pairs of a batch, and the chosen sides' imitation beside it.

    Args:
        pairs: chosen and rejected sides.
        reference: ``(number of pairs,)`` log-probabilities at the start of the stage, on the device.
        beta: see `algos.dpo.dpo_margins`.
        sft_weight: of the chosen sides' mean negative log-likelihood per answer token.
    """

    name = "dpo"
    metrics = (
        "loss",
        "sft_term",
        "margin",
        "accuracy",
        "chosen_log_prob",
        "rejected_log_prob",
        "chosen_change",
        "rejected_change",
    )

    def __init__(
        self, pairs: Sequence[SamplePair], reference: LogProbs, beta: float, sft_weight: float
    ) -> None:
        self._num_tokens = [num_answer_tokens(pair.chosen) for pair in pairs]
        self._reference = reference
        self._beta, self._sft_weight = beta, sft_weight

    def part(self, batch: Sequence[int], items: Sequence[int], scores: Scores) -> Part:
        """See `Objective.part`."""
        num_pairs = len(batch)
        num_tokens = max(1, sum(self._num_tokens[item] for item in batch))
        numbers = list(items)
        reference = LogProbs(self._reference.chosen[numbers], self._reference.rejected[numbers])
        policy = pair_log_probs(scores)
        margins = dpo_margins(policy, reference, self._beta)
        loss = dpo_losses(margins).sum() / num_pairs
        sft_term = sft_loss(policy.chosen, num_tokens)
        means = (
            margins,
            (margins > 0).float(),
            policy.chosen,
            policy.rejected,
            policy.chosen - reference.chosen,
            policy.rejected - reference.rejected,
        )
        parts = (loss, sft_term, *(values.sum() / num_pairs for values in means))
        return Part(loss + self._sft_weight * sft_term, torch.stack(parts).detach())


def stage_warnings(rows: Sequence[Mapping[str, float]]) -> tuple[str, ...]:
    """What the user should know: whether the chosen sides have become much less likely.

    Args:
        rows: metrics of the last pass over the data.
    """
    change = sum(row.get("dpo/chosen_change", 0.0) for row in rows) / len(rows)
    if change >= -FALL:
        return ()
    return (
        f"the chosen answers' log-probability fell by {-change:.1f} nats on average: the model unlearns "
        "them; a smaller learning rate, a larger beta or an SFT term keeps them",
    )


def pair_items(pairs: Sequence[SamplePair]) -> list[tuple[Sample, ...]]:
    """The two sequences of each pair, the chosen one first."""
    return [(pair.chosen, pair.rejected) for pair in pairs]


def pair_log_probs(scores: Scores) -> LogProbs:
    """Log-probabilities of B pairs, from scores of B chosen sides followed by those of the B rejected ones."""
    chosen, rejected = sums_per_sequence(scores.log_probs, scores.lengths).chunk(2)
    return LogProbs(chosen, rejected)
