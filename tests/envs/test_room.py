"""The room that all tasks share: geometry, reward, termination."""

import gymnasium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions
from minigrid.core.grid import Grid
from minigrid.core.world_object import Door, Key

import envs  # noqa: F401 registers the tasks
from core.rooms.view import DOOR, WALL
from core.task import TASKS
from envs.room import DoorRoomEnv

TASK_LIST = list(TASKS.values())


class EmptyRoom(DoorRoomEnv):
    """A room with a door and nothing else."""

    def _place_objects(self):
        pass


class TinyRoom(DoorRoomEnv):
    """A room of 5 x 5 cells, always the same.

    The agent at (1, 1) looks east at a key, (2, 1); the door (4, 2) is red and locked::

        #####
        #>k.#
        #...D
        #...#
        #####
    """

    def __init__(self, key_color="red", **kwargs):
        self.key_color = key_color
        super().__init__(**{"max_room_size": 5, "max_steps": 100, **kwargs})

    def _gen_grid(self, width, height):
        self.grid = Grid(width, height)
        self.grid.wall_rect(0, 0, 5, 5)
        self.door = Door("red", is_locked=True)
        self.grid.set(4, 2, self.door)
        self.grid.set(2, 1, Key(self.key_color))
        self.agent_pos, self.agent_dir = (1, 1), 0


SOLUTION = [
    Actions.pickup,
    Actions.forward,  # (2, 1)
    Actions.forward,  # (3, 1)
    Actions.right,
    Actions.forward,  # (3, 2), south
    Actions.left,
    Actions.toggle,
]


def start(room, seed=0):
    room.reset(seed=seed)
    return room


def things_in(room):
    """{(x, y): object} of everything on the grid but walls."""
    cells = [(x, y) for x in range(room.width) for y in range(room.height)]
    things = {cell: room.grid.get(*cell) for cell in cells}
    return {cell: thing for cell, thing in things.items() if thing and thing.type != "wall"}


@given(seed=st.integers(0, 2**31))
def test_a_room_is_a_rectangle_of_walls_with_one_locked_door(seed):
    room = start(EmptyRoom(), seed)
    width, height = room.room_size
    assert 5 <= width <= 10
    assert 5 <= height <= 10
    [(door_cell, door)] = things_in(room).items()
    assert door is room.door
    assert (door.type, door.is_locked, door.is_open) == ("door", True, False)
    objects = room.grid.encode()[:, :, 0]
    right, bottom = width - 1, height - 1
    for x in range(10):
        for y in range(10):
            is_edge = (x in (0, right) and y <= bottom) or (y in (0, bottom) and x <= right)
            expected = DOOR if (x, y) == door_cell else WALL if is_edge else 1
            assert objects[x, y] == expected
    assert door_cell not in [(0, 0), (right, 0), (0, bottom), (right, bottom)]


@given(seed=st.integers(0, 2**31))
def test_the_cell_before_the_door_is_its_only_neighbour_inside(seed):
    room = start(EmptyRoom(), seed)
    [(x, y)] = things_in(room)
    neighbours = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    width, height = room.room_size
    inside = [cell for cell in neighbours if 0 < cell[0] < width - 1 and 0 < cell[1] < height - 1]
    assert inside == [room.cell_before_door]


@given(task=st.sampled_from(TASK_LIST), seed=st.integers(0, 2**31))
def test_the_agent_and_all_objects_are_on_different_cells_inside_the_room(task, seed):
    room = start(gymnasium.make(task.env_id).unwrapped, seed)
    width, height = room.room_size
    things = things_in(room)
    places = [cell for cell, thing in things.items() if thing.type != "door"]
    assert room.agent_pos not in things
    for x, y in [*places, room.agent_pos]:
        assert 0 < x < width - 1
        assert 0 < y < height - 1


