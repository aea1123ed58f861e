"""What holds for every registered id, as Minigrid tests its own."""

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
def test_gymnasium_finds_nothing_to_complain_about(env_id, render_mode):
    """Warnings are errors here. Only render mode "human" is left out: it opens a window."""
    env = gymnasium.make(env_id, render_mode=render_mode).unwrapped
    check_env(env, skip_render_check=True)
    env.reset(seed=0)
    picture = env.render()
    assert (picture is None) == (render_mode is None)


@pytest.mark.parametrize("env_id", IDS)
def test_the_id_says_how_large_rooms_and_view_are(env_id):
    """...-Min5-Max10-View3: a grid of 10 x 10, 100 steps, 7 actions."""
    env = gymnasium.make(env_id)
    assert (env.unwrapped.min_room_size, env.unwrapped.max_room_size) == (5, 10)
    assert env.unwrapped.agent_view_size == 3
    assert env.unwrapped.max_steps == 100
    assert env.observation_space["image"].shape == (10, 10, 4)
    assert env.action_space.n == 7


@pytest.mark.parametrize("rooms", ROOMS)
def test_there_are_larger_rooms_and_wider_views(rooms):
    """An agent in rooms to 16 x 16 has 256 steps."""
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
def test_the_docstring_has_the_usual_headings_in_order(task):
    text = type(gymnasium.make(task.env_id).unwrapped).__doc__
    lines = [line.strip() for line in text.splitlines()]
    assert [line[:-1] for line in lines if line[:-1] in HEADINGS] == list(HEADINGS)
    assert f"- `{task.env_id}`" in lines


def test_to_import_the_package_again_is_harmless():
    """gymnasium warns of an id that is registered twice, and a warning would fail this test."""
    before = dict(gymnasium.registry)
    importlib.reload(envs)
    assert dict(gymnasium.registry) == before
