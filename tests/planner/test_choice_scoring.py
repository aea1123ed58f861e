"""The most likely of some texts, by hand."""

import pytest

from planner.choice_scoring import most_likely


@pytest.mark.parametrize(
    ("logprobs", "best"),
    [
        ([[-1.0], [-2.0]], "a"),
        ([[-2.0], [-1.0]], "b"),
        # means -1 and -0.75; by sums, -2 and -3, it would be the shorter one
        ([[-1.5, -0.5], [-0.75] * 4], "b"),
        # means -2 and -2.5: one unlikely token counts for its share only
        ([[-6.0, 0.0, 0.0], [-2.5, -2.5, -2.5]], "a"),
        # the first of equals
        ([[-1.0], [-1.0, -1.0]], "a"),
        # what cannot be is the least likely
        ([[float("-inf"), 0.0], [-50.0]], "b"),
    ],
)
def test_tokens_count_by_their_mean(logprobs, best):
    assert most_likely(("a", "b"), logprobs) == best


def test_a_single_choice_is_taken():
    assert most_likely(["{explore}"], [[-9.0]]) == "{explore}"
