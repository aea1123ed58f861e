"""Turns, action sequences and the skill context."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

from skills.option import ActionSequence, SkillContext, turns

EAST, SOUTH, WEST, NORTH = range(4)
LEFT, RIGHT = Actions.left, Actions.right


@pytest.mark.parametrize(
    ("direction", "towards", "expected"),
    [
        (EAST, EAST, []),
        (EAST, SOUTH, [RIGHT]),
        (EAST, WEST, [LEFT, LEFT]),
        (EAST, NORTH, [LEFT]),
        (NORTH, EAST, [RIGHT]),
        (NORTH, WEST, [LEFT]),
        (SOUTH, NORTH, [LEFT, LEFT]),
        (WEST, WEST + 2, [LEFT, LEFT]),  # 4 is east again
    ],
)
def test_turns_by_hand(direction, towards, expected):
    assert turns(direction, towards) == expected


@given(direction=st.integers(0, 3), towards=st.integers(0, 7))
def test_turns_are_the_fewest(direction, towards):
    """A quarter takes one turn, a half two, never three."""
    actions = turns(direction, towards)
    end = direction + actions.count(RIGHT) - actions.count(LEFT)
    assert (end - towards) % 4 == 0
    assert len(actions) == min((towards - direction) % 4, (direction - towards) % 4)


def test_turns_returns_a_new_list():
    turns(EAST, WEST).append(Actions.drop)
    assert turns(EAST, WEST) == [LEFT, LEFT]


def test_an_action_sequence_ends_with_its_last_action(draw_view):
    view = draw_view("### #># ###")
    option = ActionSequence([LEFT, Actions.drop, RIGHT])
    assert [option.step(view) for _ in range(3)] == [
        (LEFT, False),
        (Actions.drop, False),
        (RIGHT, True),
    ]


def test_a_new_context_has_no_sweep():
    assert SkillContext({}.get, np.random.default_rng(0), 3).sweep is None
