"""Margins and losses of pairs, by hand."""

import math

import pytest
import torch

from algos.dpo import LogProbs, dpo_losses, dpo_margins


def log_probs(chosen, rejected):
    return LogProbs(torch.tensor(chosen), torch.tensor(rejected))


def test_a_margin_is_the_difference_of_both_changes_times_beta():
    """0.5 * ((-3 - -5) - (-9 - -4)) = 0.5 * (2 + 5) = 3.5; and 0.5 * ((-6 + 5) - (-4 + 4)) = -0.5."""
    margins = dpo_margins(log_probs([-3.0, -6], [-9.0, -4]), log_probs([-5.0, -5], [-4.0, -4]), 0.5)
    assert margins.tolist() == [3.5, -0.5]


def test_a_loss_is_the_negative_log_probability_that_the_chosen_side_is_preferred():
    """sigmoid(0) = 1/2, sigmoid(log 3) = 3/4, sigmoid(-log 3) = 1/4."""
    losses = dpo_losses(torch.tensor([0.0, math.log(3), -math.log(3)]))
    assert losses.tolist() == pytest.approx([math.log(2), math.log(4 / 3), math.log(4)])


def test_a_large_margin_either_way_stays_finite():
    assert dpo_losses(torch.tensor([1e4, -1e4])).tolist() == [0, 1e4]


def test_the_gradient_is_that_of_finite_differences():
    generator = torch.Generator().manual_seed(0)
    chosen, rejected = torch.randn(2, 4, dtype=torch.float64, generator=generator).unbind()
    reference = log_probs([0.3, -0.2, 1.0, 2.0], [0.1, 0.5, -1.0, 3.0])

    def loss(chosen, rejected):
        return dpo_losses(dpo_margins(LogProbs(chosen, rejected), reference, 0.7)).sum()

    assert torch.autograd.gradcheck(loss, (chosen.requires_grad_(), rejected.requires_grad_()))


def test_at_the_start_the_gradient_raises_the_chosen_side_and_lowers_the_rejected_one_by_half_of_beta():
    """The derivative of -log sigmoid(m) is sigmoid(m) - 1, at 0 -1/2."""
    chosen, rejected = torch.zeros(1, requires_grad=True), torch.zeros(1, requires_grad=True)
    margins = dpo_margins(LogProbs(chosen, rejected), log_probs([0.0], [0.0]), 0.1)
    dpo_losses(margins).sum().backward()
    assert chosen.grad.item() == pytest.approx(-0.05)
    assert rejected.grad.item() == pytest.approx(0.05)
