"""Episodes of the scripted customer, held still: catalogue, goals, search, pages, reward and player.

python -m tests.envs.text.webshop.test_golden     plays them anew, after a change that is meant
"""

import json
from pathlib import Path

import gymnasium
import pytest

import envs  # noqa: F401 registers the ids
from envs.text.webshop.expert import Expert

FILE = Path(__file__).resolve().parents[3] / "golden" / "webshop.jsonl"
CASES = ("test/0", "test/1", "test/2", "dev/0", "train/0", "train/341")


def play(case):
    """What was read, done and earned."""
    env = gymnasium.make("WebShop-v0")
    observation, _ = env.reset(options={"case": case})
    expert, steps, is_over = Expert(observation), [], False
    first = observation
    while not is_over:
        action = expert.act()
        observation, reward, terminated, truncated, info = env.step(action)
        expert.observe(action, observation)
        steps.append({"action": action, "observation": observation, "reward": reward})
        is_over = terminated or truncated
    return {"case": case, "observation": first, "steps": steps, "score": info["score"]}


@pytest.fixture(scope="module")
def recorded():
    with FILE.open(encoding="utf-8") as lines:
        return {row["case"]: row for row in map(json.loads, lines)}


@pytest.mark.parametrize("case", CASES)
def test_an_episode_is_the_recorded_one(recorded, case):
    assert play(case) == recorded[case]


def test_the_recording_has_a_purchase_that_is_not_all_that_was_wanted(recorded):
    scores = [recorded[case]["score"] for case in CASES]
    assert max(scores) == 1
    assert min(scores) < 1


if __name__ == "__main__":
    FILE.write_text("".join(json.dumps(play(case)) + "\n" for case in CASES), encoding="utf-8")
