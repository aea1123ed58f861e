"""The price of what is limited."""

from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from algos.lagrange import GAIN, HIGHEST, LIMIT, LOWEST, update_multiplier

amounts = st.floats(0.01, 100)


def test_by_hand():
    """4.4 where 4 are allowed is a tenth too much; ten times as much is met with patience."""
    assert update_multiplier(0.01, 4.4, 4) == pytest.approx(0.01 * exp(0.1 * GAIN))
    assert update_multiplier(0.01, 40, 4) == pytest.approx(0.01 * exp(LIMIT))
    assert update_multiplier(0.01, 4, 4) == 0.01


@given(price=st.floats(0.002, 0.9), spent=amounts, budget=amounts)
def test_it_rises_with_what_is_spent_and_never_by_more_than_a_step(price, spent, budget):
    now = update_multiplier(price, spent, budget)
    assert (now > price) == (spent > budget) or now == pytest.approx(price)
    assert abs(log(now / price)) <= LIMIT * (1 + 1e-9)
    assert now > 0


def test_it_has_an_end():
    """Where even silence spends more than the budget, the price does not grow for ever."""
    assert update_multiplier(HIGHEST, 3, 2) == HIGHEST


def test_it_is_soon_back_after_a_long_time_in_which_the_budget_was_more_than_helps():
    price = 0.01
    for _ in range(1000):
        price = update_multiplier(price, 3, 5)
    assert price == LOWEST
    for _ in range(50):
        price = update_multiplier(price, 6, 5)
    assert price > 0.007


def test_it_finds_the_price_at_which_just_the_budget_is_bought():
    """Somebody buys 1 / price; a budget of 5 means a price of 0.2."""
    price = 0.01
    for _ in range(400):
        price = update_multiplier(price, 1 / price, 5)
    assert price == pytest.approx(0.2, rel=0.01)
