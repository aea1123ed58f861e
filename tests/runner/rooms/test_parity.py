"""The numbers of the authors' code, exact where they are deterministic."""

import json

import numpy as np
import pytest

from core.task import TASKS
from tests.reference import PUBLISHED
from tests.repository import ROOT

GOLDEN = ROOT / "tests" / "golden" / "episodes.json"
CASES = [(task, policy) for task in PUBLISHED for policy in ("baseline", "always", "oracle")]

# mean asks, mean steps, success % over layouts 0-99 with an ideal planner and the paper skills
MEANS = {
    ("SimpleDoorKey", "baseline"): (1.58, 64.90, 59),
    ("SimpleDoorKey", "always"): (25.78, 25.78, 100),
    ("SimpleDoorKey", "oracle"): (3.38, 25.82, 100),
    ("KeyInBox", "always"): (26.78, 26.78, 100),
    ("KeyInBox", "oracle"): (4.33, 26.82, 100),
    ("RandomBoxKey", "always"): (30.26, 30.26, 94),
    ("RandomBoxKey", "oracle"): (4.07, 30.30, 94),
    ("ColoredDoorKey", "oracle"): (4.05, 38.64, 90),
}


@pytest.mark.parametrize("engine", ["readable", "batched"])
@pytest.mark.parametrize(("task", "policy"), CASES)
def test_single_episodes_equal_the_reference(task, policy, engine, play_policy):
    golden = json.loads(GOLDEN.read_text())["episodes"][task][policy]
    episodes = play_policy(policy, range(len(golden)), task=task, engine=engine)
    assert [[int(e.case), e.asks, e.num_steps, e.success] for e in episodes] == golden


@pytest.mark.parametrize("engine", [pytest.param("readable", marks=pytest.mark.slow), "batched"])
@pytest.mark.parametrize(("task", "policy"), MEANS)
def test_means_over_the_test_layouts_equal_the_paper(task, policy, engine, play_policy):
    episodes = play_policy(policy, range(100), task=task, engine=engine)
    asks, steps, success = MEANS[task, policy]
    assert np.mean([e.asks for e in episodes]) == pytest.approx(asks, abs=0.005)
    assert np.mean([e.num_steps for e in episodes]) == pytest.approx(steps, abs=0.005)
    assert 100 * np.mean([e.success for e in episodes]) == success


@pytest.mark.parametrize("task", TASKS)
def test_frontier_skills_open_every_door(task, play_policy):
    episodes = play_policy("oracle", range(100), task=task, skills="frontier")
    assert all(episode.success for episode in episodes)
