"""Likelihoods of answers, by hand."""

import math

import pytest
import torch

from algos.sft import sft_loss, sums_per_sequence, token_log_probs


def test_a_log_probability_is_that_of_the_target():
    """Logits 0 and log 3 are the probabilities 1/4 and 3/4; equal logits of five tokens are 1/5 each."""
    pair = torch.tensor([[0.0, math.log(3)]] * 2)
    found = token_log_probs(pair, torch.tensor([0, 1]))
    assert found.tolist() == pytest.approx([math.log(1 / 4), math.log(3 / 4)])
    found = token_log_probs(torch.full((1, 5), 7.0), torch.tensor([2]))
    assert found.tolist() == pytest.approx([math.log(1 / 5)])


def test_short_logits_are_computed_with_in_float32():
    """The probability of the least likely of 300 equal ones is exact to seven digits, which bfloat16 has not."""
    found = token_log_probs(torch.zeros(1, 300, dtype=torch.bfloat16), torch.tensor([0]))
    assert found.dtype == torch.float32
    assert found.item() == pytest.approx(-math.log(300), rel=1e-6)


def test_no_answer_tokens_have_no_log_probabilities():
    assert token_log_probs(torch.zeros(0, 5), torch.zeros(0, dtype=torch.long)).shape == (0,)


def test_sums_are_over_the_answers_of_each_sequence():
    """1 + 2, nothing, and 4 + 8 + 16."""
    sums = sums_per_sequence(torch.tensor([1.0, 2.0, 4.0, 8.0, 16.0]), (2, 0, 3))
    assert sums.tolist() == [3, 0, 28]


def test_parts_of_a_loss_add_up_to_the_mean_over_all_tokens():
    """(1 + 2 + 3 + 6) / 4 = 3, however the four tokens are divided."""
    log_probs = -torch.tensor([1.0, 2.0, 3.0, 6.0])
    for first in range(5):
        parts = [sft_loss(part, 4) for part in log_probs.split((first, 4 - first))]
        assert sum(parts).item() == pytest.approx(3)


def test_the_gradient_is_that_of_finite_differences():
    logits = torch.randn(6, 5, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    targets = torch.tensor([0, 4, 2, 2, 1, 3])

    def loss(logits):
        return sft_loss(token_log_probs(logits, targets), 6)

    assert torch.autograd.gradcheck(loss, logits.requires_grad_())
