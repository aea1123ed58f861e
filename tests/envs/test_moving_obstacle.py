"""MovingObstacle: SimpleDoorKey with a ball that moves at random."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

from core.rooms.view import BALL, VECTORS
from envs.moving_obstacle import MovingObstacleEnv
from envs.simple_door_key import SimpleDoorKeyEnv
from tests.envs.helpers import face

SEEDS = st.integers(0, 2**31)


def ball_of(room):
    """The ball's cell on the grid."""
    cells = [(x, y) for x in range(room.width) for y in range(room.height)]
    [cell] = [cell for cell in cells if getattr(room.grid.get(*cell), "type", "") == "ball"]
    return cell


@given(seed=SEEDS)
def test_without_the_ball_it_is_the_room_of_simple_door_key(seed):
    room, plain = MovingObstacleEnv(), SimpleDoorKeyEnv()
    room.reset(seed=seed)
    plain.reset(seed=seed)
    assert (room.agent_pos, room.agent_dir) == (plain.agent_pos, plain.agent_dir)
    assert ball_of(room) != tuple(room.agent_pos)
    room.grid.set(*ball_of(room), None)
    assert room.grid == plain.grid


@given(seed=SEEDS, actions=st.lists(st.sampled_from(Actions), max_size=40))
def test_the_ball_moves_at_most_one_cell_a_step_and_only_to_empty_cells(seed, actions):
    room = MovingObstacleEnv()
    room.reset(seed=seed)
    for action in actions:
        before, num_objects = ball_of(room), count_objects(room)
        observation, _, terminated, truncated, _ = room.step(action)
        after = ball_of(room)
        assert abs(after[0] - before[0]) + abs(after[1] - before[1]) <= 1
        assert after != tuple(room.agent_pos)
        # only the agent's pickup and drop change the number of objects
        assert count_objects(room) == num_objects or action in (Actions.pickup, Actions.drop)
        assert (observation["image"][after][0] == BALL) == room.seen[after]
        if terminated or truncated:
            break


def count_objects(room):
    return sum(cell is not None for cell in room.grid.grid)


@given(seed=SEEDS)
def test_the_ball_s_path_does_not_depend_on_other_draws_from_the_room_s_generator(seed):
    """Random turns of skills must not move the ball: episodes are replayed from actions alone."""
    quiet, noisy = MovingObstacleEnv(), MovingObstacleEnv()
    quiet.reset(seed=seed)
    noisy.reset(seed=seed)
    for _ in range(20):
        noisy.np_random.random()
        observations = quiet.step(Actions.left)[0], noisy.step(Actions.left)[0]
        assert np.array_equal(observations[0]["image"], observations[1]["image"])


def test_it_moves_in_all_four_directions_with_equal_probability():
    """All neighbours are empty; of 4,000 draws 1,000 are expected in each direction, standard deviation 27."""
    room = MovingObstacleEnv(min_room_size=10)
    room.reset(seed=0)
    room.agent_pos = (1, 1)
    times = dict.fromkeys(VECTORS, 0)
    for _ in range(4000):
        room.grid.set(*ball_of(room), None)
        room.grid.set(5, 5, room.obstacle)
        room.obstacle.cur_pos = (5, 5)
        room._move_obstacle()
        x, y = ball_of(room)
        if (x, y) != (5, 5):  # the key may be on a neighbouring cell
            times[x - 5, y - 5] += 1
    assert sum(times.values()) > 2900
    assert all(abs(number - 1000) < 120 for number in times.values() if number)


@pytest.mark.parametrize("action", [Actions.forward, Actions.pickup, Actions.toggle])
def test_actions_on_the_ball_have_no_effect(action):
    room = MovingObstacleEnv(min_room_size=10)
    room.reset(seed=3)
    room.grid.set(*ball_of(room), None)
    room.grid.set(5, 5, room.obstacle)
    room.obstacle.cur_pos = (5, 5)
    face(room, (5, 5))
    stood = tuple(room.agent_pos)
    _, reward, terminated, truncated, _ = room.step(action)
    assert (tuple(room.agent_pos), room.carrying) == (stood, None)
    assert (reward, terminated, truncated) == (0.0, False, False)


def test_the_ball_stays_in_the_room_and_reaches_every_free_cell():
    """In a room of 3 x 3 free cells, 3,000 steps reach every cell but the agent's and the key's."""
    room = MovingObstacleEnv(max_room_size=5, max_steps=4000)
    room.reset(seed=0)
    met = set()
    for _ in range(3000):
        room.step(Actions.left)
        met.add(ball_of(room))
    inside = {(x, y) for x in range(1, 4) for y in range(1, 4)}
    taken = {cell for cell in inside if getattr(room.grid.get(*cell), "type", "") == "key"}
    assert met == inside - taken - {tuple(room.agent_pos)}
