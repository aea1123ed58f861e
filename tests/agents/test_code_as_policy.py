"""Code as policy: reading code in answers, its prompt, and whole runs with the scripted model."""

from dataclasses import replace

import pytest

from agents.code_as_policy import METHOD, CodePolicy, load_code_prompt
from agents.methods import METHODS
from agents.react import ReActPolicy
from agents.text_prompt import TextPrompt, load_text_prompt
from core.chat import Reply, Sampling, Usage
from core.errors import ActionFormatError, ModelMissing, RunDirectoryError, SettingsError
from core.files import read_lines
from core.task import PLANNING_DOMAINS, TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.code import CodeEnv
from envs.text.functions import functions_of
from envs.text.scripted import ScriptedTextModel
from envs.text.scripted_code import read_calls
from runner.text import History, Turn, make_world, play_text

WORLDS = sorted(load_code_prompt().examples)
PLAYED = {"SimpleDoorKey": 6, "ColoredDoorKey": 6, "gripper": 4, "blockworld": 6, "barman": 1, "tyreworld": 1, "alfworld": 6}  # fmt: skip
"""The first so many cases."""


def policy(world="rooms", shots=0):
    prompt = load_code_prompt().of(world, functions_of(task_of(world)))
    return CodePolicy(ReActPolicy(prompt, METHOD, Sampling(), shots))


def task_of(world):
    return next(task for task in TEXT_TASKS.values() if task.world == world)


def read(text, *, cut=False):
    return policy().read(Reply(text, cut=cut))


def episode_of(task, case, model, *, syntax="new", max_steps=20):
    options = {"syntax": syntax} if task.world == "alfworld" else {}
    functions = functions_of(task, syntax=syntax)
    [episode] = play_text(
        lambda: CodeEnv(
            make_world(task, **options),
            functions,
            200,
            repeats_all=task.world in PLANNING_DOMAINS,
        ),
        [case],
        CodePolicy(
            ReActPolicy(load_code_prompt().of(task.world, functions), METHOD, Sampling(), 0)
        ),
        model,
        task=task.name,
        num_envs=1,
        max_steps=max_steps,
    )
    return episode


def play(tmp_path, **flags):
    flags = {"save_name": "r", "logdir": str(tmp_path), "answer_store": "none", **flags}
    [evaluation] = METHODS[METHOD].evaluate(**flags)
    return evaluation


def played(evaluation):
    """The episodes without what the answers took."""
    return [
        replace(episode, steps=tuple(replace(step, usage=Usage()) for step in episode.steps))
        for episode in evaluation.episodes
    ]


@pytest.mark.parametrize(
    ("text", "code", "thought"),
    [
        ("```python\nexplore()\n```", "explore()", ""),
        ("I look.\n```python\nexplore()\n```", "explore()", "I look."),
        ("```py\nexplore()\n```\nThat is all.", "explore()", ""),
        ("```\nexplore()\n```", "explore()", ""),
        ("```python\nexplore()", "explore()", ""),  # the closing fence may be a stop text
        ("First:\n```python\na = 1\n```\nthen\n```python\nb = 2\n```", "a = 1\nb = 2", "First:"),
        ("<think>```python\nwrong()\n```</think>\n```python\nexplore()\n```", "explore()", ""),
        ("```python\n### Input: the key\nexplore()\n```", "### Input: the key\nexplore()", ""),
        ("```python\nexplore()\n```\nUser: go on\nAssistant:\n```python\nwrong()\n```", "explore()", ""),
        ("explore()", "explore()", ""),
        ("for i in range(3):\n    explore()", "for i in range(3):\n    explore()", ""),
        ("```python\nif x:\n```", "if x:", ""),  # the box says what is wrong with it
        ("  ```python\n  explore()\n  ```", "explore()", ""),
    ],
)  # fmt: skip
def test_code_is_read(text, code, thought):
    move = read(text)
    assert move.action == code
    assert move.thought == thought


