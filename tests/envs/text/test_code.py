"""Worlds that are played by code, by hand."""

import pytest

from core.task import PLANNING_DOMAINS, TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.code import CodeEnv
from envs.text.functions import functions_of
from runner.text import make_world

BALLS = "gripper/prob06"
"""Balls 1 and 2 go from rooma to roomb, 3 and 4 the other way."""


def begin(name, case, max_primitives=50):
    task = TEXT_TASKS[name]
    env = CodeEnv(
        make_world(task),
        functions_of(task),
        max_primitives,
        repeats_all=task.world in PLANNING_DOMAINS,
    )
    env.reset(options={"case": case})
    return env


@pytest.fixture
def gripper():
    env = begin("gripper", BALLS)
    yield env
    env.close()


@pytest.fixture
def room():
    env = begin("SimpleDoorKey", "0")
    yield env
    env.close()


def test_calls_are_steps_of_the_world(gripper):
    observation, reward, terminated, truncated, info = gripper.step(
        'pick("ball1", "rooma", "left")\nmove("rooma", "roomb")\ndrop("ball1", "roomb", "left")'
    )
    assert observation.split("\n")[0] == (
        "Carried out: pick('ball1', 'rooma', 'left'); move('rooma', 'roomb'); drop('ball1', 'roomb', 'left')."
    )
    assert "ball1 is in roomb." in observation.split("\n")[1]
    assert observation.count("Gripper left is free.") == 1  # only the last situation is shown
    assert (reward, terminated, truncated) == (0.25, False, False)
    assert info["is_valid"]
    assert info["primitive_steps"] == 3


def test_code_sees_what_an_action_has_changed(gripper):
    observation, *_ = gripper.step(
        'seen = pick("ball1", "rooma", "left")\nif "ball1 is held by gripper left." in seen:\n    print("I have it")'
    )
    assert "Printed:\nI have it\n" in observation


def test_the_first_action_that_is_refused_ends_the_code(gripper):
    observation, _, _, _, info = gripper.step(
        'pick("ball1", "rooma", "left")\npick("ball2", "rooma", "left")\nmove("rooma", "roomb")'
    )
    assert observation.split("\n")[1] == (
        "The code ended early: line 2, `pick('ball2', 'rooma', 'left')`: "
        "You cannot pick up ball2 in rooma with left now. This is not true: Gripper left is free."
    )
    assert "The robot is in rooma." in observation.split("\n")[2]
    assert not info["is_valid"]
    assert info["primitive_steps"] == 2
    assert gripper.step('move("rooma", "roomb")')[-1]["is_valid"]


def test_the_introduction_is_not_repeated(gripper):
    observation, *_ = gripper.step('drop("ball1", "rooma", "left")')
    refused, situation = observation.split("\n")
    assert refused.startswith("The code ended early: line 1, `drop('ball1', 'rooma', 'left')`: ")
    assert situation.startswith("This is true now: Gripper left is free.")


def test_the_goal_ends_the_code(gripper):
    code = "\n".join(
        [f'for ball, hand in [("ball{a}", "left"), ("ball{b}", "right")]:\n    {step}'
         for a, b, step in [(1, 2, 'pick(ball, "rooma", hand)')]]
        + ['move("rooma", "roomb")']
        + ['drop("ball1", "roomb", "left")\npick("ball3", "roomb", "left")']
        + ['drop("ball2", "roomb", "right")\npick("ball4", "roomb", "right")']
        + ['move("roomb", "rooma")\ndrop("ball3", "rooma", "left")\ndrop("ball4", "rooma", "right")']
        + ['print("never")\nmove("rooma", "roomb")']
    )  # fmt: skip
    observation, _, terminated, truncated, info = gripper.step(code)
    assert (terminated, truncated, info["success"], info["is_valid"]) == (True, False, True, True)
    assert info["primitive_steps"] == 10
    assert "never" not in observation
    assert observation.endswith("The goal is satisfied.")


@pytest.mark.parametrize("max_primitives", [1, 3])
def test_the_limit_of_actions_truncates(max_primitives):
    env = begin("gripper", BALLS, max_primitives)
    observation, _, terminated, truncated, info = env.step(
        'while True:\n    move("rooma", "roomb")\n    move("roomb", "rooma")'
    )
    env.close()
    assert (terminated, truncated) == (False, True)
    assert info["primitive_steps"] == max_primitives
    assert "no actions are left" in observation


def test_a_goal_with_the_last_action_is_a_success():
    env = begin("gripper", BALLS, 10)
    _, _, terminated, truncated, info = env.step(
        'pick("ball1", "rooma", "left")\npick("ball2", "rooma", "right")\nmove("rooma", "roomb")\n'
        'drop("ball1", "roomb", "left")\npick("ball3", "roomb", "left")\ndrop("ball2", "roomb", "right")\n'
        'pick("ball4", "roomb", "right")\nmove("roomb", "rooma")\ndrop("ball3", "rooma", "left")\n'
        'drop("ball4", "rooma", "right")'
    )
    env.close()
    assert (terminated, truncated, info["success"]) == (True, False, True)


def test_an_endless_loop_changes_nothing_more(gripper):
    observation, _, _, truncated, info = gripper.step(
        'move("rooma", "roomb")\nwhile True:\n    pass'
    )
    assert "The code ended early: the code computed for longer than 1 s" in observation
    assert "The robot is in roomb." in observation
    assert not truncated
    assert info["primitive_steps"] == 1


def test_rooms_say_what_each_action_brought(room):
    observation, *_ = room.step("explore()\ngo_to('key')\npick_up('key')")
    assert observation == (
        "explore(): You explore and find a key.\n"
        "go_to('key'): You go to the key.\n"
        "pick_up('key'): You pick up the key.\n"
        "You have found: nothing yet. You carry the key."
    )


def test_code_without_actions_says_so(room):
    observation, *_, info = room.step("1 + 1")
    assert observation.startswith("The code has called no action.\n")
    assert "You have found: nothing yet." in observation
    assert info["is_valid"]
    assert info["primitive_steps"] == 0


def test_environment_steps_of_rooms_are_minigrid_s(room):
    *_, info = room.step("explore()")
    assert info["primitive_steps"] > 1


def test_a_drawer_is_opened_by_a_function_named_open():
    task = TEXT_TASKS["alfworld"]
    env = begin("alfworld", cases_of(task)[0])
    observation, *_, info = env.step(
        "seen = go_to('drawer 1')\nif 'closed' in seen:\n    print(open('drawer 1'))"
    )
    env.close()
    assert info["is_valid"]
    assert (
        observation.split("\n")[0]
        == "go_to('drawer 1'): You arrive at drawer 1. The drawer 1 is closed."
    )
    assert observation.split("\n")[1].startswith("open('drawer 1'): You open the drawer 1.")


def test_what_code_defines_ends_with_the_episode(room):
    room.step("x = 1")
    assert room.step("x")[-1]["is_valid"]
    room.reset(options={"case": "1"})
    assert not room.step("x")[-1]["is_valid"]


def test_the_same_code_gives_the_same_episode():
    steps = []
    for _ in range(2):
        env = begin("MovingObstacle", "3")
        steps.append([env.step("explore()"), env.step("import random\nprint(random.random())")])
        env.close()
    assert steps[0] == steps[1]
