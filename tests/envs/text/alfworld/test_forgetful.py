"""The expert that forgets: what it does in the games in which it errs, and how often it does."""

import random

import pytest

from core.chat import Message
from envs.text.alfworld.expert import Expert
from envs.text.alfworld.forgetful import Forgetful
from envs.text.scripted import ScriptedTextModel
from tests.planner.helpers import one

HEAT = "you see a countertop 1, a microwave 1, and a shelf 1.\n\nYour task is to: heat some egg and put it in shelf."
SEEN = ("go to countertop 1", "You arrive at countertop 1. On the countertop 1, you see a egg 2.")
RESULTS = [
    "You pick up the egg 2 from the countertop 1.",
    "You arrive at shelf 1. On the shelf 1, you see nothing.",
    "You move the egg 2 to the shelf 1.",
    "You are facing the shelf 1. Next to it, you see nothing.",
]


class Always(random.Random):
    """Draws 0: the error is made."""

    def random(self):
        return 0.0


def play(expert):
    expert.observe(*SEEN)
    commands = []
    for result in RESULTS:
        commands.append(expert.act())
        expert.observe(commands[-1], result)
    return commands


def test_it_brings_the_thing_as_it_is_and_thinks_that_it_is_done():
    expert = Forgetful(HEAT, Always())
    assert play(expert) == [
        "take egg 2 from countertop 1",
        "go to shelf 1",
        "move egg 2 to shelf 1",
        "look",
    ]
    assert expert.thought() == "I have done what I was asked for."


@pytest.mark.parametrize("task", ["put a egg in shelf.", "put two egg in shelf."])
def test_where_nothing_is_to_be_prepared_it_is_the_expert(task):
    introduction = HEAT.replace("heat some egg and put it in shelf.", task)
    forgetful = Forgetful(introduction, Always())
    assert play(forgetful) == play(Expert(introduction))


def test_it_errs_in_about_two_of_three_games():
    """Of 400 draws with probability 0.65, 260 are expected, with a standard deviation of 9.5."""
    rng = random.Random(0)
    num_errors = 0
    for _ in range(400):
        expert = Forgetful(HEAT, rng)
        num_errors += play(expert)[1] == "go to shelf 1"
    assert 230 < num_errors < 290


def test_the_scripted_model_plays_it_from_the_conversation_alone():
    """Over seeds it goes to the shelf in some and to the microwave in others; the same seed does the same."""
    talk = [
        Message("user", HEAT),
        Message("assistant", "Thought: t.\nAction: go to countertop 1"),
        Message("user", SEEN[1]),
        Message("assistant", "Thought: t.\nAction: take egg 2 from countertop 1"),
        Message("user", RESULTS[0]),
    ]
    answers = [
        one(ScriptedTextModel(seed=seed, is_forgetful=True), *talk).text for seed in range(9)
    ]
    again = [one(ScriptedTextModel(seed=seed, is_forgetful=True), *talk).text for seed in range(9)]
    assert {text.split("Action: ")[1] for text in answers} == {"go to shelf 1", "go to microwave 1"}
    assert again == answers
    assert ScriptedTextModel(is_forgetful=True).name == "scripted forgetful"
