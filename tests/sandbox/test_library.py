"""Functions that a box begins with: what they do, and where an error in them is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.action import Action, Stop
from sandbox.box import Box
from sandbox.places import Place, read_error

LIBRARY = {
    "": "SPEED = 2",
    "twice": "def twice(place):\n    for step in range(SPEED):\n        go(place)\n    return step",
    "tour": "def tour(places):\n    for place in places:\n        twice(place)",
    "each": "def each(act, places):\n    for place in places:\n        act(place)",
    "half": "def half(x):\n    return x / 0",
    "dive": "def dive(depth):\n    if depth == 0:\n        go('wall')\n    dive(depth - 1)",
    "shy": "def shy(place):\n    try:\n        go(place)\n    except:\n        pass",
}


class House:
    """A stand-in of a world, which remembers where one went."""

    def __init__(self):
        self.went = []

    def go(self, place):
        if place == "wall":
            raise Stop("there is a wall")
        if place == "exit":
            raise Stop("", "you are out")
        self.went.append(place)
        return f"you are in the {place}"

    def box(self, library, steps=10):
        last = Action((), lambda: self.went[-1] if self.went else "nowhere", is_free=True)
        actions = {"go": Action(("place",), self.go), "last": last}
        return Box(actions, steps, library=library, seconds=0.2)


@pytest.fixture
def house():
    return House()


@pytest.fixture
def box(house):
    with house.box(LIBRARY) as box:
        yield box


def test_learned_functions_are_there_from_the_beginning(box, house):
    ran = box.run("tour(['hall', 'kitchen'])")
    assert ran.error == ""
    assert house.went == ["hall", "hall", "kitchen", "kitchen"]
    assert [call.line for call in ran.calls] == [0, 0, 0, 0]
    assert box.steps_left == 6


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("x = 1\ntwice('wall')", "line 2, `twice('wall')`: in twice, line 3, `go('wall')`: there is a wall"),
        ("tour(['hall', 'wall'])",
         "line 1, `tour(['hall', 'wall'])`: in tour, line 3, `twice(place)`: in twice, line 3, `go('wall')`: there is a wall"),
        ("half(1)", "line 1, `half(1)`: in half, line 2, `return x / 0`: ZeroDivisionError: division by zero"),
        ("each(go, ['wall'])", "line 1, `each(go, ['wall'])`: in each, line 3, `go('wall')`: there is a wall"),
        ("each(lambda place: go(place), ['wall'])", "line 1, `go('wall')`: there is a wall"),
        ("each(twice, ['wall'])",
         "line 1, `each(twice, ['wall'])`: in each, line 3, `act(place)`: in twice, line 3, `go('wall')`: there is a wall"),
        ("def f():\n    tour(['wall'])\nf()",
         "line 2, `tour(['wall'])`: in tour, line 3, `twice(place)`: in twice, line 3, `go('wall')`: there is a wall"),
        ("twice()", "in twice, line 1, `def twice(place):`: TypeError: twice() missing 1 required positional argument: 'place'"),
        ("twice(['hall'])",
         "line 1, `twice(['hall'])`: in twice, line 3, `go(place)`: TypeError: go(place): place must be a text, not a list"),
        ("shy('wall')", "in shy, line 3, `go('wall')`: there is a wall"),
        ("shy('wall')\ntwice('hall')", "in shy, line 3, `go('wall')`: there is a wall"),
        ("try:\n    twice('wall')\nexcept:\n    half(1)", "in twice, line 3, `go('wall')`: there is a wall"),
        ("dive(9)",
         "line 1, `dive(9)`: in dive, line 4, `dive(depth - 1)`: 7 more calls: "
         "in dive, line 4, `dive(depth - 1)`: in dive, line 3, `go('wall')`: there is a wall"),
        ("exec(\"twice('wall')\")",
         "line 1, `exec(\"twice('wall')\")`: in twice, line 3, `go('wall')`: there is a wall"),
        ("twice('`')\ntwice('wall')",
         "line 2, `twice('wall')`: in twice, line 3, `go('wall')`: there is a wall"),
        ("twice('wall') # `: in half, line 1, `",
         "line 1, `twice('wall') # ': in half, line 1, '`: in twice, line 3, `go('wall')`: there is a wall"),
    ],
)  # fmt: skip
def test_an_error_says_the_way_into_the_functions(box, code, error):
    ran = box.run(code)
    assert ran.error == error
    assert ran.line == (int(error.split()[1].rstrip(",")) if error.startswith("line") else 0)


def test_after_a_limit_the_functions_are_there_again(box, house):
    box.run("mine = 1\ntwice = None")
    assert "'NoneType' object is not callable" in box.run("twice('hall')").error
    assert box.run("while True:\n    pass").error == "the code computed for longer than 0.2 s"
    assert box.run("mine").error.endswith("NameError: name 'mine' is not defined")
    assert box.run("twice('hall')").error == ""
    assert house.went == ["hall", "hall"]
    assert box.run("twice('wall')").error.startswith("line 1, `twice('wall')`: in twice, line 3, ")


def test_a_function_that_is_left_out_says_why(house):
    with house.box({"bad": "def bad():\n    pass\n1 / 0", **LIBRARY}) as box:
        assert box.run("bad()").error == (
            "line 1, `bad()`: NameError: name 'bad' is not defined, because its definition has failed: "
            "in bad, line 3, `1 / 0`: ZeroDivisionError: division by zero"
        )


def test_free_calls_are_neither_counted_nor_listed(box):
    ran = box.run("seen = last()\ngo('hall')\nlast()")
    assert ran.value == "hall"
    assert [str(call) for call in ran.calls] == ["go('hall')"]
    assert box.steps_left == 9
    assert box.run("for i in range(100):\n    last()").error == ""
    assert box.steps_left == 9


WORDS = ("hall", "kitchen", "wall")
NAMES = ("f0", "f1", "f2", "f3", "f4", "f5", "f6")


@st.composite
def programs(draw):
    """Functions, each over actions and the ones before it; the last is the code."""
    bodies = []
    for number in range(draw(st.integers(1, len(NAMES))) + 1):
        action = st.sampled_from(WORDS).map(lambda word: f"go({word!r})")
        choices = [action, st.sampled_from([f"{name}()" for name in NAMES[:number]] or ["last()"])]
        bodies.append(draw(st.lists(st.one_of(choices), min_size=1, max_size=3)))
    return bodies


class Refused(Exception):
    """An action was refused; the arguments are the places, the innermost first."""


def play(bodies, number, went, steps):
    """What the rules say: each line in order, until an action is refused."""
    for line, text in enumerate(bodies[number], start=1):
        own = number == len(bodies) - 1
        place = (f"line {line}" if own else f"in {NAMES[number]}, line {line + 1}", text)
        if text.startswith("go"):
            word = text[4:-2]
            if len(went) == steps:
                raise Refused("no actions are left", [place])
            if word == "wall":
                raise Refused("there is a wall", [place])
            went.append(word)
        elif text != "last()":
            try:
                play(bodies, NAMES.index(text[:2]), went, steps)
            except Refused as refused:
                refused.args[1].append(place)
                raise


@given(programs(), st.integers(0, 12))
def test_any_program_does_what_the_rules_say(bodies, steps):
    expected, reason, places = [], "", []
    try:
        play(bodies, len(bodies) - 1, expected, steps)
    except Refused as refused:
        reason, places = refused.args
    library = {
        name: f"def {name}():\n    " + "\n    ".join(body)
        for name, body in zip(NAMES, bodies[:-1], strict=False)
    }
    house = House()
    with house.box(library, steps) as box:
        ran = box.run("\n".join(bodies[-1]))
    assert house.went == expected
    assert [call.arguments for call in ran.calls] == [(word,) for word in expected]
    assert box.steps_left == steps - len(expected) - (reason == "there is a wall")
    if not reason:
        assert ran.error == ""
        return
    place, read_reason = read_error(ran.error)
    where, text = places[0]
    function = where.split(",")[0].removeprefix("in ") if where.startswith("in ") else ""
    assert place == Place(function, int(where.split()[-1]), text)
    assert read_reason == reason
    whole = [f"{where}, `{text}`" for where, text in reversed(places)]
    if len(whole) > 5:
        whole[2:-2] = [f"{len(whole) - 4} more calls"]
    assert ran.error == ": ".join((*whole, reason))
