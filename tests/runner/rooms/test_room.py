"""A room's two frames: the previous image, then the current one."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

from core.task import TASKS
from runner.rooms.room import Room

TURNS_AND_STEPS = st.lists(
    st.sampled_from([Actions.left, Actions.right, Actions.forward]), max_size=8
)


def make_room():
    return Room(TASKS["SimpleDoorKey"], "paper")


@given(seed=st.integers(0, 99), actions=TURNS_AND_STEPS)
def test_frames_are_the_previous_and_the_current_image(seed, actions):
    """Against the images of the environment itself; the first image stands twice."""
    room, plain = make_room(), make_room().env
    room.reset(seed)
    previous = image = plain.reset(seed=seed)[0]["image"]
    for action in [*actions, Actions.done]:
        assert np.array_equal(room.frames, np.concatenate((previous, image), axis=2))
        assert np.array_equal(room.view.image, image)
        room.act(action)
        previous, image = image, plain.step(action)[0]["image"]


def test_a_reset_leaves_nothing_of_the_previous_episode():
    room = make_room()
    room.reset(0)
    first = room.frames.copy()
    room.act(Actions.left)
    room.act(Actions.forward)
    room.reset(0)
    assert np.array_equal(room.frames, first)


def test_a_step_does_not_change_frames_that_were_read_before():
    room = make_room()
    room.reset(0)
    before = room.frames
    copy = before.copy()
    room.act(Actions.left)
    assert np.array_equal(before, copy)
