"""GAE against its definition and against sums done by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from algos.gae import gae

floats = st.floats(-10, 10, width=32)


def by_definition(rewards, values, last_value, gamma, lam):
    """Equation 16 of arXiv 1506.02438, term by term: A_t = sum_l (gamma lam)^l delta_(t+l)."""
    following = [*values[1:], last_value]
    deltas = [r + gamma * n - v for r, n, v in zip(rewards, following, values, strict=True)]
    steps = range(len(rewards))
    return [sum((gamma * lam) ** (k - t) * deltas[k] for k in steps if k >= t) for t in steps]


@given(
    st.integers(1, 30).flatmap(
        lambda t: st.tuples(
            hnp.arrays(np.float32, t, elements=floats), hnp.arrays(np.float32, t, elements=floats)
        )
    ),
    floats,
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_equals_the_quadratic_definition(columns, last_value, gamma, lam):
    rewards, values = columns
    advantages, returns = gae(rewards, values, last_value, gamma, lam)
    expected = by_definition(rewards.tolist(), values.tolist(), last_value, gamma, lam)
    np.testing.assert_allclose(advantages, expected, rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(returns, advantages + values, rtol=1e-6)


def test_a_terminated_episode_by_hand():
    """gamma = 0.5, lam = 0.5, rewards 0, 0, 1, values 1, 2, 4, terminated.

    delta_2 = 1 + 0 - 4 = -3
    delta_1 = 0 + 0.5 * 4 - 2 = 0
    delta_0 = 0 + 0.5 * 2 - 1 = 0
    A_2 = -3, A_1 = 0 + 0.25 * -3 = -0.75, A_0 = 0 + 0.25 * -0.75 = -0.1875
    """
    rewards = np.array([0, 0, 1], dtype=np.float32)
    values = np.array([1, 2, 4], dtype=np.float32)
    advantages, returns = gae(rewards, values, 0.0, 0.5, 0.5)
    assert advantages.tolist() == [-0.1875, -0.75, -3.0]
    assert returns.tolist() == [0.8125, 1.25, 1.0]


def test_a_truncated_episode_counts_the_value_of_its_end():
    """One step, gamma = 0.9: A = r + 0.9 * 10 - v = 1 + 9 - 4 = 6."""
    one = np.ones(1, dtype=np.float32)
    advantages, returns = gae(one, 4 * one, 10.0, 0.9, 0.3)
    assert advantages.tolist() == pytest.approx([6.0])
    assert returns.tolist() == pytest.approx([10.0])


def test_lambda_one_is_monte_carlo_whatever_the_critic_says():
    """With lam = 1 the returns are the discounted sums of rewards: 1 + 0.5 * (1 + 0.5 * 1)."""
    rewards = np.ones(3, dtype=np.float32)
    _, returns = gae(rewards, np.array([7, -3, 5], dtype=np.float32), 0.0, 0.5, 1.0)
    assert returns.tolist() == [1.75, 1.5, 1.0]
