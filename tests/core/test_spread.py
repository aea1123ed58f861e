"""Some of many items, evenly spaced."""

import pytest

from core.spread import spread


@pytest.mark.parametrize(
    ("number", "expected"),
    [(0, "abcde"), (1, "a"), (2, "ac"), (4, "abcd"), (5, "abcde"), (9, "abcde")],
)
def test_items_are_evenly_spaced(number, expected):
    """Of five items, two are those at 0 * 5 // 2 = 0 and 1 * 5 // 2 = 2."""
    assert spread("abcde", number) == list(expected)
