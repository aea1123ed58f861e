"""Go to an object: the shortest walk to face the place where it was last seen."""

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
    """Surroundings in which the key was last seen at a place, or never."""
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


def test_the_walk_ends_before_the_key(draw_view, draw_room):
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


def test_a_turn_may_be_all_there_is_to_do(draw_view):
    assert go_to_key(draw_view("#### #>.# #k.# ####"), (1, 2)) == [RIGHT]


def test_who_faces_it_already_does_not_start(draw_view):
    assert go_to_key(draw_view("#### #>k# ####"), (2, 1)) is None


@pytest.mark.parametrize("barrier", "#?bd")
def test_what_cannot_be_reached_is_not_started(draw_view, barrier):
    """Neither through walls nor through what was never seen."""
    assert go_to_key(draw_view(f"###### #>{barrier}.k# ######"), (4, 1)) is None


def test_what_was_never_seen_is_not_started(draw_view):
    assert go_to_key(draw_view("##### #>.k# #####"), None) is None


def test_a_sub_goal_without_an_object_is_not_started(draw_view):
    view = draw_view("##### #>.k# #####")
    assert start_go_to(SubGoal(Skill.GO_TO), view, context((3, 1))) is None


def test_the_walk_leads_to_where_it_was_seen_though_it_may_be_gone(draw_view):
    """Free floor at (3, 1), one cell before it is far enough."""
    assert go_to_key(draw_view("###### #>..k# ######"), (3, 1)) == [FORWARD]


@pytest.mark.parametrize("place", [(3, 1), (2, 1)])
def test_a_sweep_in_progress_is_given_up(draw_view, place):
    """Whether there is a walk or not: the key is two cells away, or ahead."""
    surroundings = context(place)
    surroundings.sweep = Sweep(reached_corner=True)
    start_go_to(SubGoal(Skill.GO_TO, KEY), draw_view("##### #>.k# #####"), surroundings)
    assert surroundings.sweep is None


def test_a_sweep_in_progress_is_kept_where_there_is_no_place_to_go_to(draw_view):
    surroundings = context(None)
    surroundings.sweep = sweep = Sweep(reached_corner=True)
    start_go_to(SubGoal(Skill.GO_TO, KEY), draw_view("##### #>.k# #####"), surroundings)
    assert surroundings.sweep is sweep


@given(data=st.data())
def test_in_a_room_of_any_shape_the_agent_comes_to_face_the_place(draw_view, draw_room, data):
    """The walk is made in a real room; every step forward moves the agent."""
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
