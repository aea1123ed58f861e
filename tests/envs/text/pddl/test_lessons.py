"""Lessons of the planning beginner: written from an episode in one problem, read before another one."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.task import find_text_tasks
from envs.text.pddl.expert import Expert
from envs.text.pddl.lessons import needs_in
from envs.text.pddl.novice import Novice
from envs.text.pddl.problems import find_domain
from runner.text import make_world

PICK = "'pick up BALL in ROOM with GRIPPER'"


def begin(case):
    [task] = find_text_tasks(case.partition("/")[0])
    env = make_world(task)
    return env, env.reset(options={"case": case})[0]


def after(case, *actions):
    """A beginner that knows everything, after some actions."""
    env, introduction = begin(case)
    player = Novice(introduction, (), random.Random(0))
    for action in actions:
        player.observe(action, env.step(action)[0])
    return player


def test_a_lesson_in_full():
    """The second ball was to be taken with the gripper that held the first; a query is no action."""
    player = after(
        "gripper/prob01",
        "pick up ball3 in rooma with left",
        "check valid actions",
        "pick up ball2 in rooma with left",
        "move from rooma to roomb",
    )
    assert player.lesson() == (
        f"{PICK} was refused, because this was not true: Gripper GRIPPER is free. "
        f"Whenever {PICK} was possible, this was true: BALL is in ROOM. Gripper GRIPPER is free. The robot is in ROOM. "
        "Whenever 'move from ROOM1 to ROOM2' was possible, this was true: The robot is in ROOM1."
    )


def test_what_was_not_true_each_time_is_left_out():
    """The second block was clear, and was on the table when the first was stacked on it, not when the third was."""
    lesson = after(
        "blockworld/problem1",
        *Expert(begin("blockworld/problem1")[1]).plan(),
    ).lesson()
    stack = lesson.partition("Whenever 'stack BLOCK1 on BLOCK2' was possible, this was true: ")[2]
    told = stack.partition(" Whenever")[0]
    assert "The arm holds BLOCK1." in told
    assert "Nothing is on BLOCK2." in told
    assert "BLOCK2 is on the table." not in told


@pytest.mark.parametrize(
    "domain",
    ["gripper", "blockworld", "tyreworld", pytest.param("barman", marks=pytest.mark.slow)],
)
def test_a_solved_problem_teaches_all_that_its_actions_need(domain):
    """Of what actions change; what never changes stands in every first observation."""
    case = {"gripper": "prob01", "blockworld": "problem1"}.get(domain, "p01")
    _, introduction = begin(f"{domain}/{case}")
    plan = Expert(introduction).plan()
    lesson = after(f"{domain}/{case}", *plan).lesson()
    words = {name for command in plan for name in [command.split()[0]]}
    actions = find_domain(domain).actions
    done = {name for name in actions if name in words or (name == "pick" and "pick" in words)}
    static = find_domain(domain).static_predicates
    expected = {
        (name, number)
        for name in done
        for number, fact in enumerate(actions[name].preconditions)
        if fact[0] not in static
    }
    assert done
    assert {need for need in needs_in(lesson, domain) if need[0] in done} == expected


def test_a_reader_plans_with_what_it_was_told():
    """Without the lesson from another problem, some of 20 beginners plan otherwise."""
    _, introduction = begin("gripper/prob02")
    lesson = after("gripper/prob01", *Expert(begin("gripper/prob01")[1]).plan()).lesson()
    for seed in range(20):
        reader = Novice(introduction, [lesson], random.Random(seed))
        assert reader.plan() == Expert(introduction).plan()
    plans = [Novice(introduction, (), random.Random(seed)).plan() for seed in range(20)]
    assert any(plan != Expert(introduction).plan() for plan in plans)


@pytest.mark.parametrize(
    "lesson",
    [
        "",
        "'",
        "Gripper GRIPPER is free.",
        "'fly to ROOM' needs: Gripper GRIPPER is free.",
        f"{PICK} and 'move from ROOM1 to ROOM2' are actions: Gripper GRIPPER is free.",
        "'pick up ball1 in rooma with left': Gripper left is free.",
    ],
)
def test_other_texts_teach_nothing(lesson):
    assert not list(needs_in(lesson, "gripper"))


@given(st.text(max_size=200))
def test_a_lesson_may_say_anything(text):
    assert not list(needs_in(text, "barman"))


def test_without_an_action_there_is_nothing_to_say():
    assert after("gripper/prob01").lesson() == after("gripper/prob01", "dance").lesson() == ""