def test_every_size_wall_colour_and_direction_is_drawn():
    """600 layouts: six widths, heights, colours; four walls, four directions; each several times.

    The least frequent value has probability 1/6: 100 of 600, standard deviation 9.
    """
    room = EmptyRoom()
    draws = {"width": [], "height": [], "colour": [], "direction": [], "wall": []}
    for seed in range(600):
        start(room, seed)
        [(x, y)] = things_in(room)
        width, height = room.room_size
        draws["width"].append(width)
        draws["height"].append(height)
        draws["colour"].append(room.door.color)
        draws["direction"].append(int(room.agent_dir))
        draws["wall"].append([x == width - 1, y == height - 1, x == 0, y == 0].index(True))
    kinds = {name: set(values) for name, values in draws.items()}
    assert kinds["width"] == kinds["height"] == {5, 6, 7, 8, 9, 10}
    assert kinds["colour"] == {"blue", "green", "grey", "purple", "red", "yellow"}
    assert kinds["direction"] == kinds["wall"] == {0, 1, 2, 3}
    for values in draws.values():
        counts = np.unique(values, return_counts=True)[1]
        assert abs(counts - 600 / len(counts)).max() < 50


@given(sizes=st.tuples(st.integers(4, 12), st.integers(4, 12)).map(sorted), seed=st.integers(0, 99))
def test_other_sizes_change_the_grid_and_max_steps(sizes, seed):
    low, high = sizes
    room = EmptyRoom(min_room_size=low, max_room_size=high)
    observation, _ = room.reset(seed=seed)
    assert observation["image"].shape == (high, high, 4)
    assert all(low <= size <= high for size in room.room_size)
    assert room.max_steps == high**2


@given(
    task=st.sampled_from(TASK_LIST),
    seed=st.integers(0, 2**31),
    actions=st.lists(st.sampled_from(list(Actions)), max_size=40),
)
def test_a_seed_and_actions_determine_the_episode(task, seed, actions):
    """Two rooms, and one of them again: observations, rewards and ends are equal."""

    def play(env):
        steps = [env.reset(seed=seed)]
        return [*steps, *(env.step(action) for action in actions)]

    env, twin = (gymnasium.make(task.env_id).unwrapped for _ in range(2))
    first, second, again = play(env), play(twin), play(env)
    for (observation, *rest), *others in zip(first, second, again, strict=True):
        for other, *other_rest in others:
            assert np.array_equal(observation["image"], other["image"])
            assert rest == other_rest


def test_reset_without_a_seed_continues_the_generator():
    room, twin = EmptyRoom(), EmptyRoom()
    images = []
    for env in (room, twin):
        env.reset(seed=3)
        images.append([env.reset()[0]["image"] for _ in range(3)])
    assert np.array_equal(*images)
    assert not all(np.array_equal(images[0][0], image) for image in images[0])


@pytest.mark.parametrize(("max_steps", "reward"), [(100, 0.937), (25, 0.748), (None, 0.748)])
def test_the_reward_for_opening_the_door(max_steps, reward):
    """Seven steps: 1 - 0.9 * 7 / 100 = 0.937; of 5 * 5 = 25 steps, 1 - 0.252 = 0.748."""
    room = start(TinyRoom(max_steps=max_steps))
    *before, last = [room.step(action) for action in SOLUTION]
    assert [step[1:4] for step in before] == [(0.0, False, False)] * 6
    observation, *end, _ = last
    assert end == [pytest.approx(reward), True, False]
    assert observation["image"][4, 2].tolist() == [DOOR, 0, 0, 4]  # red and open
    assert observation["image"][3, 2].tolist() == [5, 0, 0, 0]  # carrying the red key, looking east


def test_after_100_steps_the_episode_is_truncated():
    room = start(TinyRoom())
    ends = [room.step(Actions.done)[1:4] for _ in range(100)]
    assert ends[:99] == [(0.0, False, False)] * 99
    assert ends[99] == (0.0, False, True)


def test_the_door_may_open_at_the_last_step():
    """93 + 7 = 100 steps: 1 - 0.9 = 0.1, terminated and truncated at once."""
    room = start(TinyRoom())
    steps = [room.step(action) for action in [Actions.done] * 93 + SOLUTION]
    assert steps[-1][1:4] == (pytest.approx(0.1), True, True)


def test_without_a_key_the_door_stays_locked():
    room = start(TinyRoom())
    room.agent_pos = (3, 2)
    assert room.step(Actions.toggle)[1:4] == (0.0, False, False)
    assert room.door.is_locked


def test_with_a_key_of_another_colour_the_door_stays_locked():
    room = start(TinyRoom(key_color="blue"))
    steps = [room.step(action) for action in SOLUTION]
    assert room.carrying.color == "blue"
    assert steps[-1][1:4] == (0.0, False, False)
    assert room.door.is_locked
