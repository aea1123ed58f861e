"""The case of a reset."""

from collections import Counter

import numpy as np
import pytest

from envs.text.arguments import chosen_case


def never():
    pytest.fail("the cases are read although one is named")


def test_the_cases_are_read_only_to_draw_one():
    assert chosen_case({"case": "b"}, never, np.random.default_rng(0)) == "b"


@pytest.mark.parametrize("options", [None, {}])
def test_each_case_is_drawn_with_the_same_probability(options):
    """Of 3,000 draws from three cases each is drawn 1,000 times, give or take 4 x 26."""
    rng = np.random.default_rng(0)
    drawn = Counter(chosen_case(options, lambda: "abc", rng) for _ in range(3000))
    assert set(drawn) == set("abc")
    assert all(abs(number - 1000) < 104 for number in drawn.values())
