"""What every text world keeps, a new one too (CONTRIBUTING): ids, cases, and what an episode tells."""

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

import envs  # noqa: F401 registers the worlds
from core.task import TEXT_TASKS
from envs.text.cases import cases_of, check_cases, kind_of
from runner.text import make_world
from tests.envs.text.scienceworld.simulator_here import NEEDS_SIMULATOR

INFO = {"goal": str, "score": float, "success": bool, "is_valid": bool}
NO_ACTION = "this is no action"
WORLDS = {task.env_id: task for task in reversed(TEXT_TASKS.values())}
"""A task of each environment."""

every_world = pytest.mark.parametrize(
    "task",
    [
        pytest.param(task, marks=NEEDS_SIMULATOR if task.name == "sciworld" else ())
        for task in WORLDS.values()
    ],
    ids=lambda task: task.name,
)


@every_world
def test_the_id_passes_check_env_and_has_the_limit_of_the_task(task):
    """Warnings are errors here."""
    env = gymnasium.make(task.env_id)
    assert env.spec.max_episode_steps == task.max_steps
    check_env(env.unwrapped, skip_render_check=True)


@every_world
def test_a_case_begins_and_goes_on_in_the_same_way_each_time(task):
    world = make_world(task)
    other, case = cases_of(task, number=2)

    def begin(case):
        return world.reset(options={"case": case}), world.step(NO_ACTION)

    once = begin(case)
    begin(other)
    assert begin(case) == once
    world.close()


@every_world
def test_info_tells_the_goal_the_score_the_success_and_what_was_possible(task):
    world = make_world(task)
    _, before = world.reset(options={"case": cases_of(task)[0]})
    observation, reward, terminated, truncated, after = world.step(NO_ACTION)
    for info in (before, after):
        assert {name: type(info[name]) for name in INFO} == INFO
    assert before["is_valid"]
    assert not after["is_valid"]
    assert observation
    assert (reward, terminated, truncated) == (0, False, False)
    world.close()


@pytest.mark.parametrize("task", WORLDS.values(), ids=lambda task: task.name)
def test_cases_have_different_names_and_are_found_by_them(task):
    for split in task.splits or ("",):
        cases = cases_of(task, split)
        assert len(set(cases)) == len(cases) > 0
        check_cases(task, cases[:3])
        assert all(isinstance(kind_of(task, case), str) for case in cases[:3])
