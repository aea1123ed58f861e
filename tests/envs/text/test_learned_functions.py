"""Worlds that are played by code with learned functions: what the observations say, by hand."""

import ast
from contextlib import closing

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.library import LearnedFunction, Library
from core.task import PLANNING_DOMAINS, TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.code import ENDED, MAX_RETURNED, CodeEnv, Ended, describe, read_ended
from envs.text.functions import functions_of
from runner.text import make_world
from sandbox.action import Call
from sandbox.run import Ran

BALLS = "gripper/prob06"
"""Balls 1 and 2 go from rooma to roomb, 3 and 4 the other way."""
CARRY = '''
def carry(ball, room):
    """Carry a ball to the other room."""
    start = other(room)
    pick(ball, start, "left")
    move(start, room)
    return drop(ball, room, "left")


def other(room):
    return ROOMS[1 - ROOMS.index(room)]


def where(ball):
    return [part for part in last_observation().split(". ") if ball in part][-1]
'''
HOUSE = '''
def look_into(place):
    """Go to a place and open it if it is closed."""
    seen = go_to(place)
    return open(place) if "is closed" in seen else seen


def bring(thing, source, target):
    look_into(source)
    take(thing, source)
    go_to(target)
    return move(thing, target)
'''
ROOM = """
def fetch(thing):
    go_to(thing)
    return pick_up(thing)
"""


def library(source, preamble=""):
    functions = [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]
    return Library(tuple(map(LearnedFunction.of, functions)), preamble)


def begin(name, case, functions, max_primitives=50):
    task = TEXT_TASKS[name]
    env = CodeEnv(
        make_world(task),
        functions_of(task),
        max_primitives,
        library=functions,
        repeats_all=task.world in PLANNING_DOMAINS,
    )
    env.reset(options={"case": case})
    return env


@pytest.fixture
def gripper():
    with closing(begin("gripper", BALLS, library(CARRY, 'ROOMS = ["rooma", "roomb"]'))) as env:
        yield env


@pytest.fixture
def house():
    with closing(begin("alfworld", cases_of(TEXT_TASKS["alfworld"])[0], library(HOUSE))) as env:
        yield env


@pytest.fixture
def room():
    with closing(begin("SimpleDoorKey", "0", library(ROOM))) as env:
        yield env


def test_a_call_of_a_function_is_one_decision_and_its_actions_are_told(gripper):
    observation, reward, terminated, _, info = gripper.step("carry('ball1', 'roomb')")
    assert observation == (
        "Carried out: pick('ball1', 'rooma', 'left'); move('rooma', 'roomb'); drop('ball1', 'roomb', 'left').\n"
        "Gripper left is free. Gripper right is free. The robot is in roomb. ball1 is in roomb. "
        "ball2 is in rooma. ball3 is in roomb. ball4 is in roomb."
    )
    assert (reward, terminated, info["is_valid"], info["primitive_steps"]) == (0.25, False, True, 3)
    assert read_ended(observation) is None


def test_a_refused_action_is_told_with_the_way_to_it(gripper):
    observation, *_, info = gripper.step("move('rooma', 'roomb')\ncarry('ball1', 'roomb')")
    reason = (
        "You cannot pick up ball1 in rooma with left now. This is not true: The robot is in rooma."
    )
    assert observation.split("\n")[:2] == [
        "Carried out: move('rooma', 'roomb').",
        "The code ended early: line 2, `carry('ball1', 'roomb')`: in carry, line 4, "
        f"`pick('ball1', 'rooma', 'left')`: {reason}",
    ]
    assert (info["is_valid"], info["primitive_steps"]) == (False, 2)
    assert read_ended(observation) == Ended("carry", 4, "pick('ball1', 'rooma', 'left')", reason)


def test_a_mistake_of_a_function_is_told_with_the_way_to_it(gripper):
    observation, *_, info = gripper.step("carry('ball1', 'cellar')")
    assert read_ended(observation) == Ended(
        "other",
        2,
        "return ROOMS[1 - ROOMS.index(room)]",
        "ValueError: list.index(x): x not in list",
    )
    assert "in carry, line 3, `start = other(room)`: in other, line 2, " in observation
    assert info["primitive_steps"] == 0


