"""The Lagrange multiplier of a limit on an average cost."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.lagrange import (
    LEARNING_RATE,
    MAX_MULTIPLIER,
    MAX_STEP,
    MIN_MULTIPLIER,
    update_multiplier,
)

costs = st.floats(0.01, 100)


def test_updates_by_hand():
    """4.4 is 10 % above a limit of 4; 40 is 900 % above, and the step is clipped."""
    assert update_multiplier(0.01, 4.4, 4) == pytest.approx(0.01 * exp(0.1 * LEARNING_RATE))
    assert update_multiplier(0.01, 40, 4) == pytest.approx(0.01 * exp(MAX_STEP))
    assert update_multiplier(0.01, 4, 4) == 0.01


@given(before=st.floats(0.002, 0.9), cost=costs, limit=costs)
def test_it_grows_above_the_limit_and_never_by_more_than_a_step(before, cost, limit):
    after = update_multiplier(before, cost, limit)
    assert (after > before) == (cost > limit) or after == pytest.approx(before)
    assert abs(log(after / before)) <= MAX_STEP * (1 + 1e-9)
    assert after > 0


def test_it_is_bounded_where_the_limit_cannot_be_met():
    assert update_multiplier(MAX_MULTIPLIER, 3, 2) == MAX_MULTIPLIER


def test_it_recovers_quickly_after_a_long_time_below_the_limit():
    multiplier = 0.01
    for _ in range(1000):
        multiplier = update_multiplier(multiplier, 3, 5)
    assert multiplier == MIN_MULTIPLIER
    for _ in range(50):
        multiplier = update_multiplier(multiplier, 6, 5)
    assert multiplier > 0.007


def test_it_converges_to_the_multiplier_that_meets_the_limit():
    """A cost of 1 / multiplier meets a limit of 5 at 0.2."""
    multiplier = 0.01
    for _ in range(400):
        multiplier = update_multiplier(multiplier, 1 / multiplier, 5)
    assert multiplier == pytest.approx(0.2, rel=0.01)
