"""Episodes recorded from LearnAct's environment: no difference at all in the published wording."""

import json
import lzma
from pathlib import Path

import gymnasium
import pytest

import envs  # noqa: F401 registers the ids

TESTS = Path(__file__).resolve().parents[3]
SAMPLE = TESTS / "golden" / "pddl.jsonl.xz"
ALL = next(
    (
        file
        for parent in TESTS.parents
        if (file := parent / "shared" / "golden" / "text" / "pddl_given.jsonl.xz").exists()
    ),
    None,
)


def parts_of_a_list(text, env):
    """A list without its order, which is arbitrary in the original: its label and its sorted sentences or commands."""
    label = "Valid actions are: "
    if text.startswith(label):
        return [label, *sorted(text.removeprefix(label).split(", "))]
    return sorted(word for word in text.split(" ") if word)


def differences(row):
    """(number of the step, recorded, ours) wherever they differ; step 0 is the reset."""
    env = gymnasium.make(f"{row['domain'].capitalize()}-v0", texts="published")
    listed = env.unwrapped.admissible_commands
    case = f"{row['domain']}/{row['file'].removesuffix('.pddl')}"
    observation, info = env.reset(options={"case": case})
    ours = {"init": observation, "goal": info["goal"], "adm0": listed()}
    recorded = {key: row[key] for key in ours}
    found = [(0, recorded, ours)] if recorded != ours else []
    for number, step in enumerate(row["steps"], start=1):
        observation, _, terminated, _, info = env.step(step["a"])
        ours = {
            "o": observation,
            "r": info["score"],
            "done": terminated,
            "won": info["success"],
            "valid": info["is_valid"],
        }
        if "adm" in step:
            ours["adm"] = listed()
        recorded = {key: step[key] for key in ours}
        if "items" in step:
            for one in (recorded, ours):
                one["o"] = parts_of_a_list(one["o"], env)
        found += [(number, recorded, ours)] if recorded != ours else []
    return found


@pytest.mark.parametrize(
    "file",
    [
        SAMPLE,
        pytest.param(
            ALL,
            marks=pytest.mark.skipif(
                ALL is None, reason="the data beside the repository is not there"
            ),
        ),
    ],
    ids=["sample", "all"],
)
def test_every_recorded_step_is_the_same(file):
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        rows = list(map(json.loads, lines))
    assert {row["domain"] for row in rows} == {"gripper", "blockworld", "barman", "tyreworld"}
    for row in rows:
        assert differences(row) == [], (row["domain"], row["file"], row["policy"])
