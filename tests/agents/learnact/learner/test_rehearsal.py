"""Lines that call functions, tried out in real worlds: errors of Python count, refused actions do not."""

import pytest

from agents.learnact.learner.rehearsal import rehearse
from agents.learnact.learner.revision import revise
from core.library import Library
from core.task import TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.functions import functions_of
from runner.text import make_world

CARRY = '''\
def carry(ball, a, b):
    """Carry a ball."""
    pick(ball, a, "left")
    move(a, b)
    seen = drop(ball, b, "left")
    return seen.split("\\n")

def shout(text):
    pick(text, text, text)
    return text.louder()
'''
SOLUTION = """\
def both(x, y, a, b):
    pick(x, a, "left")
    pick(y, a, "right")
    move(a, b)
    drop(x, b, "left")
    drop(y, b, "right")

both("ball3", "ball4", "rooma", "roomb")
both("ball1", "ball2", "roomb", "rooma")
move("rooma", "roomb")
both("ball5", "ball6", "roomb", "rooma")
"""


def rehearsed(usage, *, case="gripper/prob08", max_primitives=20):
    task = TEXT_TASKS["gripper"]
    functions = functions_of(task)
    library = revise(Library(), CARRY, [each.name for each in functions]).library
    return rehearse(make_world(task), case, functions, library, usage, max_primitives)


@pytest.mark.parametrize(
    "usage",
    [
        "carry('ball3', 'rooma', 'roomb')",
        "carry('ball3', 'rooma', 'roomb')\ncarry('ball3', 'roomb', 'rooma')\nprint('done')",
        "carry('ball3', 'roomb', 'rooma')",  # refused: the ball is not there
        "move('rooma', 'nowhere')\n1 / 0",
        "carry('ball99', 'rooma', 'roomb')",
        "x = 1",
    ],
)
def test_lines_that_run_as_far_as_the_world_lets_them(usage):
    assert rehearsed(usage) == ""


@pytest.mark.parametrize(
    ("usage", "problem"),
    [
        ("carry('ball3')", "TypeError"),
        ("carry('ball3', 'rooma', 'roomb').x", "AttributeError"),
        ("move('rooma', 'roomb')\n1 / 0", "line 2, `1 / 0`: ZeroDivisionError: division by zero"),
        ("move('rooma')", "TypeError: move(room1, room2): missing a required argument: 'room2'"),
        ("fly()", "NameError: name 'fly' is not defined"),
        ("while True: pass", "the code computed for longer than 1 s"),
        ("while True:\n    carry('ball3', 'rooma', 'roomb')\n    carry('ball3', 'roomb', 'rooma')", "no actions are left"),
    ],
)  # fmt: skip
def test_errors_of_python_are_said(usage, problem):
    assert problem in rehearsed(usage)


def test_after_the_end_of_the_episode_nothing_is_wrong_any_more():
    assert rehearsed(f"{SOLUTION}1 / 0") == ""
    assert "ZeroDivisionError" in rehearsed(f"1 / 0\n{SOLUTION}")


def test_each_rehearsal_has_a_world_of_its_own():
    usage = "if 'ball3 is in roomb' in check_valid_actions():\n    1 / 0\ncarry('ball3', 'rooma', 'roomb')"
    assert [rehearsed(usage) for _ in range(2)] == ["", ""]


@pytest.mark.parametrize("name", ["SimpleDoorKey", "put"])
def test_other_worlds(name):
    task = TEXT_TASKS[name]
    case = cases_of(task)[0]

    def in_world(usage):
        return rehearse(make_world(task), case, functions_of(task), Library(), usage, 9)

    assert in_world("go_to('sky')") == ""
    assert "TypeError: go_to(" in in_world("go_to()")
