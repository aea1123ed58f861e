"""Shortest paths over poses."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

from core.rooms.view import Position
from skills.search import Pose, find_path

EAST, SOUTH, WEST, NORTH = range(4)
LEFT, RIGHT, FORWARD = Actions.left, Actions.right, Actions.forward
STEPS = {EAST: (1, 0), SOUTH: (0, 1), WEST: (-1, 0), NORTH: (0, -1)}
ROOT = Path(__file__).resolve().parent.parent.parent


def at(x, y, direction=None):
    """A goal test for a position and, if given, a direction."""
    return lambda pose: (pose.x, pose.y) == (x, y) and direction in (None, pose.direction)


@pytest.mark.parametrize(
    ("direction", "ahead"), [(EAST, (3, 5)), (SOUTH, (2, 6)), (WEST, (1, 5)), (NORTH, (2, 4))]
)
def test_the_cell_ahead_of_a_pose(direction, ahead):
    assert Pose(2, 5, direction).ahead == Position(*ahead)


@pytest.mark.parametrize(
    ("drawing", "goal", "actions"),
    [
        ("##### #>..# #####", at(3, 1), [FORWARD, FORWARD]),
        ("##### #>..# #####", at(1, 1, NORTH), [LEFT]),
        ("##### #>..# #####", at(2, 1, SOUTH), [FORWARD, RIGHT]),
        ("#### #<.# #..# ####", at(1, 2), [LEFT, FORWARD]),
        ("##### #v#.# #...# #####", at(3, 1), [FORWARD, LEFT, FORWARD, FORWARD, LEFT, FORWARD]),
        ("##### #>og# #####", at(3, 1), [FORWARD, FORWARD]),  # an open door, a goal
    ],
)
def test_paths_by_hand(draw_view, drawing, goal, actions):
    """Each is the only shortest path."""
    assert find_path(draw_view(drawing), goal) == actions


def test_the_path_is_empty_at_the_goal(draw_view):
    assert find_path(draw_view("##### #>..# #####"), at(1, 1, EAST)) == []


@pytest.mark.parametrize("obstacle", "#?kKbd")
def test_paths_use_only_cells_known_to_be_free(draw_view, obstacle):
    assert find_path(draw_view(f"##### #>{obstacle}.# #####"), at(3, 1)) is None


def test_paths_do_not_leave_the_grid(draw_view):
    """Without walls, the three cells of the row are all that is reachable."""
    view = draw_view(".>.")
    reached = set()
    assert find_path(view, lambda pose: reached.add(pose)) is None
    assert reached == {(x, 0, direction) for x in range(3) for direction in range(4)}


def test_the_carried_object_does_not_block_the_way(draw_view):
    """It is drawn on the agent's own cell."""
    assert find_path(draw_view("##### #>..# #####", carried="k"), at(3, 1)) == [FORWARD, FORWARD]


@st.composite
def mazes(draw):
    """Any map up to 6 x 6 with the agent on one of its cells."""
    width, height = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    size = width * height
    cells = draw(st.lists(st.sampled_from("....#?kdo"), min_size=size, max_size=size))
    cells[draw(st.integers(0, size - 1))] = draw(st.sampled_from(">v<^"))
    return " ".join("".join(cells[y * width : (y + 1) * width]) for y in range(height))


def walk(view, actions):
    """The pose after the actions; asserts that each step is on a free cell."""
    (x, y), direction = view.agent_position, view.agent_direction
    for action in actions:
        if action == FORWARD:
            x, y = x + STEPS[direction][0], y + STEPS[direction][1]
            assert 0 <= x < view.objects.shape[0]
            assert 0 <= y < view.objects.shape[1]
            assert view.passable[x][y]
        else:
            direction = (direction + {LEFT: -1, RIGHT: 1}[action]) % 4
    return Pose(x, y, direction)


def fewest_actions(view, is_goal):
    """Breadth-first search over an array ``[x, y, direction]`` of the poses after 0, 1, 2, ... actions."""
    free = np.pad(np.array(view.passable), 1)
    reached = np.zeros((*free.shape, 4), dtype=bool)
    x, y = view.agent_position
    reached[x + 1, y + 1, view.agent_direction] = True
    goals = np.zeros_like(reached)
    for x, y, direction in np.ndindex(*view.objects.shape, 4):
        goals[x + 1, y + 1, direction] = is_goal(Pose(x, y, direction))
    for num_actions in range(reached.size):
        if (reached & goals).any():
            return num_actions
        wave = reached | np.roll(reached, 1, axis=2) | np.roll(reached, -1, axis=2)
        for direction, step in STEPS.items():
            wave[:, :, direction] |= np.roll(reached[:, :, direction], step, (0, 1)) & free
        reached = wave
    return None


@given(maze=mazes(), x=st.integers(-1, 6), y=st.integers(-1, 6))
def test_a_path_to_a_cell_is_walkable_faces_it_and_is_a_shortest_one(draw_view, maze, x, y):
    view = draw_view(maze)

    def faces_it(pose):
        return pose.ahead == (x, y)

    path = find_path(view, faces_it)
    assert (None if path is None else len(path)) == fewest_actions(view, faces_it)
    if path is not None:
        assert faces_it(walk(view, path))


@given(maze=mazes(), goals=st.sets(st.builds(Pose, *[st.integers(0, 5)] * 2, st.integers(0, 3))))
def test_a_path_ends_at_the_nearest_goal(draw_view, maze, goals):
    view = draw_view(maze)
    path = find_path(view, goals.__contains__)
    assert (None if path is None else len(path)) == fewest_actions(view, goals.__contains__)
    if path is not None:
        assert walk(view, path) in goals


WALKS_TO_EVERY_CELL = """
import numpy as np
from core.rooms.view import GridView
from skills.search import find_path

image = np.zeros((7, 7, 4), dtype=np.uint8)
image[:, :, :] = 1, 0, 0, 4
image[3, 3, 3] = 0
view = GridView(image)
for cell in np.ndindex(7, 7):
    print(cell, *map(int, find_path(view, lambda pose: pose.ahead == cell)))
"""


def test_ties_are_broken_the_same_in_every_process():
    """On free floor many paths tie. String hashes differ between processes; paths must not depend
    on them.
    """
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WALKS_TO_EVERY_CELL],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("0", "1", "4242")
    ]
    first, *others = [process.communicate()[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(first.splitlines()) == 49
    assert others == [first, first]
