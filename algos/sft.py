"""Supervised fine-tuning: the likelihood of the agent's answers (arXiv 2403.02502, section 3.1), and of each among others."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional
from torch.nn.utils.rnn import pad_sequence


def token_log_probs(logits: Tensor, targets: Tensor) -> Tensor:
    """Log-probability of each target, in nats.

    Args:
        logits: ``(N, vocabulary)``; of a shorter type than float32, they are computed with in float32.
        targets: ``(N,)`` numbers of tokens.

    Returns:
        ``(N,)``.
    """
    exact = logits.to(torch.promote_types(logits.dtype, torch.float32))
    return -functional.cross_entropy(exact, targets, reduction="none")


def sums_per_sequence(log_probs: Tensor, lengths: Sequence[int]) -> Tensor:
    """Log-probability of all answers of each sequence, given its observations.

    Args:
        log_probs: ``(N,)`` of the answer tokens, sequence after sequence.
        lengths: number of answer tokens of each of B sequences; their sum is N.

    Returns:
        ``(B,)``.
    """
    return torch.stack([part.sum() for part in log_probs.split(list(lengths))])


def sft_loss(log_probs: Tensor, num_tokens: int) -> Tensor:
    """Part of the mean negative log-likelihood of a batch's answer tokens; the parts add up to the mean.

    Args:
        log_probs: ``(N,)`` of some answer tokens of the batch.
        num_tokens: answer tokens of the whole batch.
    """
    return -log_probs.sum() / num_tokens


def choice_log_probs(totals: Tensor, choice_sizes: Sequence[int]) -> Tensor:
    """Log-probability of each answer, given that it is one of those that were possible.

    Args:
        totals: ``(S,)`` log-probabilities of whole answers, choice after choice, the given one first.
        choice_sizes: number of answers in each of C choices, at most K; their sum is S.

    Returns:
        ``(C, K)`` in nats, the given answer first; minus infinity where a choice has fewer answers.
    """
    rows = pad_sequence(
        totals.split(list(choice_sizes)), batch_first=True, padding_value=-torch.inf
    )
    return torch.log_softmax(rows, dim=1)
