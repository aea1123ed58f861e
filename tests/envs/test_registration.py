"""Properties of every registered id, as in MiniGrid's own tests."""

import importlib
import re

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

import envs
from core.task import ROOMS, TASKS, find_task

IDS = [task.env_id for task in TASKS.values()]
HEADINGS = (
    "Description",
    "Mission Space",
    "Action Space",
    "Observation Encoding",
    "Rewards",
    "Termination",
    "Registered Configurations",
)


@pytest.mark.parametrize("render_mode", [None, "rgb_array"])
@pytest.mark.parametrize("env_id", IDS)
def test_check_env_passes(env_id, render_mode):
    """Warnings are errors here. Render mode "human" is excluded because it opens a window."""
    env = gymnasium.make(env_id, render_mode=render_mode).unwrapped
    check_env(env, skip_render_check=True)
    env.reset(seed=0)
    picture = env.render()
    assert (picture is None) == (render_mode is None)


@pytest.mark.parametrize("env_id", IDS)
def test_the_id_states_room_size_and_view_size(env_id):
    """...-Min5-Max10-View3: a grid of 10 x 10, 100 steps, 7 actions."""
    env = gymnasium.make(env_id)
    assert (env.unwrapped.min_room_size, env.unwrapped.max_room_size) == (5, 10)
    assert env.unwrapped.agent_view_size == 3
    assert env.unwrapped.max_steps == 100
    assert env.observation_space["image"].shape == (10, 10, 4)
    assert env.action_space.n == 7


@pytest.mark.parametrize("rooms", ROOMS)
def test_variants_have_larger_rooms_and_views(rooms):
    """Rooms of up to 16 x 16 cells have 256 steps."""
    size, view = map(int, re.findall(r"Max(\d+)-View(\d+)", rooms)[0])
    env = gymnasium.make(find_task("RandomBoxKey", rooms).env_id)
    check_env(env.unwrapped, skip_render_check=True)
    assert env.unwrapped.agent_view_size == view
    assert env.unwrapped.max_steps == size**2
    assert env.reset(seed=1)[0]["image"].shape == (size, size, 4)


@pytest.mark.parametrize("env_id", IDS)
def test_the_mission_is_to_open_the_door(env_id):
    observation, _ = gymnasium.make(env_id).reset(seed=0)
    assert observation["mission"] == "open the door"


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_docstring_has_minigrid_s_headings_in_order(task):
    text = type(gymnasium.make(task.env_id).unwrapped).__doc__
    lines = [line.strip() for line in text.splitlines()]
    assert [line[:-1] for line in lines if line[:-1] in HEADINGS] == list(HEADINGS)
    assert f"- `{task.env_id}`" in lines


def test_reloading_the_package_changes_nothing():
    """gymnasium warns about an id that is registered twice, and warnings are errors here."""
    before = dict(gymnasium.registry)
    importlib.reload(envs)
    assert dict(gymnasium.registry) == before
