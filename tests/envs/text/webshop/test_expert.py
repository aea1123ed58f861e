"""The scripted customer: plays from what it reads."""

import random

import gymnasium
import pytest

import envs  # noqa: F401 registers the ids
from core.task import TEXT_TASKS
from envs.text.cases import cases_of
from envs.text.webshop.expert import Expert


def play(env, case, notes=()):
    observation, info = env.reset(options={"case": case})
    expert, actions, is_over = Expert(observation, notes), [], False
    while not is_over:
        actions.append(expert.act())
        assert expert.thought()
        observation, _, terminated, truncated, info = env.step(actions[-1])
        assert info["is_valid"]
        expert.observe(actions[-1], observation)
        is_over = terminated or truncated
    return expert, actions, info


def test_what_it_earns():
    env = gymnasium.make("WebShop-v0")
    results = [play(env, case)[2] for case in cases_of(TEXT_TASKS["webshop"], "test")]
    scores = [info["score"] for info in results]
    assert sum(scores) / len(scores) == pytest.approx(0.9238, abs=1e-4)
    assert sum(info["success"] for info in results) == 146


def test_a_note_says_what_was_bought_and_the_next_attempt_buys_something_else():
    env = gymnasium.make("WebShop-v0")
    failed = next(
        (case, expert, actions)
        for case in cases_of(TEXT_TASKS["webshop"], "dev")
        for expert, actions, info in [play(env, case)]
        if not info["success"]
    )
    case, expert, actions = failed
    note = expert.note()
    assert note.startswith("I bought W")
    second, again, _ = play(env, case, [note])
    assert again != actions
    assert second.note().count("I bought") == 2


def test_what_it_does_in_error_is_possible():
    env = gymnasium.make("WebShop-v0")
    observation, _ = env.reset(options={"case": "dev/0"})
    expert, rng = Expert(observation), random.Random(1)
    for _ in range(10):
        action = expert.other_action(rng)
        observation, _, terminated, _, info = env.step(action)
        assert info["is_valid"]
        if terminated:
            break
        expert.observe(action, observation)


@pytest.mark.parametrize("text", ["", "You are in a room.", "WebShop [SEP] Instruction: [SEP] x"])
def test_another_world_s_observation_is_refused(text):
    with pytest.raises(ValueError, match="not the first observation of a shop"):
        Expert(text)


def test_it_reads_conversations_that_others_made():
    expert = Expert("WebShop [SEP] Instruction: [SEP] a red mug [SEP] Search")
    expert.observe("", "")
    expert.observe("click[x]", "Instruction: [SEP] a red mug [SEP] Back to Search [SEP] Nothing")
    assert expert.act() == "click[back to search]"
    assert expert.note() == "Next time I will buy something else."
    assert expert.lesson()
