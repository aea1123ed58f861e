"""What was read is found again for every text that begins alike, and memory is bounded.

The keys and values of a token here are a number that its text up to there makes, so that a wrong piece shows.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")

from planner.prefix_tree import PrefixTree, common_prefix, joined, num_common  # noqa: E402

EMPTY = torch.zeros((1, 2, 1, 0, 1), dtype=torch.float64)
TOKEN_BYTES = 16
texts = st.lists(st.integers(0, 2), max_size=7)


def span_of(tokens, start=0):
    """Keys and values from `start` on: the text up to each token, as a number to the base 3 with a leading 1."""
    numbers = []
    number = 1.0
    for token in tokens:
        number = number * 3 + token
        numbers.append(number)
    return (
        torch.tensor(numbers[start:], dtype=torch.float64)
        .reshape(1, 1, 1, -1, 1)
        .expand(1, 2, 1, -1, 1)
    )


def add(tree, text):
    """As a model does: only what is not known is read."""
    start = tree.find(text).length
    tree.add(text, start, span_of(text, start))


@given(added=st.lists(texts, max_size=8), text=texts, cut=st.integers(0, 7))
def test_the_longest_beginning_that_was_read_is_known(added, text, cut):
    tree = PrefixTree(EMPTY, 10**6)
    for one in added:
        add(tree, one)
    known = tree.find(text)
    assert known.length == max([0, *(num_common(text, one) for one in added)])
    assert torch.equal(joined(known.spans), span_of(text[: known.length]))
    rest = joined((EMPTY, *known.after(cut)))
    assert torch.equal(rest, span_of(text[: known.length])[:, :, :, cut:])
    # beginnings that texts share are kept once
    beginnings = {tuple(one[:n]) for one in added for n in range(1, len(one) + 1)}
    assert tree.num_bytes == len(beginnings) * TOKEN_BYTES


@given(added=st.lists(texts, max_size=12), most=st.integers(1, 12))
def test_memory_is_bounded_and_what_is_known_is_right(added, most):
    tree = PrefixTree(EMPTY, most * TOKEN_BYTES)
    for text in added:
        add(tree, text)
        assert tree.num_bytes <= most * TOKEN_BYTES
        for one in added:
            known = tree.find(one)
            assert torch.equal(joined(known.spans), span_of(one[: known.length]))


def test_what_was_not_used_for_the_longest_time_is_forgotten_first():
    """Room for 8 tokens; the third text makes 9, and 6 may stay: the first text was used last."""
    tree = PrefixTree(EMPTY, 8 * TOKEN_BYTES)
    add(tree, [0, 0, 0])
    add(tree, [1, 1, 1])
    tree.find([0, 0, 0])
    add(tree, [2, 2, 2])
    assert [tree.find([n] * 3).length for n in range(3)] == [3, 0, 3]


def test_a_text_whose_beginning_was_forgotten_is_not_kept():
    tree = PrefixTree(EMPTY, 100 * TOKEN_BYTES)
    tree.add([0, 1, 2], 2, span_of([0, 1, 2], 2))
    assert tree.find([0, 1, 2]).length == 0
    assert tree.num_bytes == 0


@given(some=st.lists(texts, min_size=1, max_size=5))
def test_the_common_prefix_is_that_of_all(some):
    longest = 0
    while all(len(one) > longest and one[longest] == some[0][longest] for one in some):
        longest += 1
    assert common_prefix(some) == some[0][:longest]
