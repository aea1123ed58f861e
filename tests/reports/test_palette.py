"""One palette for figures, page and video."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.palette import LIGHT, POLICY_COLORS, SERIES, colors_of, rgb, uses_before

IMAGES = Path(__file__).resolve().parents[2] / "img"


def test_a_policy_has_its_own_colour_whatever_is_drawn_beside_it():
    for names in (["oracle"], ["a", "oracle"], ["always", "b", "oracle", "c"]):
        assert colors_of(names)[names.index("oracle")] == POLICY_COLORS["oracle"]


@given(st.lists(st.sampled_from([*POLICY_COLORS, "a", "b", "c"]), max_size=len(SERIES)))
def test_no_colour_is_used_twice_as_long_as_there_are_enough(names):
    assert len(set(colors_of(names))) == len(names)


def test_more_names_than_colours_still_have_a_colour_each():
    assert len(colors_of([f"run {n}" for n in range(20)])) == 20


def test_rgb_by_hand():
    assert rgb("#ff9f40") == (255, 159, 64)


def test_a_method_has_one_colour_under_both_of_its_names():
    assert colors_of(["when2ask", "skill_rl"]) == colors_of(["learned", "RL"])


@given(st.lists(st.sampled_from([*POLICY_COLORS, "a", "b", "c"]), max_size=3 * len(SERIES)))
def test_however_many_there_are_each_has_its_own_colour_and_dash(names):
    colors = colors_of(names)
    styles = set(zip(colors, uses_before(colors), strict=True))
    assert len(styles) == len(names)


@pytest.mark.parametrize("name", ["framework.svg", "architecture.svg"])
def test_drawings_have_the_colours_of_the_page(name):
    """Their strokes are its colours; text and grounds are darker and lighter shades of them."""
    drawing = (IMAGES / name).read_text()
    strokes = {color.lower() for color in re.findall(r'stroke="(#[0-9A-F]{6})"', drawing)}
    vivid = {one for one in strokes if max(rgb(one)) - min(rgb(one)) > 60}
    # but for the key and the door of the room
    assert vivid - {"#ffd43b"} <= set(LIGHT.values())
    assert LIGHT["chosen"] in drawing.lower()
