"""HumanEval and MBPP as gymnasium environments; programs run in the sandbox."""

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env

import envs  # noqa: F401 registers the ids
from core.errors import SettingsError
from core.task import PROGRAMMING
from envs.text.coding.env import CodingEnv
from envs.text.coding.problems import read_problems

CUBE = {"case": "MBPP/234"}
"""The volume of a cube: 3 gives 27, 2 gives 8, 5 gives 125."""


@pytest.fixture
def env():
    world = gymnasium.make("MBPP-v0")
    yield world
    world.close()


@pytest.mark.parametrize("env_id", [task.env_id for task in PROGRAMMING.values()])
def test_gymnasium_accepts_it(env_id):
    world = gymnasium.make(env_id).unwrapped
    check_env(world, skip_render_check=True)
    world.close()


def test_every_prompt_is_in_the_observation_space():
    for task in PROGRAMMING:
        world = CodingEnv(task)
        assert all(one.prompt in world.observation_space for one in read_problems(task).values())


def test_a_right_program_is_a_success(env):
    prompt, info = env.reset(options=CUBE)
    assert prompt.startswith("def volume_cube(l: int) -> int:\n")
    assert info == {
        "goal": "write the function volume_cube",
        "case": "MBPP/234",
        "entry_point": "volume_cube",
        "score": 0.0,
        "success": False,
        "is_valid": True,
    }
    result = env.step("def volume_cube(side):\n    return side ** 3")
    won = info | {"score": 1.0, "success": True}
    assert result == ("All hidden tests pass.", 1.0, True, False, won)
    again = env.unwrapped.step("def volume_cube(side):\n    return 0")
    assert again == ("All hidden tests pass.", 1.0, True, False, won | {"is_valid": False})


@pytest.mark.parametrize(
    ("program", "observation", "is_valid"),
    [
        ("    return l ** 3", "All hidden tests pass.", True),
        ("def volume_cube(l):\n    return l ** 2", "It fails: AssertionError", True),
        ("def volume_cube(l):\n    return cube(l)", "It fails: NameError", True),
        ("def volume_cube(l) return", "It fails: SyntaxError", False),
        ("Sorry, I cannot.", "It fails: ", False),
    ],
)
def test_a_program_is_judged(env, program, observation, is_valid):
    env.reset(options=CUBE)
    said, _, terminated, _, info = env.step(program)
    assert said.startswith(observation)
    assert (terminated, info["is_valid"]) == (True, is_valid)
    assert info["success"] == (observation == "All hidden tests pass.")


@pytest.mark.parametrize(
    "ending", ["import sys; sys.exit(0)", "import os; os._exit(0)", "raise SystemExit"]
)
def test_a_program_that_ends_before_its_tests_has_not_passed_them(env, ending):
    env.reset(options=CUBE)
    observation, reward, *_, info = env.step(f"def volume_cube(l):\n    return 0\n{ending}")
    assert observation.startswith("It fails: ")
    assert (reward, info["success"]) == (0.0, False)


def test_nothing_is_left_for_the_next_program(env):
    """A name that one program defines is unknown to the next: the published runs shared one namespace."""
    env.reset(options=CUBE)
    env.step("def helper(x):\n    return x ** 3\n\ndef volume_cube(l):\n    return helper(l)")
    env.reset(options=CUBE)
    observation, *_ = env.step("def volume_cube(l):\n    return helper(l)")
    assert observation.startswith("It fails: NameError")


def test_drawn_cases_follow_the_seed(env):
    first = env.reset(seed=4)[1]["case"]
    assert env.reset(seed=4)[1]["case"] == first
    assert len({env.reset()[1]["case"] for _ in range(9)}) > 1


def test_unknown_names_are_refused(env):
    with pytest.raises(SettingsError, match="unknown case"):
        env.reset(options={"case": "MBPP/0"})
    with pytest.raises(SettingsError, match="unknown task"):
        CodingEnv("leetcode")