@pytest.mark.parametrize(
    ("text", "cut", "reason"),
    [
        ("", False, "the answer was empty"),
        ("I would explore the room first.", False, "there is no block of Python"),
        ("explore", False, "there is no block of Python"),
        ("```python\n```", False, "there is no block of Python"),
        ("<think>```python\nexplore()\n```", False, "there is no block of Python"),
        ("```python\nexplore()\ngo_to(", True, "the answer was cut off"),
        ("explore()", True, "the answer was cut off"),
    ],
)
def test_an_answer_without_code_is_told_so(text, cut, reason):
    with pytest.raises(ActionFormatError) as error:
        read(text, cut=cut)
    assert reason in error.value.reason


def test_of_an_answer_that_was_cut_whole_blocks_are_read():
    assert read("```python\nexplore()\n```\nAnd now", cut=True).action == "explore()"


@pytest.mark.parametrize("world", WORLDS)
def test_a_prompt_lists_the_functions_and_ends_in_an_episode_s_form(world):
    prompt = load_code_prompt().of(world, functions_of(task_of(world)))
    system, *examples = prompt.messages(METHOD, "anything", 1)
    assert all(str(function) in system.content for function in functions_of(task_of(world)))
    assert [message.role for message in examples][:2] == ["user", "assistant"]
    for message in examples[1::2]:
        move = policy(world).read(Reply(message.content))
        assert f"{move.thought}\n```python\n{move.action}\n```" == message.content


@pytest.mark.parametrize("world", WORLDS)
def test_the_examples_are_episodes_of_the_scripted_model(world):
    examples = load_code_prompt().examples[world]
    assert [example.case for example in examples] == [
        example.case for example in load_text_prompt(world).examples
    ]
    for example in examples:
        task = TEXT_TASKS[example.task or world]
        episode = episode_of(task, example.case, ScriptedTextModel())
        assert episode.success
        assert [(step.observation, step.thought, step.action) for step in episode.steps] == list(
            example.turns
        )


def test_the_examples_speak_the_old_syntax_where_the_world_does():
    task = TEXT_TASKS["alfworld"]
    prompt: TextPrompt = load_code_prompt().of(task.world, functions_of(task, syntax="old"))
    for example in prompt.in_old_syntax().examples:
        episode = episode_of(task, example.case, ScriptedTextModel(), syntax="old")
        assert episode.success
        assert [step.action for step in episode.steps] == [turn.action for turn in example.turns]
        assert "move(" not in str(example.turns)


@pytest.mark.parametrize("task", PLAYED)
def test_the_scripted_model_plays_by_code(tmp_path, task):
    evaluation = play(tmp_path, task=task, test_num=PLAYED[task])
    assert evaluation.summary["success"].mean == 1.0
    assert evaluation.summary["unreadable_answers"].mean == 0
    for episode in evaluation.episodes:
        assert episode.num_steps <= episode.primitive_steps


def test_the_scripted_model_plays_the_old_syntax(tmp_path):
    evaluation = play(tmp_path, task="alfworld", alfworld_syntax="old", test_num=12)
    assert evaluation.summary["success"].mean == 1.0


@pytest.mark.parametrize("task", ["SimpleDoorKey", "alfworld", "gripper"])
def test_a_model_that_errs_goes_on(tmp_path, task):
    evaluation = play(tmp_path, task=task, test_num=6, scripted_skill=0.5)
    assert evaluation.summary["success"].mean > 0.5


def test_decisions_and_actions_are_both_limited(tmp_path):
    """The shortest plan has 10 actions, in one piece of code."""
    flags = {"task": "gripper", "case": ("gripper/prob06",)}
    [few] = play(tmp_path / "few", max_primitives=9, **flags).episodes
    assert (few.success, few.truncated, few.primitive_steps, few.num_steps) == (False, True, 9, 1)
    [enough] = play(tmp_path / "enough", max_primitives=10, max_steps=1, **flags).episodes
    assert (enough.success, enough.truncated, enough.primitive_steps) == (True, False, 10)


