"""Episodes are read back without loss, in both formats, and their sums are right."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Usage
from core.episode import FORMAT, FORMAT_1, Consultation, Episode, PolicyTrace, Step
from core.errors import RunDirectoryError
from core.files import read_lines
from core.task import PAPER_ROOMS

GOLDEN = Path(__file__).parent.parent / "golden"

numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 10**9)
usages = st.builds(Usage, counts, counts, counts, numbers, counts)
consultations = st.builds(
    Consultation,
    question=st.text(),
    answer=st.text(),
    plan=st.text(),
    is_forced=st.booleans(),
    cost=numbers,
    format_errors=counts,
)
steps = st.builds(
    Step,
    action=st.text(),
    reward=numbers,
    observation=st.text(),
    thought=st.text(),
    answer=st.text(),
    is_valid=st.booleans(),
    skill=st.text(),
    consultation=st.none() | consultations,
    policy=st.none() | st.builds(PolicyTrace, st.integers(0, 5), numbers, numbers),
    usage=usages,
)
episodes = st.builds(
    Episode,
    task=st.text(),
    case=st.text(),
    success=st.booleans(),
    score=st.floats(0, 1),
    terminated=st.booleans(),
    truncated=st.booleans(),
    steps=st.lists(steps, max_size=4).map(tuple),
    rooms=st.text(),
    goal=st.text(),
)


def step(reward=0.0, cost=None, usage=Usage()):
    """A step, after a question of this cost if there is one."""
    asked = None if cost is None else Consultation("q", "a", "{explore}", False, cost)
    return Step("forward", reward, consultation=asked, usage=usage)


def episode(*steps, success=True):
    return Episode(
        "SimpleDoorKey",
        "7",
        success=success,
        score=float(success),
        terminated=success,
        truncated=not success,
        steps=steps,
        rooms=PAPER_ROOMS,
    )


@given(episode=episodes)
def test_an_episode_is_read_back_from_its_line(episode):
    assert Episode.from_json(episode.to_json()) == episode
    assert Episode.from_json(json.loads(json.dumps(episode.to_json()))) == episode


@given(episode=episodes)
def test_the_sums_in_the_file_are_those_of_the_steps(episode):
    data = episode.to_json()
    assert data["format"] == FORMAT
    assert data["num_steps"] == len(data["steps"])
    assert data["asks"] == sum("consultation" in row for row in data["steps"])
    assert data["llm_calls"] == sum(
        row.get("usage", {}).get("llm_calls", 0) for row in data["steps"]
    )


def test_a_step_in_the_file_has_only_what_differs_from_the_defaults():
    assert step(reward=0.5).to_json() == {"action": "forward", "reward": 0.5}
    assert set(step(cost=0.0, usage=Usage(1)).to_json()) == {
        "action", "reward", "consultation", "usage",
    }  # fmt: skip


def test_sums_by_hand():
    """Two questions for 0.01 and 0.5, one of three steps rewarded with 0.75.

    The return is 0.75 - (0.01 + 0.5) = 0.24; the calls are 2 + 1.
    """
    done = episode(
        step(cost=0.01, usage=Usage(2, 100, 10, 0.5)),
        step(),
        step(reward=0.75, cost=0.5, usage=Usage(1, 50, 5, 0.25, cache_hits=1)),
    )
    assert done.num_steps == 3
    assert done.asks == 2
    assert [consultation.cost for consultation in done.consultations] == [0.01, 0.5]
    assert done.reward == 0.75
    assert done.total_return == pytest.approx(0.24)
    assert done.to_json()["return"] == pytest.approx(0.24)
    assert done.usage == Usage(3, 150, 15, 0.75, 1)


def test_an_episode_without_steps_sums_to_zero():
    empty = episode(success=False)
    assert (empty.num_steps, empty.asks, empty.reward, empty.total_return) == (0, 0, 0, 0)
    assert empty.usage == Usage()


def test_success_is_what_the_environment_said_whatever_the_rewards():
    assert episode(step(), success=True).success
    assert not episode(step(reward=1.0), success=False).success


def test_the_current_plan_is_that_of_the_last_question():
    assert episode(step(), step(cost=0.0), step()).plans == ["", "{explore}", "{explore}"]


@pytest.mark.parametrize("data", [{}, {"format": None}, {"format": "when-to-ask-episode-0"}])
def test_another_format_is_refused_by_name(data):
    with pytest.raises(RunDirectoryError, match=f"not an episode of format '{FORMAT}'"):
        Episode.from_json({**episode().to_json(), "format": None, **data})


@pytest.mark.parametrize("format_", [FORMAT, FORMAT_1])
@pytest.mark.parametrize("steps", [None, 3, [None], [{}], [{"action": "forward", "colour": 1}]])
def test_a_damaged_episode_is_refused(format_, steps):
    data = {**episode().to_json(), "seed": 7, "format": format_, "steps": steps}
    with pytest.raises(RunDirectoryError, match="damaged"):
        Episode.from_json(data)


def test_a_file_of_format_1_is_read():
    """Written by commit 46d751b: ``oracle --test_num 2`` on SimpleDoorKey."""
    rows = read_lines(GOLDEN / "episodes_format_1.jsonl")
    for row in rows:
        assert row["format"] == FORMAT_1
        read = Episode.from_json(row)
        assert (read.task, read.case, read.rooms) == (row["task"], str(row["seed"]), row["rooms"])
        for name in ("asks", "num_steps", "success"):
            assert getattr(read, name) == row[name]
        assert read.total_return == row["return"]
        assert read.score == row["success"]
        assert Episode.from_json(read.to_json()) == read
    assert [Episode.from_json(row).num_steps for row in rows] == [17, 17]
    assert Episode.from_json(rows[0]).steps[-1].action == "toggle"


def test_each_field_of_format_1_has_its_place():
    asked = {
        "question": "q", "answer": "a", "plan": "{explore}", "is_forced": True, "cost": 0.25,
        "llm_calls": 1, "prompt_tokens": 2, "completion_tokens": 3, "seconds": 4.0,
        "format_errors": 5, "store_hits": 6,
    }  # fmt: skip
    old = {
        "decision": 1, "probability": 0.75, "value": -0.5, "skill": "pick up", "action": 3,
        "reward": 0.0, "consultation": asked,
    }  # fmt: skip
    data = {
        "format": FORMAT_1, "task": "KeyInBox", "seed": 9, "terminated": True, "truncated": False,
        "steps": [old],
    }  # fmt: skip
    expected = Step(
        "pickup",
        0.0,
        skill="pick up",
        consultation=Consultation("q", "a", "{explore}", True, 0.25, 5),
        policy=PolicyTrace(1, 0.75, -0.5),
        usage=Usage(1, 2, 3, 4.0, 6),
    )
    assert Episode.from_json(data) == Episode(
        "KeyInBox",
        "9",
        success=False,
        score=0.0,
        terminated=True,
        truncated=False,
        steps=(expected,),
        rooms=PAPER_ROOMS,
    )


def test_success_of_format_1_is_to_terminate_with_reward():
    def read(reward, *, terminated):
        data = {
            "format": FORMAT_1, "task": "KeyInBox", "seed": 9, "terminated": terminated,
            "truncated": not terminated, "steps": [{
                "decision": 0, "probability": 1.0, "value": 0.0, "skill": "toggle", "action": 5,
                "reward": reward, "consultation": None,
            }],
        }  # fmt: skip
        return Episode.from_json(data).success

    assert read(0.1, terminated=True)
    assert not read(0.0, terminated=True)
    assert not read(0.1, terminated=False)
