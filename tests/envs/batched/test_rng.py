"""The compiled generator is NumPy's, bit for bit."""

import numba
import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from envs.batched.rng import RNG_WORDS, STATE_HIGH, STATE_LOW, integer, seed_generator

seeds = st.integers(0, 2**63 - 1)


def seeded(seed):
    rng = np.zeros(RNG_WORDS, dtype=np.uint64)
    seed_generator(rng, seed)
    return rng


@numba.njit
def draw(rng, lows, highs):
    """Compiled as in real use, where words never become Python integers."""
    drawn = np.zeros(len(lows), dtype=np.int64)
    for i in range(len(lows)):
        drawn[i] = integer(rng, lows[i], highs[i])
    return drawn


@given(seeds)
@example(0)
@example(2**32 - 1)
@example(2**32)
def test_a_seed_sets_the_same_state(seed):
    state = np.random.PCG64(np.random.SeedSequence(seed)).state["state"]["state"]
    rng = seeded(seed)
    assert (int(rng[STATE_HIGH]) << 64) | int(rng[STATE_LOW]) == state


@given(seeds, st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 12)), min_size=1, max_size=80))
def test_small_ranges_give_the_same_numbers(seed, ranges):
    """Ranges of one number consume no bits, which the following draws show."""
    lows = np.array([low for low, _ in ranges])
    highs = lows + np.array([span for _, span in ranges])
    reference = np.random.default_rng(seed)
    expected = [reference.integers(low, high) for low, high in zip(lows, highs, strict=True)]
    assert draw(seeded(seed), lows, highs).tolist() == expected


@given(seeds)
def test_draws_that_lemire_rejects_are_drawn_again(seed):
    """Of a range of three quarters of 2**32 every fourth draw is rejected."""
    highs = np.full(50, 3 * 2**30)
    reference = np.random.default_rng(seed)
    expected = [reference.integers(0, high) for high in highs]
    assert draw(seeded(seed), np.zeros(50, dtype=np.int64), highs).tolist() == expected
