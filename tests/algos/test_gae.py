"""GAE against its definition and against sums by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.gae import gae

floats = st.floats(-10, 10, width=32)


def by_definition(rewards, values, last_value, gamma, lam):
    """Equation 16 of arXiv 1506.02438, term by term: A_t = sum_l (gamma lam)^l delta_(t+l)."""
    following = [*values[1:], last_value]
    deltas = [r + gamma * n - v for r, n, v in zip(rewards, following, values, strict=True)]
    times = range(len(rewards))
    return [sum((gamma * lam) ** (k - t) * deltas[k] for k in times if k >= t) for t in times]


def one(rewards, values, last_value, gamma, lam):
    """GAE of a single episode."""
    columns = (np.array(column, dtype=np.float32) for column in (rewards, values))
    last_values = np.array([last_value], dtype=np.float32)
    return gae(*columns, np.array([len(rewards)]), last_values, gamma, lam)


steps = st.lists(st.tuples(floats, floats), min_size=1, max_size=30)


@given(st.lists(st.tuples(steps, floats), min_size=1, max_size=6), st.floats(0, 1), st.floats(0, 1))
def test_it_equals_the_quadratic_definition_for_any_concatenated_episodes(episodes, gamma, lam):
    rewards, values = np.array([step for steps, _ in episodes for step in steps], np.float32).T
    lengths = np.array([len(steps) for steps, _ in episodes])
    last_values = np.array([last for _, last in episodes], dtype=np.float32)
    advantages, returns = gae(rewards, values, lengths, last_values, gamma, lam)
    expected = []
    for steps, last_value in episodes:
        expected += by_definition(*zip(*steps, strict=True), last_value, gamma, lam)
    np.testing.assert_allclose(advantages, expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(returns, advantages + values, rtol=1e-6)


def test_a_terminated_episode_by_hand():
    """gamma = 0.5, lam = 0.5, rewards 0, 0, 1, values 1, 2, 4, terminated.

    delta_2 = 1 + 0 - 4 = -3
    delta_1 = 0 + 0.5 * 4 - 2 = 0
    delta_0 = 0 + 0.5 * 2 - 1 = 0
    A_2 = -3, A_1 = 0 + 0.25 * -3 = -0.75, A_0 = 0 + 0.25 * -0.75 = -0.1875
    """
    advantages, returns = one([0, 0, 1], [1, 2, 4], 0.0, 0.5, 0.5)
    assert advantages.tolist() == [-0.1875, -0.75, -3.0]
    assert returns.tolist() == [0.8125, 1.25, 1.0]


def test_a_truncated_episode_bootstraps_with_its_last_value():
    """One step, gamma = 0.9: A = r + 0.9 * 10 - v = 1 + 9 - 4 = 6."""
    advantages, returns = one([1], [4], 10.0, 0.9, 0.3)
    assert advantages.tolist() == pytest.approx([6.0])
    assert returns.tolist() == pytest.approx([10.0])


def test_lambda_one_is_monte_carlo_for_any_values():
    """With lam = 1 the returns are the discounted sums of rewards: 1 + 0.5 * (1 + 0.5 * 1)."""
    _, returns = one([1, 1, 1], [7, -3, 5], 0.0, 0.5, 1.0)
    assert returns.tolist() == [1.75, 1.5, 1.0]
