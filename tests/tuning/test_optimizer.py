"""The learning rate rises and falls as worked out by hand."""

import pytest
import torch

from tuning.optimizer import learning_rate, make_optimizer
from tuning.recipe import Recipe


def rates(num_steps, **changes):
    recipe = Recipe(0.6, **changes)
    return [learning_rate(step, num_steps, recipe) for step in range(num_steps)]


def test_a_cosine_falls_after_the_warm_up():
    """Two of six steps rise by thirds; four fall by quarters of half a cosine: 1, 0.854, 0.5, 0.146."""
    expected = [0.2, 0.4, 0.6, 0.6 * 0.8535534, 0.3, 0.6 * 0.1464466]
    assert rates(6, warmup=0.25) == pytest.approx(expected)


def test_a_constant_stays_after_the_warm_up():
    assert rates(4, warmup=0.25, schedule="constant") == pytest.approx([0.3, 0.6, 0.6, 0.6])


def test_no_step_is_made_for_nothing():
    assert all(rate > 0 for rate in rates(3, warmup=1.0) + rates(1) + rates(2, warmup=0.0))


def test_the_first_step_of_the_optimizer_has_the_size_of_the_learning_rate():
    """Of Adam, whatever the gradient; and without weight decay a weight without gradient stays."""
    weights = torch.nn.Parameter(torch.tensor([5.0, 5.0]))
    optimizer = make_optimizer([weights], Recipe(0.25))
    weights.grad = torch.tensor([3.0, 0.0])
    optimizer.step()
    assert weights.tolist() == pytest.approx([4.75, 5])
