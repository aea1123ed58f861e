"""The scripted player: how often it wins and how fast, with and without disturbances."""

import random

import gymnasium
import pytest

import envs  # noqa: F401 registers the id
from envs.text.alfworld.expert import Expert, TaskDescription, read_task
from envs.text.alfworld.games import SPLITS, read_games


def play(env, case, disturb=lambda commands: None):
    """Whether the expert wins, and after how many commands.

    Args:
        disturb: is given the admissible commands and returns a command in place of the expert's, or None.
    """
    observation, _ = env.reset(options={"case": case})
    expert = Expert(observation)
    terminated = truncated = False
    steps = 0
    while not (terminated or truncated):
        command = disturb(env.unwrapped.admissible_commands()) or expert.act()
        observation, _, terminated, truncated, _ = env.step(command)
        expert.observe(command, observation)
        steps += 1
    return terminated, steps


@pytest.mark.parametrize("syntax", ["new", "old"])
def test_it_wins_nearly_all_unseen_games(syntax):
    """The original's hand-written expert needs 21.3 commands on average."""
    env = gymnasium.make("ALFWorld-v0", split="valid_unseen", syntax=syntax)
    results = [play(env, case) for case in read_games("valid_unseen")]
    assert sum(won for won, _ in results) >= 0.98 * len(results)
    assert sum(steps for _, steps in results) / len(results) < 10


def test_it_wins_training_games():
    env = gymnasium.make("ALFWorld-v0", strict=True)
    cases = list(read_games("train"))[::10]
    assert sum(play(env, case)[0] for case in cases) >= 0.98 * len(cases)


def test_it_recovers_from_random_commands():
    """Every third command is random: objects are moved, doors are closed."""
    rng = random.Random(0)
    env = gymnasium.make("ALFWorld-v0", strict=True, split="valid_unseen")

    def disturb(commands):
        return rng.choice(commands) if rng.random() < 1 / 3 else None

    results = [play(env, case, disturb)[0] for case in read_games("valid_unseen")]
    assert sum(results) >= 0.85 * len(results)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("put a mug in shelf.", TaskDescription("mug", "shelf")),
        ("put some mug on shelf.", TaskDescription("mug", "shelf")),
        ("put a clean mug in shelf.", TaskDescription("mug", "shelf", "", "clean", "sinkbasin")),
        (
            "heat some egg and put it in garbagecan.",
            TaskDescription("egg", "garbagecan", "", "heat", "microwave"),
        ),
        (
            "put a cool egg in garbagecan.",
            TaskDescription("egg", "garbagecan", "", "cool", "fridge"),
        ),
        ("put two cd in safe.", TaskDescription("cd", "safe", number=2)),
        ("find two cd and put them in safe.", TaskDescription("cd", "safe", number=2)),
        ("examine the cd with the desklamp.", TaskDescription("cd", lamp="desklamp")),
        ("look at cd under the floorlamp.", TaskDescription("cd", lamp="floorlamp")),
    ],
)
def test_tasks_are_read(task, expected):
    assert read_task(task) == expected


def test_every_task_is_read():
    for split in SPLITS:
        for game in read_games(split).values():
            task = read_task(game.task)
            assert f"{task.thing}type" == game.goal.object_type
            assert f"{task.lamp or task.place}type" == game.goal.other_type
            assert (task.number == 2) == (game.goal.task_type == "pick_two_obj_and_place")


@pytest.mark.parametrize("task", ["", "put a sliced apple in fridge please.", "go home."])
def test_another_task_is_an_error(task):
    with pytest.raises(ValueError, match="not a task"):
        read_task(task)


def test_another_world_is_an_error():
    with pytest.raises(ValueError, match="not the introduction"):
        Expert("You are in a closed room.")


def test_thoughts_name_what_is_needed_and_then_what_is_here():
    """A whole episode: search, take, cool, put away."""
    expert = Expert(
        "you see a countertop 1, a fridge 1, and a shelf 1.\n\nYour task is to: put a cool mug in shelf."
    )
    expert.observe(
        "go to countertop 1", "You arrive at countertop 1. On the countertop 1, you see a mug 2."
    )
    results = [
        "You pick up the mug 2 from the countertop 1.",
        "You arrive at fridge 1. The fridge 1 is closed.",
        "You cool the mug 2 using the fridge 1.",
        "You arrive at shelf 1. On the shelf 1, you see nothing.",
        "You move the mug 2 to the shelf 1.",
    ]
    thoughts = []
    for result in results:
        thoughts.append(expert.thought())
        expert.observe(expert.act(), result)
    assert thoughts == [
        "I need a mug. The mug 2 is here, so I take it.",
        "I hold the mug 2 and need a fridge to cool it. I go to the fridge 1.",
        "I hold the mug 2 and need a fridge to cool it. The fridge 1 is here, so I cool it.",
        "I hold the mug 2, cooled, and need a shelf. I go to the shelf 1.",
        "I hold the mug 2, cooled, and need a shelf. The shelf 1 is here, so I put it there.",
    ]
