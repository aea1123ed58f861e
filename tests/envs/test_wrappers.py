"""A stack of frames: the oldest first, the newest last."""

import gymnasium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

import envs  # noqa: F401 registers the tasks
from envs.wrappers import FrameStack

ENV_ID = "MiniGrid-SimpleDoorKey-Min5-Max10-View3"


@pytest.mark.parametrize("num_frames", [1, 2, 3])
def test_the_first_image_fills_the_stack(num_frames):
    env = FrameStack(gymnasium.make(ENV_ID), num_frames)
    observation, info = env.reset(seed=0)
    assert observation["image"].shape == (10, 10, 4 * num_frames)
    first = gymnasium.make(ENV_ID).reset(seed=0)[0]["image"]
    for frame in np.split(observation["image"], num_frames, axis=2):
        assert np.array_equal(frame, first)
    assert info == {}


def test_the_observation_space_is_as_deep_as_the_stack():
    env = FrameStack(gymnasium.make(ENV_ID), 2)
    image = env.observation_space["image"]
    assert (image.shape, image.dtype) == ((10, 10, 8), np.uint8)
    assert env.observation_space.contains(env.reset(seed=0)[0])
    assert env.observation_space.contains(env.step(Actions.left)[0])
    assert env.action_space == gymnasium.make(ENV_ID).action_space


@given(
    num_frames=st.integers(1, 4),
    seed=st.integers(0, 99),
    actions=st.lists(st.sampled_from([Actions.left, Actions.right, Actions.forward]), max_size=8),
)
def test_the_stack_holds_the_last_images_oldest_first(num_frames, seed, actions):
    """Against a plain list of all images, the first one repeated as often as the stack is deep."""
    env, plain = FrameStack(gymnasium.make(ENV_ID), num_frames), gymnasium.make(ENV_ID)
    stacked = env.reset(seed=seed)[0]
    images = [plain.reset(seed=seed)[0]["image"]] * num_frames
    for action in [*actions, Actions.done]:
        assert np.array_equal(stacked["image"], np.concatenate(images[-num_frames:], axis=2))
        assert stacked["mission"] == "open the door"
        stacked, *rest = env.step(action)
        observation, *plain_rest = plain.step(action)
        images.append(observation["image"])
        assert rest == plain_rest


def test_an_episode_knows_nothing_of_the_one_before():
    env = FrameStack(gymnasium.make(ENV_ID), 2)
    first = env.reset(seed=0)[0]["image"]
    env.step(Actions.left)
    env.step(Actions.forward)
    assert np.array_equal(env.reset(seed=0)[0]["image"], first)


def test_an_earlier_stack_does_not_change_later():
    """A buffer may keep it without a copy."""
    env = FrameStack(gymnasium.make(ENV_ID), 2)
    earlier = env.reset(seed=0)[0]["image"]
    copy = earlier.copy()
    env.step(Actions.left)
    assert np.array_equal(earlier, copy)
