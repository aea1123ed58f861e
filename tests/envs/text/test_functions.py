"""Functions of text worlds: every command of a world is a call."""

import pytest

from core.task import TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.functions import Function, functions_of
from runner.text import make_world

WORLDS = [
    ("SimpleDoorKey", {}, {}),
    ("ColoredDoorKey", {}, {}),
    ("alfworld", {}, {}),
    ("alfworld", {"syntax": "old"}, {"syntax": "old"}),
    ("gripper", {}, {}),
    ("blockworld", {}, {}),
    ("barman", {}, {}),
    ("tyreworld", {}, {}),
    ("gripper", {"texts": "published"}, {"texts": "published"}),
    ("tyreworld", {"texts": "published"}, {"texts": "published"}),
]


def calls(functions, command):
    return [(f, arguments) for f in functions if (arguments := f.read(command)) is not None]


@pytest.mark.parametrize(("name", "options", "wording"), WORLDS)
def test_every_command_that_a_world_admits_is_one_call(name, options, wording):
    """Along an episode of the first of its commands that change something."""
    task = TEXT_TASKS[name]
    functions = functions_of(task, **wording)
    env = make_world(task, **options)
    env.reset(options={"case": cases_of(task)[1]})
    seen = set()
    for turn in range(12):
        commands = env.unwrapped.admissible_commands()
        for command in commands:
            [(function, arguments)] = calls(functions, command.strip())
            seen.add(function.name)
            assert len(arguments) == len(function.parameters)
            assert function.command(*arguments).strip() == command.strip()
        env.step(commands[(7 * turn) % len(commands)])
    assert len(seen) > 2
    env.close()


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("SimpleDoorKey", "explore() go_to(thing) pick_up(thing) drop(thing) toggle(thing)"),
        ("gripper", "move(room1, room2) pick(ball, room, gripper) drop(ball, room, gripper) check_valid_actions()"),
        ("blockworld", "pickup(block) putdown(block) stack(block1, block2) unstack(block1, block2) check_valid_actions()"),
    ],
)  # fmt: skip
def test_how_functions_are_written(name, written):
    assert " ".join(map(str, functions_of(TEXT_TASKS[name]))) == written


def test_names_are_identifiers_and_different():
    for name, _, wording in WORLDS:
        functions = functions_of(TEXT_TASKS[name], **wording)
        names = [function.name for function in functions]
        assert len(set(names)) == len(names)
        for function in functions:
            assert function.name.isidentifier()
            assert all(name.isidentifier() for name in function.parameters)
            assert len(set(function.parameters)) == len(function.parameters)


def test_the_old_syntax_puts():
    names = {function.name for function in functions_of(TEXT_TASKS["alfworld"], syntax="old")}
    assert "put" in names
    assert names.isdisjoint({"move", "help"})


def test_a_command_is_written_and_read():
    take = Function("take", ("thing", "receptacle"), "take {} from {}")
    assert take.command("mug 1", "desk 2") == "take mug 1 from desk 2"
    assert take.read("take mug 1 from desk 2") == ("mug 1", "desk 2")
    assert take.read("take mug 1") is None
