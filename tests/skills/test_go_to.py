"""Go to an object: the shortest path to face the position where it was last seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

from core.rooms.plan import ObjectName, Skill, SubGoal
from core.rooms.view import Position
from skills.go_to import start_go_to
from skills.option import SkillContext, Sweep

KEY = ObjectName("key")
LEFT, RIGHT, FORWARD = Actions.left, Actions.right, Actions.forward


def context(place):
    """A context in which the key was last seen at a position, or never."""
    places = {} if place is None else {KEY: Position(*place)}
    return SkillContext(places.get, np.random.default_rng(0), 3)


def go_to_key(view, place):
    """All actions, or None if there is nothing to do."""
    option = start_go_to(SubGoal(Skill.GO_TO, KEY), view, context(place))
    if option is None:
        return None
    actions, is_last = [], False
    while not is_last:
        action, is_last = option.step(view)
        actions.append(action)
    return actions


def test_the_path_ends_in_front_of_the_key(draw_view, draw_room):
    """From (1, 1) two cells on and a turn to the south: 3 actions to (3, 1), above the key. To
    come from the west, by (2, 2), it takes 4.
    """
    drawing = "##### #>..# #..k# #####"
    actions = go_to_key(draw_view(drawing), (3, 2))
    assert actions == [FORWARD, FORWARD, RIGHT]
    room = draw_room(drawing)
    for action in actions:
        room.step(action)
    assert room.drawing() == ["#####", "#..v#", "#..k#", "#####"]


def test_the_path_may_be_a_single_turn(draw_view):
    assert go_to_key(draw_view("#### #>.# #k.# ####"), (1, 2)) == [RIGHT]


def test_it_does_not_start_if_the_agent_faces_the_target(draw_view):
    assert go_to_key(draw_view("#### #>k# ####"), (2, 1)) is None


@pytest.mark.parametrize("barrier", "#?bd")
def test_it_does_not_start_for_an_unreachable_target(draw_view, barrier):
    """Paths pass neither walls nor unseen cells."""
    assert go_to_key(draw_view(f"###### #>{barrier}.k# ######"), (4, 1)) is None


def test_it_does_not_start_for_a_target_that_was_never_seen(draw_view):
    assert go_to_key(draw_view("##### #>.k# #####"), None) is None


def test_a_sub_goal_without_an_object_is_not_started(draw_view):
    view = draw_view("##### #>.k# #####")
    assert start_go_to(SubGoal(Skill.GO_TO), view, context((3, 1))) is None


def test_the_path_leads_to_the_last_seen_position_even_if_the_target_is_gone(draw_view):
    """(3, 1) is empty now; the path ends one cell before it."""
    assert go_to_key(draw_view("###### #>..k# ######"), (3, 1)) == [FORWARD]


@pytest.mark.parametrize("place", [(3, 1), (2, 1)])
def test_it_ends_a_sweep(draw_view, place):
    """With a path or without one: the key is two cells away, or ahead."""
    skill_context = context(place)
    skill_context.sweep = Sweep(reached_corner=True)
    start_go_to(SubGoal(Skill.GO_TO, KEY), draw_view("##### #>.k# #####"), skill_context)
    assert skill_context.sweep is None


def test_a_sweep_continues_if_the_target_was_never_seen(draw_view):
    skill_context = context(None)
    skill_context.sweep = sweep = Sweep(reached_corner=True)
    start_go_to(SubGoal(Skill.GO_TO, KEY), draw_view("##### #>.k# #####"), skill_context)
    assert skill_context.sweep is sweep


@given(data=st.data())
def test_in_any_room_the_agent_ends_facing_the_position(draw_view, draw_room, data):
    """The path is executed in a real room; every step forward moves the agent."""
    cells = data.draw(st.lists(st.sampled_from("...#kb"), min_size=16, max_size=16))
    cells[data.draw(st.integers(0, 15))] = data.draw(st.sampled_from(">v<^"))
    rows = ["#" + "".join(cells[4 * y : 4 * y + 4]) + "#" for y in range(4)]
    drawing = " ".join(["######", *rows, "######"])
    place = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 4))
    room = draw_room(drawing)
    was_there = tuple(room.front_pos) == place
    actions = go_to_key(draw_view(drawing), place)
    assert not (was_there and actions)
    for action in actions or []:
        before = room.agent_pos
        room.step(action)
        assert (room.agent_pos != before) == (action == FORWARD)
    if actions:
        assert tuple(room.front_pos) == place