def test_an_error_in_the_code_itself_is_in_no_function(gripper):
    observation, *_ = gripper.step("x = 1\ndrop('ball1', 'rooma', 'left')")
    ended = read_ended(observation)
    assert (ended.function, ended.line, ended.place) == ("", 2, "drop('ball1', 'rooma', 'left')")
    assert ended.reason.startswith("You cannot drop ball1 ")
    ended = read_ended(gripper.step("while True:\n    pass")[0])
    assert ended == Ended("", 0, "", "the code computed for longer than 1 s")


def test_what_a_function_returns_is_told_where_it_is_not_shown_yet(gripper):
    assert "Returned: ball1 is in rooma\n" in gripper.step("where('ball1')")[0]
    assert "Returned:" not in gripper.step("move('rooma', 'roomb')")[0]
    assert "Returned: ball3 is in roomb\n" in gripper.step("seen = 1\nwhere('ball3')")[0]
    assert "Returned: 3\n" in gripper.step("1 + 2")[0]
    observation = gripper.step("'a\\n' * 1000")[0]
    assert observation.split("\n")[1] == "Returned: " + "a " * (MAX_RETURNED // 2)


def test_last_observation_is_free_and_is_what_was_observed_last(gripper):
    first, _ = gripper.reset(options={"case": BALLS})
    *_, info = gripper.step(f"assert last_observation() == {first!r}")
    assert (info["is_valid"], info["primitive_steps"]) == (True, 0)
    *_, info = gripper.step(
        "before = last_observation()\nseen = move('rooma', 'roomb')\nassert last_observation() == seen != before"
    )
    assert (info["is_valid"], info["primitive_steps"]) == (True, 1)
    gripper.step("drop('ball1', 'rooma', 'left')")  # is refused
    assert gripper.step("assert last_observation() == seen")[-1]["is_valid"]


def test_last_observation_takes_no_arguments(gripper):
    observation, *_ = gripper.step("last_observation(1)")
    assert read_ended(observation).reason.startswith("TypeError: last_observation(): ")
    assert gripper.step("carry('ball1', 'roomb')")[-1]["is_valid"]


def test_every_episode_begins_with_the_functions(gripper):
    gripper.step("carry = None")
    assert not gripper.step("carry('ball1', 'roomb')")[-1]["is_valid"]
    gripper.reset(options={"case": BALLS})
    assert gripper.step("carry('ball1', 'roomb')")[-1]["is_valid"]


def test_an_action_that_is_written_over_is_there_again_in_the_next_decision(gripper):
    observation, *_, info = gripper.step(
        "def pick(*words):\n    return ''\ncarry('ball1', 'roomb')"
    )
    assert "`drop('ball1', 'roomb', 'left')`: You cannot drop" in observation
    assert info["primitive_steps"] == 2
    assert gripper.step("move('roomb', 'rooma')\ncarry('ball1', 'roomb')")[-1]["is_valid"]


def test_the_limit_of_actions_ends_a_function():
    functions = library(
        "def wander():\n    while True:\n        move('rooma', 'roomb')\n        move('roomb', 'rooma')"
    )
    with closing(begin("gripper", BALLS, functions, 5)) as env:
        observation, _, terminated, truncated, info = env.step("wander()")
    assert (terminated, truncated, info["primitive_steps"]) == (False, True, 5)
    assert read_ended(observation) == Ended(
        "wander", 4, "move('roomb', 'rooma')", "no actions are left"
    )


def test_functions_of_a_house_look_at_what_they_see(house):
    observation, *_, info = house.step("look_into('drawer 1')")
    arrived, opened = observation.split("\n")
    assert arrived == "go_to('drawer 1'): You arrive at drawer 1. The drawer 1 is closed."
    assert opened.startswith(
        "open('drawer 1'): You open the drawer 1. The drawer 1 is open. In it, "
    )
    assert info["primitive_steps"] == 2
    observation, *_ = house.step("bring('pencil 1', 'desk 1', 'shelf 1')")
    assert [line.split(":")[0] for line in observation.split("\n")] == [
        "go_to('desk 1')",
        "take('pencil 1', 'desk 1')",
        "go_to('shelf 1')",
        "move('pencil 1', 'shelf 1')",
    ]


def test_a_function_of_a_house_ends_at_the_first_refused_action(house):
    observation, *_, info = house.step("bring('mug 1', 'desk 1', 'roof 1')")
    assert [line.split(":")[0] for line in observation.split("\n")] == [
        "go_to('desk 1')",
        "take('mug 1', 'desk 1')",
        "The code ended early",
    ]
    assert observation.endswith(
        "line 1, `bring('mug 1', 'desk 1', 'roof 1')`: in bring, line 4, `go_to('roof 1')`: Nothing happens."
    )
    assert read_ended(observation) == Ended("bring", 4, "go_to('roof 1')", "Nothing happens.")
    assert info["primitive_steps"] == 3


def test_functions_of_a_room(room):
    observation, *_ = room.step("explore()\nfetch('key')")
    assert observation == (
        "explore(): You explore and find a key.\n"
        "go_to('key'): You go to the key.\n"
        "pick_up('key'): You pick up the key.\n"
        "You have found: nothing yet. You carry the key."
    )
    observation, *_ = room.step("fetch('box')")
    assert observation.startswith(
        f"{ENDED} line 1, `fetch('box')`: in fetch, line 2, `go_to('box')`: "
    )
    assert read_ended(observation)[:3] == ("fetch", 2, "go_to('box')")


def test_what_is_printed_is_not_read_as_an_end(gripper):
    observation, *_, info = gripper.step(f"print({ENDED!r}, 'line 1')\nprint({ENDED!r}, 'line 2')")
    assert info["is_valid"]
    assert read_ended(observation) is None


texts = st.text(st.sampled_from(f"a`:,\n ()'{chr(0x85)}")) | st.sampled_from(
    [ENDED, f"{ENDED} in f, line 1, `x`: y", "in f, line 1, `x`: y"]
)


@given(
    st.builds(Ran, st.just(""), st.just(0), texts, texts, st.lists(
        st.builds(Call, st.just("go"), st.tuples(texts), texts, st.just(1)), max_size=2).map(tuple)),
    st.booleans(),
)  # fmt: skip
def test_code_that_ran_to_its_end_never_reads_as_ended(ran, repeats_all):
    assert read_ended(describe(ran, "You see a desk.", repeats_all=repeats_all)) is None


MOVES = ("move('rooma', 'roomb')", "move('roomb', 'rooma')", "carry('ball1', 'roomb')",
         "carry('ball3', 'rooma')", "carry('ball2', 'roomb')", "where('ball1')")  # fmt: skip


@settings(max_examples=25)
@given(st.lists(st.lists(st.sampled_from(MOVES), min_size=1, max_size=4), min_size=1, max_size=4))
def test_any_decisions_come_to_what_their_actions_come_to(decisions):
    """The told actions alone, in a world without functions, lead to the same situation and count."""
    functions = library(CARRY, 'ROOMS = ["rooma", "roomb"]')
    with (
        closing(begin("gripper", BALLS, functions)) as env,
        closing(make_world(TEXT_TASKS["gripper"])) as plain,
    ):
        plain.reset(options={"case": BALLS})
        commands = {function.name: function for function in functions_of(TEXT_TASKS["gripper"])}
        for lines in decisions:
            observation, _, terminated, _, info = env.step("\n".join(lines))
            told = observation.split("\n")[0].removeprefix("Carried out: ").rstrip(".")
            calls = told.split("; ") if observation.startswith("Carried out: ") else []
            situation = ""
            for call in calls:
                node = ast.parse(call).body[0].value
                words = [ast.literal_eval(word) for word in node.args]
                situation, *_, of_plain = plain.step(commands[node.func.id].command(*words))
                assert of_plain["is_valid"]
            assert info["primitive_steps"] == len(calls) + (not info["is_valid"])
            if situation:
                assert observation.split("\n")[-1] == situation.split("\n")[-1]
            assert (read_ended(observation) is None) == info["is_valid"]
            if terminated:
                break
