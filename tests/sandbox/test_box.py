"""The box with the real interpreter: what code can do, and what it is told."""

import pytest

from sandbox.action import Action, Call, Stop
from sandbox.box import Box
from sandbox.run import MAX_PRINTED


class House:
    """A stand-in of a world, which remembers where one went."""

    def __init__(self):
        self.went = []

    def go(self, place, speed="slow"):
        if place == "wall":
            raise Stop("there is a wall")
        if place == "exit":
            raise Stop("", "you are out")
        self.went.append(place)
        return f"you are in the {place}"

    def actions(self):
        return {
            "go": Action(("place",), self.go),
            "run": Action(("place", "speed"), self.go),
            "open": Action(("thing",), lambda thing: f"the {thing} is open"),
        }


@pytest.fixture
def house():
    return House()


@pytest.fixture
def box(house):
    with Box(house.actions(), 10) as box:
        yield box


def test_code_calls_actions_and_sees_what_they_return(box, house):
    ran = box.run(
        "for room in ['kitchen', 'hall']:\n    if 'hall' in go(room):\n        print('hall!')"
    )
    assert house.went == ["kitchen", "hall"]
    assert ran.printed == "hall!\n"
    assert ran.calls == (
        Call("go", ("kitchen",), "you are in the kitchen", 2),
        Call("go", ("hall",), "you are in the hall", 2),
    )
    assert (ran.error, ran.line, ran.value) == ("", 0, "")
    assert box.steps_left == 8


def test_what_is_defined_stays(box):
    box.run("def twice(place):\n    go(place)\n    return go(place)\n")
    assert box.run("twice('hall')").value == "you are in the hall"


def test_lines_are_known_after_a_run_of_nothing(box):
    assert box.run("").error == ""
    assert box.run("x = 1\n1 / 0").error == "line 2, `1 / 0`: ZeroDivisionError: division by zero"


def test_arguments_have_names(box):
    [call] = box.run("run(speed='fast', place='hall')").calls
    assert str(call) == "run('hall', 'fast')"


def test_an_action_may_have_the_name_of_a_builtin(box):
    assert box.run("open('boot')").value == "the boot is open"
    assert box.run("def f():\n    return open('safe')\nf()").value == "the safe is open"


def test_an_action_is_a_value(box, house):
    box.run("for act in [go, open]:\n    act('hall')\n")
    assert house.went == ["hall"]


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("go('hall')\ngo('wall')\ngo('hall')", "line 2, `go('wall')`: there is a wall"),
        ("x = 'wall'\ngo(x)", "line 2, `go('wall')`: there is a wall"),
        ("def f(x):\n    go(x)\nf('wall')", "line 2, `go('wall')`: there is a wall"),
        ("x = [", "line 1, `x = [`: SyntaxError: unexpected EOF while parsing"),
        ("x = [\n", "line 2: SyntaxError: unexpected EOF while parsing"),
        ("go('hall')\nx = 1 / 0", "line 2, `x = 1 / 0`: ZeroDivisionError: division by zero"),
        ("fly()", "line 1, `fly()`: NameError: name 'fly' is not defined"),
        ("\ngo()", "line 2, `go()`: TypeError: go(place): missing a required argument: 'place'"),
        ("go('a', 'b')", "line 1, `go('a', 'b')`: TypeError: go(place): too many positional arguments"),
        ("go('a', to='b')", "line 1, `go('a', to='b')`: TypeError: go(place): got an unexpected keyword argument 'to'"),
        ("go(['a'])", "line 1, `go(['a'])`: TypeError: go(place): place must be a text, not a list"),
        ("go('a\\nb')", "line 1, `go('a\\nb')`: TypeError: go(place): place must be a few words in one line"),
        ("import numpy", "line 1, `import numpy`: ModuleNotFoundError: No module named 'numpy'"),
        ("raise ValueError('a\\nb')", "line 1, `raise ValueError('a\\nb')`: ValueError: a b"),
    ],
)  # fmt: skip
def test_an_error_says_which_line_and_why(box, code, error):
    ran = box.run(code)
    assert ran.error == error
    assert ran.line == int(error.split()[1].rstrip(",:"))


def test_a_function_of_an_earlier_run_is_not_a_line_of_this_one(box):
    box.run("def f(x):\n    y = 1\n    return go(x)")
    ran = box.run("y = 2\nf('wall')")
    assert ran.error == "line 2, `go('wall')`: there is a wall"


def test_nothing_happens_after_an_action_that_went_wrong(box, house):
    ran = box.run("try:\n    go('wall')\nexcept:\n    pass\ngo('hall')\nprint('on')")
    assert house.went == []
    assert ran.error == "line 2, `go('wall')`: there is a wall"
    assert box.run("go('hall')").error == ""


def test_code_ends_without_an_error_where_nothing_is_left_to_do(box):
    ran = box.run("go('exit')\nprint('on')")
    assert (ran.error, ran.printed) == ("", "")
    assert [call.result for call in ran.calls] == ["you are out"]


def test_calls_are_counted_over_the_whole_session(box, house):
    box.run("for i in range(7):\n    go('hall')")
    ran = box.run("for i in range(7):\n    go('hall')")
    assert ran.error == "line 2, `go('hall')`: no actions are left"
    assert len(house.went) == 10
    assert box.steps_left == 0


def test_wrong_calls_and_refused_actions_cost(box):
    box.run("go()")
    assert box.steps_left == 10
    box.run("go('wall')")
    assert box.steps_left == 9


def test_an_endless_loop_ends_and_a_new_session_begins(house):
    with Box(house.actions(), 5, seconds=0.05) as box:
        box.run("x = 1")
        ran = box.run("go('hall')\nwhile True:\n    pass")
        assert ran.error == "the code computed for longer than 0.05 s"
        assert len(ran.calls) == 1
        assert box.steps_left == 4
        assert box.run("x").error == "line 1, `x`: NameError: name 'x' is not defined"


def test_too_much_memory_is_said_in_words(house):
    with Box(house.actions(), 5, memory=2**20) as box:
        assert box.run("x = [0] * 10**6").error.endswith("the code used more than 1 MiB")
        assert box.run("go('hall')").error == ""


@pytest.mark.parametrize(
    ("code", "value"),
    [("1 + 1", "2"), ("'text'", "text"), ("1 == 1", "True"), ("None", ""), ("[1]", ""), ("x = 1", ""),
     ("repr([1, 'a'])", "[1, 'a']"), ("10 ** 100", ""), ("0.5", "0.5")],
)  # fmt: skip
def test_the_value_is_a_text_or_a_number(box, code, value):
    assert box.run(code).value == value


def test_only_the_beginning_of_the_output_is_kept(box):
    assert box.run("print('x' * 10 ** 6)\nprint('y')").printed == "x" * MAX_PRINTED


def test_the_same_code_does_the_same(house):
    code = "import random, time\nprint(random.random(), time.time())"
    with Box({}, 0) as one, Box({}, 0) as other:
        assert one.run(code).printed == other.run(code).printed != ""


def test_line_ends_of_other_systems_are_counted(box):
    assert box.run("x = 1\r\ngo('wall')\r\n").line == 2
