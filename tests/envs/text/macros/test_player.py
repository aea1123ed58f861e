"""Agents with learned functions: what they call is possible, whoever wrote the functions."""

import ast

import pytest

from core.learning_text import CASE, CODE, END, FAILURE_HEADING, OBSERVATION, library_text
from core.library import LAST_OBSERVATION, LearnedFunction, Library
from core.task import PLANNING_DOMAINS, TEXT_TASKS
from envs.text.code import CodeEnv
from envs.text.functions import functions_of
from envs.text.macros.improvement import NOTHING, improve
from envs.text.macros.mining import Criteria, mine
from envs.text.macros.planning import next_call
from envs.text.macros.sequences import Expected
from envs.text.macros.sequences import next_call as next_in_sequence
from envs.text.macros.traces import Call, Event
from envs.text.macros.writing import write_all
from envs.text.pddl.expert import Expert
from envs.text.scripted_code import observe_code
from runner.text import make_world


def library_of(source):
    nodes = ast.parse(source).body
    return Library(tuple(LearnedFunction.of(node) for node in nodes))


def play(domain, case, library):
    """The calls of an episode; each has to be possible."""
    task = TEXT_TASKS[domain]
    env = CodeEnv(make_world(task), functions_of(task), 200, library=library, repeats_all=True)
    observation, info = env.reset(options={"case": case})
    expert = Expert(observation)
    calls = []
    while not info["success"]:
        calls.append(next_call(expert, library.source))
        observation, _, _, _, info = env.step(str(calls[-1]))
        assert info["is_valid"], (calls[-1], observation)
        observe_code(expert, observation)
    env.close()
    return calls


def mined(domain, cases):
    """Functions from the first ten calls of an agent without functions."""
    traces = []
    for case in cases:
        calls = play(domain, case, Library())[:10]
        traces.append(tuple(Event(call, "", "") for call in calls))
    macros = mine(traces, Criteria())
    names = {function.name: function.parameters for function in functions_of(TEXT_TASKS[domain])}
    return library_of("\n".join(write_all(macros, names)))


SMALL = {
    "barman": (1003, 1004, 1027, 1013),
    "blockworld": (1000, 1008, 1011, 1005),
    "gripper": (1000, 1003, 1019, 1005),
    "tyreworld": (1000, 1003, 1007, 1011),
}
"""Seeds of small problems: three to learn from, and one to play."""
LARGER = dict.fromkeys(PLANNING_DOMAINS, range(1000, 1004))


@pytest.mark.parametrize(
    ("domain", "seeds"),
    [
        *SMALL.items(),
        *(pytest.param(*one, marks=pytest.mark.slow) for one in LARGER.items()),
    ],
)
def test_every_call_is_possible_and_there_are_fewer_decisions(domain, seeds):
    cases = [f"generated/{seed}" for seed in seeds]
    library = mined(domain, cases[:3])
    before, after = play(domain, cases[3], Library()), play(domain, cases[3], library)
    assert len(after) < len(before)
    assert any(call.name in library.names for call in after)


@pytest.mark.parametrize(
    "source",
    [
        "def f(ball):\n    while True:\n        pass",
        "def f(ball, room, gripper):\n    pick(room, ball, gripper)",
        "def f(*balls):\n    for ball in balls:\n        pick(ball, 'rooma', 'left')",
        "def f(ball, room, gripper):\n    seen = pick(ball, room, gripper)\n    return 1 / 0",
        "def f(ball, room, gripper):\n    return f(ball, room, gripper)",
        "def f(ball):\n    g(ball)\ndef g(ball):\n    f(ball)",
        "def f():\n    return 1",
    ],
)
def test_useless_functions_of_others_are_left_alone(source):
    calls = play("gripper", "generated/1000", library_of(source))
    assert all(call.name in ("move", "pick", "drop") for call in calls)


def test_functions_in_other_forms_do_no_harm():
    source = (
        "def carry(what, here, there, hand='left'):\n    return 0\n"
        "def bring(what, here, there, hand):\n"
        "    if f'The robot is in {here}.' not in last_observation().split('\\n')[-1]:\n"
        "        move(there, here)\n"
        "    pick(gripper=hand, ball=what, room=here) if False else pick(what, here, hand)\n"
    )
    calls = play("gripper", "generated/1000", library_of(source))
    assert all(call.name != "carry" for call in calls)


def test_a_sequence_is_called_as_far_as_its_condition_holds():
    source = (
        "def look_into(place):\n    seen = go_to(place)\n"
        "    if f'The {place} is closed.' in seen:\n        seen = open(place)\n    return seen\n"
        "def go_and_take(thing, place):\n    go_to(place)\n    return take(thing, place)\n"
    )
    functions = functions_of(TEXT_TASKS["alfworld"])
    go = Expected(Call("go_to", ("safe 1",)), "On the safe 1, you see nothing.")
    unsure = Expected(Call("open", ("safe 1",)), is_sure=False)
    take = Expected(Call("take", ("cd 1", "safe 1")))
    assert next_in_sequence([go, unsure], functions, source) == ("look_into", ("safe 1",))
    # it may be closed, and then the thing cannot be taken
    assert next_in_sequence([go, unsure, take], functions, source).name == "look_into"
    assert next_in_sequence([go, take], functions, source).name == "go_and_take"
    assert next_in_sequence([take], functions, source) == take.call
    assert next_in_sequence([go, take], functions, "def f(:") == go.call


CARRY = (
    "def carry(ball, here, gripper):\n    '''Carry.'''\n    seen = pick(ball, here, gripper)\n"
    "    return seen"
)


def failed(source, place, reason, before="All is well."):
    lines = [
        library_text(library_of(source)),
        FAILURE_HEADING,
        f"{CASE} made-up/1: not solved",
        *(OBSERVATION, "All is well.", CODE, "carry('b1', 'hall', 'left')", OBSERVATION),
        before,
        f"The code ended early: line 1, `carry('b1', 'hall', 'left')`: in carry, line 3, `{place}`: {reason}",
        "Gripper left holds b2.",
        END,
    ]
    return "\n".join(lines)


REFUSED = failed(
    CARRY,
    "pick('b1', 'hall', 'left')",
    "You cannot pick up b1 in hall with left now. This is not true: Gripper left is free.",
)


def test_what_was_not_true_becomes_a_condition():
    text = improve(REFUSED, prefers_note=False)
    code = text.partition("```python\n")[2].partition("```")[0]
    assert "Gripper {gripper} is free." in code
    statement = ast.parse(code).body[0].body[2]
    assert isinstance(statement, ast.If)
    assert ast.unparse(statement.body[0]) == "seen = pick(ball, here, gripper)"
    assert LAST_OBSERVATION in ast.unparse(statement.test)


def test_what_was_not_true_becomes_a_note():
    text = improve(REFUSED, prefers_note=True)
    assert text == "Note for carry: before line 3 this has to be true: Gripper gripper is free."


def test_what_was_read_before_nothing_happened_must_not_be_there():
    text = improve(
        failed(
            CARRY,
            "pick('b1', 'hall', 'left')",
            "Nothing happens.",
            "go_to('hall'): hall is closed.",
        ),
        prefers_note=False,
    )
    assert "{here} is closed." in text
    assert " not in " in text


def test_a_failure_that_says_nothing_is_noted_as_it_is():
    text = improve(failed(CARRY, "1 / 0", "ZeroDivisionError"), prefers_note=False)
    assert text == "Note for carry: `1 / 0` was refused in line 3: ZeroDivisionError"
    assert improve("There is no failure.", prefers_note=False) == NOTHING