class Says:
    """Gives the same answers in order, whatever it is asked."""

    in_flight = 1
    name = "says"

    def __init__(self, *answers):
        self._answers = list(answers)

    def chat(self, requests):
        for _ in requests:
            if not self._answers:
                raise ModelMissing("nothing is left to say")
            yield Reply(self._answers.pop(0))


def test_an_episode_by_hand():
    """An unreadable answer, code with an error, an endless loop, and what brings the key."""
    model = Says(
        "What shall I do?",
        "```python\ngo_to('key')\n```",
        "```python\nwhile True:\n    pass\n```",
        "```python\nexplore()\ngo_to('key')\npick_up('key')\n```",
    )
    episode = episode_of(TEXT_TASKS["SimpleDoorKey"], "0", model, max_steps=4)
    texts = [step.observation for step in episode.steps[1:]] + [episode.final_observation]
    assert texts[0].startswith("Your answer could not be read: there is no block of Python")
    assert "line 1, `go_to('key')`: You have not found a key yet." in texts[1]
    assert "the code computed for longer than 1 s" in texts[2]
    assert texts[3].endswith("You have found: nothing yet. You carry the key.")
    assert [step.is_valid for step in episode.steps] == [False, False, False, True]
    assert [step.is_unreadable for step in episode.steps] == [True, False, False, False]
    assert episode.truncated


def test_after_code_that_was_refused_at_once_the_scripted_model_plans_for_what_is_true():
    """As a language model and the scripted one in turns."""
    world = CodeEnv(
        make_world(TEXT_TASKS["gripper"]), functions_of(TEXT_TASKS["gripper"]), 50, repeats_all=True
    )
    first, _ = world.reset(options={"case": "gripper/prob06"})
    observation, *_ = world.step('drop("ball1", "rooma", "left")')
    turn = Turn(first, '```python\ndrop("ball1", "rooma", "left")\n```', None)
    request = policy("gripper").request(History("gripper/prob06", (turn,), observation))
    [reply] = ScriptedTextModel().chat([request])
    *_, terminated, _, info = world.step(policy("gripper").read(reply).action)
    world.close()
    assert terminated
    assert info["primitive_steps"] == 10


def test_a_run_resumes_to_the_same_result(tmp_path):
    whole = play(tmp_path / "whole", task="alfworld", test_num=8, scripted_skill=0.7)
    play(tmp_path / "parts", task="alfworld", test_num=3, scripted_skill=0.7)
    resumed = play(tmp_path / "parts", task="alfworld", test_num=8, scripted_skill=0.7, resume=True)
    assert played(resumed) == played(whole)
    lines = read_lines(tmp_path / "parts" / METHOD / "alfworld" / "r" / "eval" / "episodes.jsonl")
    assert len(list(lines)) == 8


def test_a_run_resumes_only_with_the_same_limit_of_actions(tmp_path):
    play(tmp_path, task="gripper", test_num=1)
    with pytest.raises(RunDirectoryError, match="max_primitives"):
        play(tmp_path, task="gripper", test_num=1, resume=True, max_primitives=10)


def test_calls_in_an_observation_are_read_back():
    observation = (
        "go_to('desk 1'): You arrive at desk 1. On the desk 1, you see nothing.\n"
        "Printed:\nopen(x): y\nfly('desk'): no\n"
        "The code ended early: line 2, `take('mug 1', 'desk 1')`: Nothing happens."
    )
    assert list(read_calls(observation)) == [
        ("go to desk 1", "You arrive at desk 1. On the desk 1, you see nothing."),
        ("take mug 1 from desk 1", "Nothing happens."),
    ]


def test_a_world_without_functions_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="--task hotpotqa: its actions are not functions"):
        play(tmp_path, task="hotpotqa")
    assert list(tmp_path.iterdir()) == []


def test_no_example_is_a_case_of_an_evaluation():
    evaluated = {case for task in TEXT_TASKS.values() for case in cases_of(task)}
    for examples in load_code_prompt().examples.values():
        assert evaluated.isdisjoint(example.case for example in examples)
