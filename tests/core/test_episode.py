"""Episodes are read back without loss, and their sums are right."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.episode import FORMAT, Consultation, Episode, Step
from core.errors import RunDirectoryError

numbers = st.floats(allow_nan=False, allow_infinity=False)
counts = st.integers(0, 10**9)
consultations = st.builds(
    Consultation,
    question=st.text(),
    answer=st.text(),
    plan=st.text(),
    is_forced=st.booleans(),
    cost=numbers,
    llm_calls=counts,
    prompt_tokens=counts,
    completion_tokens=counts,
    seconds=numbers,
    format_errors=counts,
)
steps = st.builds(
    Step,
    decision=st.integers(0, 5),
    probability=numbers,
    value=numbers,
    skill=st.text(),
    action=st.integers(0, 6),
    reward=numbers,
    consultation=st.none() | consultations,
)
episodes = st.builds(
    Episode,
    task=st.text(),
    seed=st.integers(0, 2**63),
    terminated=st.booleans(),
    truncated=st.booleans(),
    steps=st.lists(steps, max_size=4).map(tuple),
)


def step(reward=0.0, cost=None):
    """A step that asked for so much, or did not ask."""
    asked = cost is not None
    consultation = Consultation("q", "a", "{explore}", False, cost) if asked else None
    return Step(int(asked), 0.5, 0.0, "explore", 2, reward, consultation)


def episode(*steps, terminated=True, truncated=False):
    return Episode("SimpleDoorKey", 7, terminated, truncated, steps)


@given(episode=episodes)
def test_an_episode_is_read_back_from_its_line(episode):
    assert Episode.from_json(episode.to_json()) == episode
    assert Episode.from_json(json.loads(json.dumps(episode.to_json()))) == episode


@given(episode=episodes)
def test_the_sums_in_the_file_are_those_of_the_steps(episode):
    data = episode.to_json()
    assert data["format"] == FORMAT
    assert data["num_steps"] == len(data["steps"])
    assert data["asks"] == sum(row["consultation"] is not None for row in data["steps"])
    assert data["success"] == episode.success


def test_sums_by_hand():
    """Two questions for 0.01 and 0.5, one of three steps rewarded with 0.75.

    The return is 0.75 - (0.01 + 0.5) = 0.24.
    """
    done = episode(step(cost=0.01), step(), step(reward=0.75, cost=0.5))
    assert done.num_steps == 3
    assert done.asks == 2
    assert [consultation.cost for consultation in done.consultations] == [0.01, 0.5]
    assert done.reward == 0.75
    assert done.total_return == pytest.approx(0.24)
    assert done.to_json()["return"] == pytest.approx(0.24)


def test_an_episode_without_steps_sums_to_nothing():
    empty = episode(terminated=False)
    assert (empty.num_steps, empty.asks, empty.reward, empty.total_return) == (0, 0, 0, 0)
    assert not empty.success


@pytest.mark.parametrize(
    ("reward", "terminated", "success"),
    [(0.1, True, True), (0.0, True, False), (0.1, False, False), (0.0, False, False)],
)
def test_success_is_to_terminate_with_reward(reward, terminated, success):
    done = episode(step(reward=reward, cost=5.0), terminated=terminated, truncated=not terminated)
    assert done.success is success


@pytest.mark.parametrize("data", [{}, {"format": None}, {"format": "when-to-ask-episode-0"}])
def test_another_format_is_refused_by_name(data):
    with pytest.raises(RunDirectoryError, match=f"not an episode of format '{FORMAT}'"):
        Episode.from_json({**episode().to_json(), "format": None, **data})
