"""The scripted model in text worlds: answers that follow from the conversation alone."""

import gymnasium
import pytest

import envs  # noqa: F401 registers the worlds
from core.chat import STEPS_LEFT_OUT, Message, Request
from core.errors import ModelRefused
from envs.text.scripted import ScriptedTextModel


def ask(model, *contents, system="rules", sample=0):
    roles = ("user", "assistant") * len(contents)
    messages = [Message(role, text) for role, text in zip(roles, contents, strict=False)]
    [reply] = model.chat([Request((Message("system", system), *messages), sample=sample)])
    return reply.text


def first_observation(env_id, options):
    return gymnasium.make(env_id).reset(options=options)[0]


def gripper():
    return first_observation("Gripper-v0", {"case": "gripper/prob01"})


def test_a_thought_comes_before_the_action_where_thoughts_are_shown():
    assert ask(ScriptedTextModel(), gripper()) == "pick up ball3 in rooma with left"
    assert ask(ScriptedTextModel(), gripper(), system="Thought: and Action:") == (
        "Thought: Next, this has to become true: ball3 is held by gripper left.\n"
        "Action: pick up ball3 in rooma with left"
    )


def test_the_last_episode_of_the_conversation_is_played():
    example = first_observation("Blockworld-v0", {"case": "blockworld/problem1"})
    assert ask(ScriptedTextModel(), example, "pickup b1 from the table", gripper()).startswith(
        "pick up ball3"
    )


def test_what_happened_is_taken_into_account():
    env = gymnasium.make("Gripper-v0")
    first, _ = env.reset(options={"case": "gripper/prob01"})
    second = env.step("move from rooma to roomb")[0]
    answer = ask(ScriptedTextModel(), first, "move from rooma to roomb", second)
    assert answer == "move from roomb to rooma"
    left_out = f"{first}\n{STEPS_LEFT_OUT}\n{second}"
    assert ask(ScriptedTextModel(), left_out) == "move from roomb to rooma"


def test_rooms_are_played_by_the_planner_s_rules():
    room = first_observation("SimpleDoorKey-Text-v0", {"case": "0"})
    assert ask(ScriptedTextModel(), room) == "explore"


@pytest.mark.parametrize("seed", [0, 1])
def test_without_skill_every_answer_is_some_possible_action(seed):
    env = gymnasium.make("Gripper-v0")
    observation, _ = env.reset(options={"case": "gripper/prob01"})
    model = ScriptedTextModel(0.0, seed)
    answers = [ask(model, observation, sample=sample) for sample in range(20)]
    assert len(set(answers)) > 3
    assert set(answers) <= set(env.unwrapped.admissible_commands())
    assert answers == [ask(model, observation, sample=sample) for sample in range(20)]
    assert model.name == "scripted with skill 0"


def test_another_world_is_refused():
    with pytest.raises(ModelRefused, match="this is none of these: 'You are in a maze"):
        ask(ScriptedTextModel(), "You are in a maze.")
