"""A buffer keeps every step once, whatever the order."""

import numpy as np
import torch

from algos.buffer import Batch, RolloutBuffer


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


def add(buffer, length, last_value):
    ones = np.ones(length, dtype=np.float32)
    buffer.add_episode(
        features=np.zeros((length, 2, 2, 4), dtype=np.int8),
        options=np.full(length, length, dtype=np.int64),
        actions=np.arange(length),
        log_probs=-ones,
        values=0 * ones,
        rewards=ones,
        last_value=last_value,
    )


def test_a_batch_holds_the_episodes_one_after_the_other():
    """Undiscounted: the returns of 2 rewards of 1 are 2, 1; cut off before 10 more: 11."""
    buffer = RolloutBuffer(gamma=1.0, lam=1.0)
    add(buffer, 2, last_value=0.0)
    add(buffer, 1, last_value=10.0)
    batch = buffer.batch("cpu")
    assert len(batch) == 3
    assert batch.features.shape == (3, 2, 2, 4)
    assert batch.features.dtype is torch.int8
    assert batch.options.tolist() == [2, 2, 1]
    assert batch.returns.tolist() == [2, 1, 11]


def test_minibatches_hold_every_step_once_and_keep_its_columns_together():
    seen = []
    for minibatch in make_batch(10).minibatches(4, torch.Generator().manual_seed(0)):
        assert len(minibatch) <= 4
        assert minibatch.actions.tolist() == minibatch.returns.tolist()
        assert minibatch.actions.tolist() == minibatch.features.flatten().tolist()
        seen += minibatch.actions.tolist()
    assert sorted(seen) == list(range(10))


def test_the_order_comes_from_the_generator_alone():
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
