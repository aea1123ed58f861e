"""The agent that acts with learned functions: its prompt, its worked examples, and whole episodes."""

import ast
from contextlib import closing
from dataclasses import replace

import pytest

from agents.learnact.policy import make_policy, make_wrapper
from agents.text_prompt import load_text_prompt
from core.chat import Reply
from core.learning_text import NOTE
from core.library import LEARNED_HEADING, ONE_CALL, LearnedFunction, Library
from core.settings import LearnActSettings
from core.task import TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.functions import functions_of
from envs.text.scripted import ScriptedTextModel
from runner.text import History, make_world, play_text

TASKS = ("SimpleDoorKey", "alfworld", "gripper", "blockworld", "barman", "tyreworld")
SOURCE = '''def carry(ball, start, goal):
    """Carry a ball from room to room."""
    for act in (pick, drop):
        print(f"{ball}: {act(ball, start, 'left')}")
        move(start, goal)
        start = goal'''
NOTHING = Library()
NOTES = ("The robot is in the first room, and {its} left gripper is free.",)


def library():
    [node] = ast.parse(SOURCE).body
    return Library(
        (replace(LearnedFunction.of(node), notes=NOTES),),
        "ROOMS = {'rooma', 'roomb'}",
        'carry("ball1", "rooma", "roomb")',
    )


def policy(task, functions=NOTHING, **flags):
    settings = LearnActSettings(task=task, save_name="x", **flags)
    syntax = settings.alfworld_syntax
    actions = functions_of(TEXT_TASKS[task], syntax=syntax, texts=settings.pddl_texts)
    return make_policy(TEXT_TASKS[task], actions, functions, settings)


def messages(policy, observation="You see a desk."):
    return policy.request(History("1", (), observation)).messages


def test_the_system_message_lists_actions_functions_notes_and_the_example():
    system = messages(policy("gripper", library()))[0].content
    lists = (
        "These are the actions: move(room1, room2); pick(ball, room, gripper); drop(ball, room, gripper); "
        "check_valid_actions()."
    )
    block = f"{LEARNED_HEADING}\n```python\n{library().source}```\n"
    note = NOTE.format(name="carry", text=NOTES[0]) + "\n"
    example = 'For example:\n```python\ncarry("ball1", "rooma", "roomb")\n```\n'
    places = [system.index(part) for part in (lists, block, note, example, ONE_CALL)]
    assert places == sorted(places)


@pytest.mark.parametrize("task", TASKS)
def test_without_functions_the_prompt_is_the_same_without_them(task):
    bare, full = messages(policy(task)), messages(policy(task, library()))
    before, _, rest = full[0].content.partition(LEARNED_HEADING)
    after = rest[rest.index(ONE_CALL) :]
    assert bare[0].content == before + after
    assert bare[1:] == full[1:]


@pytest.mark.parametrize("task", TASKS)
def test_worked_examples_are_what_the_world_would_say(task):
    settings = LearnActSettings(task=task, save_name="x")
    examples = policy(task).conversation.prompt.examples
    assert examples
    for example in examples[:4]:
        played = TEXT_TASKS[example.task or task]
        wrap = make_wrapper(played, functions_of(played), NOTHING, settings)
        with closing(wrap(make_world(played))) as env:
            observation, info = env.reset(options={"case": example.case})
            for turn in example.turns:
                assert turn.observation == observation
                observation, _, terminated, _, info = env.step(turn.action)
                assert info["is_valid"]
            assert terminated
            assert info["success"]


@pytest.mark.parametrize("task", TASKS)
def test_worked_examples_are_those_of_act_in_calls(task):
    told = policy(task).conversation.prompt.examples
    for example, original in zip(
        told, load_text_prompt(TEXT_TASKS[task].world).examples, strict=True
    ):
        assert (example.case, example.kind) == (original.case, original.kind)
        commands = {function.name: function for function in functions_of(TEXT_TASKS[task])}
        for turn, act in zip(example.turns, original.turns, strict=True):
            call = ast.parse(turn.action).body[0].value
            words = [ast.literal_eval(word) for word in call.args]
            assert commands[call.func.id].command(*words) == act.action


def test_the_old_syntax_of_the_household():
    conversation = messages(policy("alfworld", alfworld_syntax="old", shots=20))
    answers = [message.content for message in conversation if message.role == "assistant"]
    assert any(answer.startswith("put(") for answer in answers)
    assert not any(answer.startswith("move(") for answer in answers)
    assert "put(thing, receptacle)" in conversation[0].content


def test_the_published_wording_has_no_worked_examples():
    assert len(messages(policy("gripper", pddl_texts="published"))) == 2


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("carry('ball1', 'rooma', 'roomb')", "carry('ball1', 'rooma', 'roomb')"),
        ("I carry it.\n```python\nfor b in 'ab':\n    carry(b)\n```", "for b in 'ab':\n    carry(b)"),
        ("```\nmove('rooma', 'roomb')\n```", "move('rooma', 'roomb')"),
    ],
)  # fmt: skip
def test_an_answer_is_a_call_or_a_block(text, code):
    assert policy("gripper").read(Reply(text)).action == code


@pytest.mark.parametrize("task", ["SimpleDoorKey", "gripper", "alfworld"])
def test_whole_episodes_of_one_call_a_decision(task):
    settings = LearnActSettings(task=task, save_name="x")
    case = cases_of(TEXT_TASKS[task])[0]
    actions = functions_of(TEXT_TASKS[task])
    wrap = make_wrapper(TEXT_TASKS[task], actions, NOTHING, settings)
    [episode] = play_text(
        lambda: wrap(make_world(TEXT_TASKS[task])),
        [case],
        policy(task),
        ScriptedTextModel(),
        task=task,
        num_envs=1,
        max_steps=60,
    )
    assert episode.success
    names = {action.name for action in actions}
    for step in episode.steps:
        [line] = ast.parse(step.action).body
        assert line.value.func.id in names
        assert step.is_valid
