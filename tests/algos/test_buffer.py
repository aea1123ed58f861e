"""Batches: concatenated episodes, minibatches, normalized advantages."""

import math

import numpy as np
import pytest
import torch

from algos.buffer import Batch


def make_batch(n):
    numbers = torch.arange(n)
    return Batch(
        features=numbers.view(n, 1, 1, 1).to(torch.int8),
        options=numbers,
        actions=numbers,
        log_probs=numbers.float(),
        values=numbers.float(),
        advantages=numbers.float(),
        returns=numbers.float(),
    )


def test_a_batch_concatenates_episodes():
    """Undiscounted rewards of 1: 2 steps return 2, 1; 1 step truncated at a value of 10 returns 11."""
    batch = Batch.of_episodes(
        features=np.zeros((3, 2, 2, 4), dtype=np.int8),
        options=np.array([2, 2, 1]),
        actions=np.arange(3),
        probabilities=np.array([1, 0.5, 0.25], dtype=np.float32),
        values=np.zeros(3, dtype=np.float32),
        rewards=np.ones(3),
        lengths=np.array([2, 1]),
        last_values=np.array([0, 10], dtype=np.float32),
        gamma=1.0,
        lam=1.0,
        device="cpu",
    )
    assert len(batch) == 3
    assert batch.features.shape == (3, 2, 2, 4)
    assert batch.features.dtype is torch.int8
    assert batch.options.tolist() == [2, 2, 1]
    assert batch.log_probs.tolist() == pytest.approx([0, math.log(0.5), math.log(0.25)])
    assert batch.returns.tolist() == [2, 1, 11]
    assert {getattr(batch, name).dtype for name in ("log_probs", "advantages", "returns")} == {
        torch.float32
    }


def test_minibatches_contain_every_step_once_with_aligned_columns():
    seen = []
    for minibatch in make_batch(10).minibatches(4, torch.Generator().manual_seed(0)):
        assert len(minibatch) <= 4
        assert minibatch.actions.tolist() == minibatch.returns.tolist()
        assert minibatch.actions.tolist() == minibatch.features.flatten().tolist()
        seen += minibatch.actions.tolist()
    assert sorted(seen) == list(range(10))


def test_the_order_depends_only_on_the_generator():
    def order(seed):
        generator = torch.Generator().manual_seed(seed)
        return [mb.actions.tolist() for mb in make_batch(20).minibatches(7, generator)]

    assert order(3) == order(3)
    assert order(3) != order(4)


def test_normalized_advantages_have_mean_zero_and_deviation_one():
    batch = make_batch(5).normalized()
    assert torch.allclose(batch.advantages.mean(), torch.tensor(0.0), atol=1e-6)
    assert torch.allclose(batch.advantages.std(), torch.tensor(1.0), atol=1e-4)
    assert batch.returns.tolist() == [0, 1, 2, 3, 4]


def test_a_single_step_is_not_normalized():
    assert make_batch(1).normalized().advantages.tolist() == [0.0]
