"""The compiled search gives the same paths as `skills.search`, ties included."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.rooms.view import EMPTY, NO_AGENT, WALL, GridView
from envs.batched.search import FACING, SHOWING_UNSEEN, find_path, make_scratch
from envs.batched.state import room_dtype
from skills.frontier import Frontier
from skills.search import find_path as readable_find_path

SIZE = 10
grids = st.integers(0, 2**32 - 1).map(lambda seed: np.random.default_rng(seed))


def draw_room(rng, *, is_foggy):
    """A grid with random walls (and fog), the agent somewhere on it."""
    rooms = np.zeros(1, dtype=room_dtype(SIZE))
    image = rooms[0]["image"]
    kinds = np.where(rng.random((SIZE, SIZE)) < rng.uniform(0, 0.4), WALL, EMPTY)
    seen = rng.random((SIZE, SIZE)) < (rng.uniform(0.5, 1) if is_foggy else 1)
    x, y, direction = rng.integers(SIZE), rng.integers(SIZE), rng.integers(4)
    kinds[x, y], seen[x, y] = EMPTY, True
    image[:, :, 0] = np.where(seen, kinds, 0)
    image[:, :, 3] = NO_AGENT
    image[x, y, 3] = direction
    rooms["seen"][0] = seen
    rooms["x"], rooms["y"], rooms["direction"], rooms["view_size"] = x, y, direction, 3
    return rooms[0]


def walk(room, wanted, x=-1, y=-1):
    length = find_path(room, make_scratch(), wanted, x, y)
    return None if length < 0 else room["actions"][:length].tolist()


@given(grids)
def test_the_path_to_a_cell_is_the_same(rng):
    room = draw_room(rng, is_foggy=False)
    goal = tuple(rng.integers(0, SIZE, 2).tolist())
    view = GridView(room["image"])
    assert walk(room, FACING, *goal) == readable_find_path(view, lambda pose: pose.ahead == goal)


@given(grids)
def test_the_path_to_an_unseen_cell_is_the_same(rng):
    room = draw_room(rng, is_foggy=True)
    assert walk(room, SHOWING_UNSEEN) == Frontier(3).path(GridView(room["image"]))


@pytest.mark.parametrize("open_share", [1.0, 0.95])
def test_paths_in_large_rooms_are_the_same(open_share):
    """In nearly empty rooms hundreds of poses pass through the frontier, whose table grows."""
    rng = np.random.default_rng(0)
    for _ in range(30):
        room = draw_room(rng, is_foggy=False)
        walls = rng.random((SIZE, SIZE)) > open_share
        agent = room["image"][:, :, 3] != NO_AGENT
        room["image"][:, :, 0] = np.where(walls & ~agent, WALL, EMPTY)
        view = GridView(room["image"])
        for goal in ((0, 0), (0, 9), (9, 0), (9, 9), (5, 5)):
            expected = readable_find_path(view, lambda pose, goal=goal: pose.ahead == goal)
            assert walk(room, FACING, *goal) == expected
