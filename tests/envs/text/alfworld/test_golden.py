"""Episodes recorded from the original, and from agents in its older version: no difference at all."""

import json
import lzma
import re
from pathlib import Path

import gymnasium
import pytest

import envs  # noqa: F401 registers the id
from envs.text.alfworld.games import SPLITS, read_games

TESTS = Path(__file__).resolve().parents[3]
SAMPLE = TESTS / "golden" / "alfworld.jsonl.xz"
OLD_SAMPLE = TESTS / "golden" / "alfworld_old_syntax.jsonl.xz"


def shared(path):
    """A file of the data beside the repository, or None."""
    found = (parent / "shared" / path for parent in TESTS.parents)
    return next((file for file in found if file.exists()), None)


def needs(file):
    return pytest.mark.skipif(file is None, reason="the data beside the repository is not there")


ALL = shared("golden/text/alfworld_given.jsonl.xz")
OLD_ALL = shared("data/replay/alfworld/episodes.jsonl.xz")


def rows_of(file):
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def differences(env, row):
    """(number of the step, recorded, ours) wherever they differ; step 0 is the reset."""
    observation, info = env.reset(options={"case": f"{row['split']}/{row['path']}"})
    listed = env.unwrapped.admissible_commands
    found = [(0, row["init"], observation)] if observation != row["init"] else []
    found += [(0, row["adm0"], listed())] if listed() != row["adm0"] else []
    accepted = 0
    for number, step in enumerate(row["steps"], start=1):
        observation, reward, terminated, truncated, info = env.step(step["a"])
        accepted += info["is_valid"]
        ours = {
            "o": observation,
            "r": reward,
            "won": terminated,
            "done": terminated or truncated,
            "moves": accepted,
        }
        if "adm" in step:
            ours["adm"] = listed()
        recorded = {key: value for key, value in step.items() if key != "a"}
        found += [(number, recorded, ours)] if recorded != ours else []
        if info["success"] != terminated or info["score"] != float(terminated):
            found.append((number, "success and score", info))
    return found


def old_differences(env, row):
    """The same for an episode of an agent, which never saw where it arrived and whose thoughts are no steps."""
    observation, info = env.reset(options={"case": f"{row['split']}/{row['game']}"})
    recorded = ["-= Welcome to TextWorld, ALFRED! =-", row["init"], row["task"]]
    found = [(0, recorded, observation)] if observation.split("\n\n") != recorded else []
    for number, (action, recorded) in enumerate(row["steps"], start=1):
        if action.startswith("think:"):
            continue
        observation, _, _, _, info = env.step(action)
        observation = re.sub(r"^You arrive at loc \d+\. ", "", observation)
        found += [(number, recorded, observation)] if observation != recorded else []
    if row["finished"] and info["success"] != row["won"]:
        found.append(("won", row["won"], info["success"]))
    return found


@pytest.mark.parametrize(
    "file", [SAMPLE, pytest.param(ALL, marks=needs(ALL))], ids=["sample", "all"]
)
def test_recorded_episodes_are_equal(file):
    """Texts, admissible commands, results, ends and the number of accepted commands."""
    env = gymnasium.make("ALFWorld-v0", strict=True, split="valid_unseen")
    rows = list(rows_of(file))
    assert {
        (row["path"], row["policy"]): each for row in rows if (each := differences(env, row))
    } == {}
    assert len(rows) >= 100


@pytest.mark.parametrize(
    "file", [OLD_SAMPLE, pytest.param(OLD_ALL, marks=needs(OLD_ALL))], ids=["sample", "all"]
)
def test_episodes_of_agents_in_the_old_syntax_are_equal(file):
    env = gymnasium.make("ALFWorld-v0", strict=True, syntax="old", split="valid_unseen")
    rows = list(rows_of(file))
    assert {row["game"]: each for row in rows if (each := old_differences(env, row))} == {}
    assert len(rows) >= 20


@pytest.mark.parametrize("split", SPLITS)
def test_every_walkthrough_wins_with_its_last_command(split):
    env = gymnasium.make("ALFWorld-v0", strict=True, split=split)
    for case, game in read_games(split).items():
        env.reset(options={"case": case})
        results = [env.step(command) for command in game.walkthrough]
        assert [result[2] for result in results] == [False] * (len(results) - 1) + [True], case
        assert all(info["is_valid"] for *_, info in results), case
