"""Views of observation images, against images by hand and against plain loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.constants import IDX_TO_COLOR, IDX_TO_OBJECT

from core.rooms.plan import ObjectName
from core.rooms.view import BOX, DOOR, EMPTY, GOAL, KEY, OPEN, UNSEEN, WALL, GridView, Position


@st.composite
def images(draw):
    """Images that a room could show and others: up to 6 x 6, not always square."""
    width, height = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    image = np.zeros((width, height, 4), dtype=np.uint8)
    image[:, :, 3] = 4
    for x in range(width):
        for y in range(height):
            kind = draw(st.sampled_from([UNSEEN, EMPTY, WALL, DOOR, KEY, BOX, GOAL]))
            image[x, y, :3] = kind, draw(st.integers(0, 5)), draw(st.integers(0, 2))
    x, y = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    image[x, y] = draw(st.sampled_from([EMPTY, KEY, BOX])), draw(st.integers(0, 5)), 0, 0
    image[x, y, 3] = draw(st.integers(0, 3))
    return image


def name_at(image, x, y):
    return ObjectName(IDX_TO_OBJECT[int(image[x, y, 0])], IDX_TO_COLOR[int(image[x, y, 1])])


def cells(image):
    """All (x, y), x-major."""
    return [(x, y) for x in range(image.shape[0]) for y in range(image.shape[1])]


@pytest.mark.parametrize(
    ("direction", "one_ahead", "two_ahead"),
    [
        (0, (3, 5), (4, 5)),  # east
        (1, (2, 6), (2, 7)),  # south
        (2, (1, 5), (0, 5)),  # west
        (3, (2, 4), (2, 3)),  # north
        (4, (3, 5), (4, 5)),  # turned once round
        (-1, (2, 4), (2, 3)),  # a left turn from east
    ],
)
def test_ahead_of_a_position(direction, one_ahead, two_ahead):
    assert Position(2, 5).ahead(direction) == one_ahead
    assert Position(2, 5).ahead(direction, 2) == two_ahead
    assert Position(2, 5).ahead(direction, 0) == (2, 5)


@given(
    x=st.integers(-9, 9), y=st.integers(-9, 9), direction=st.integers(0, 3), cells=st.integers(0, 9)
)
def test_ahead_and_back_is_the_same_position(x, y, direction, cells):
    there = Position(x, y).ahead(direction, cells)
    assert there.ahead(direction + 2, cells) == (x, y)
    assert abs(there.x - x) + abs(there.y - y) == cells


def test_a_room_drawn_by_hand(make_image):
    """The agent at (1, 2) looks north and carries nothing.

    Keys come first, then boxes, then doors; the two keys by x before y.
    """
    drawn = {
        (0, 0): "wall",
        (0, 1): "locked blue door",
        (1, 0): "red box",
        (2, 0): "green key",
        (1, 1): "yellow key",
        (3, 1): "open grey door",
        (3, 3): "goal",
        (2, 2): "empty",
    }
    view = GridView(make_image(drawn, agent=(1, 2), direction=3))
    assert view.agent_position == Position(1, 2)
    assert view.agent_direction == 3
    assert view.carried is None
    assert view.sightings == (
        (ObjectName("key", "yellow"), (1, 1)),
        (ObjectName("key", "green"), (2, 0)),
        (ObjectName("box", "red"), (1, 0)),
        (ObjectName("door", "blue"), (0, 1)),
        (ObjectName("door", "grey"), (3, 1)),
    )
    passable = {(x, y) for x in range(4) for y in range(4) if view.passable[x][y]}
    assert passable == {(1, 2), (2, 2), (3, 1), (3, 3)}  # the agent's cell shows "empty"


def test_the_carried_object_is_on_the_agent_s_cell_and_is_no_sighting(make_image):
    view = GridView(make_image({(1, 0): "red key"}, agent=(2, 2), carried="blue key"))
    assert view.carried == ObjectName("key", "blue")
    assert [sighting.name for sighting in view.sightings] == [ObjectName("key", "red")]


@pytest.mark.parametrize(
    ("state", "passable"), [("open", True), ("closed", False), ("locked", False)]
)
def test_only_an_open_door_is_passable(make_image, state, passable):
    view = GridView(make_image({(1, 0): f"{state} red door"}))
    assert view.passable[1][0] is passable


@pytest.mark.parametrize("outside", [(-1, 0), (0, -1), (3, 0), (0, 2), (-1, -1), (3, 2)])
def test_outside_the_grid_is_a_wall(make_image, outside):
    """3 wide and 2 high: x runs to 2 and y to 1."""
    view = GridView(make_image({}, shape=(3, 2)))
    assert view.object_at(Position(*outside)) == WALL
    assert view.object_at(Position(2, 1)) == UNSEEN
    assert view.object_at(Position(0, 0)) == EMPTY


@given(image=images())
def test_the_agent_is_where_the_fourth_plane_says(image):
    [place] = [(x, y) for x, y in cells(image) if image[x, y, 3] != 4]
    view = GridView(image)
    assert view.agent_position == place
    assert view.agent_direction == image[place][3]
    expected = None if image[place][0] == EMPTY else name_at(image, *place)
    assert view.carried == expected


@given(image=images())
def test_passable_cells_are_empty_goals_open_doors_or_the_agent_s(image):
    view = GridView(image)
    for x, y in cells(image):
        kind, _, state, _ = image[x, y].tolist()
        is_free = kind in (EMPTY, GOAL) or (kind == DOOR and state == OPEN)
        assert view.passable[x][y] is (is_free or (x, y) == view.agent_position)
        assert view.objects[x, y] == view.object_at(Position(x, y)) == kind


@given(image=images())
def test_sightings_are_keys_boxes_and_doors_in_order(image):
    view = GridView(image)
    expected = []
    for kind in (KEY, BOX, DOOR):
        for x, y in cells(image):
            if image[x, y, 0] == kind and (x, y) != view.agent_position:
                expected.append((name_at(image, x, y), (x, y)))
    assert list(view.sightings) == expected


@given(image=images())
def test_a_view_does_not_change_its_image(image):
    before = image.copy()
    view = GridView(image)
    assert view.agent_direction is not None
    assert view.carried in (None, name_at(image, *view.agent_position))
    assert len(view.passable) == len(image)
    assert len(view.sightings) <= image[:, :, 0].size
    assert view.image is image
    assert np.array_equal(image, before)
