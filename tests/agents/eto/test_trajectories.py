"""Episodes become conversations: every answer as it was given."""

from dataclasses import replace

import pytest

from agents.eto.outputs import Meta
from agents.eto.trajectories import trajectories_of, trajectory_of
from agents.react import make_policy
from core.chat import Message
from core.episode import Episode, Step
from core.settings import SftSettings
from core.task import TEXT_TASKS
from runner.text import REFUSED

SETTINGS = SftSettings(save_name="x", task="gripper", agent="act", shots=0)
POLICY = make_policy("act", TEXT_TASKS["gripper"], SETTINGS)
FIRST = "Your task is to: win. Ball ball1 is in rooma."
EPISODE = Episode(
    "gripper",
    "gripper/prob01",
    success=True,
    score=1.0,
    terminated=True,
    truncated=False,
    steps=(
        Step("pick", 0.0, observation=FIRST, answer="pick"),
        Step("", 0.0, observation="You hold it.", answer="", is_valid=False),
        Step("drop", 1.0, observation="Your answer could not be read.", answer=" drop\nit"),
    ),
    goal="win",
    final_observation="Done.",
)


def test_a_trajectory_is_the_prompt_and_the_turns_up_to_the_last_answer():
    """The observation after the last answer is not in it, and an empty answer stands as in later requests."""
    trajectory = trajectory_of(EPISODE, POLICY)
    system, *rest = trajectory.messages
    assert system.role == "system"
    assert rest == [
        Message("user", FIRST),
        Message("assistant", "pick"),
        Message("user", "You hold it."),
        Message("assistant", "..."),
        Message("user", "Your answer could not be read."),
        Message("assistant", " drop\nit"),
    ]
    assert trajectory.prompt == (system, rest[0])
    assert (trajectory.case, trajectory.reward, trajectory.success) == ("gripper/prob01", 1.0, True)


def test_without_rules_a_conversation_begins_with_the_first_observation():
    settings = replace(SETTINGS, no_rules=True)
    bare = trajectory_of(EPISODE, make_policy("act", TEXT_TASKS["gripper"], settings))
    whole = trajectory_of(EPISODE, POLICY)
    assert bare.messages == whole.messages[1:]
    assert bare.prompt == (Message("user", FIRST),)


@pytest.mark.parametrize(
    ("task", "reward"),
    [
        ("gripper", 0.5),
        ("sciworld", 0.5),
        ("alfworld", None),
        ("webshop", None),
        ("KeyInBox", None),
    ],
)
def test_a_refused_conversation_has_a_reward_where_the_world_scores_what_was_reached(task, reward):
    refused = replace(
        EPISODE, task=task, success=False, score=0.5, final_observation=f"{REFUSED}: it is too long"
    )
    assert trajectory_of(refused, POLICY).reward == reward
    meta = Meta.of(refused)
    assert (meta.reward, meta.terminate_reason) == (reward, "refused")
    assert Meta.of(replace(refused, steps=())).reward is None


def test_an_episode_without_an_answer_is_no_trajectory():
    empty = replace(EPISODE, steps=(), final_observation=f"{REFUSED}: it is too long")
    assert trajectories_of([EPISODE, empty], POLICY) == [trajectory_of(EPISODE, POLICY)]
