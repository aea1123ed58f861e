"""Outcomes of answers, and what is learned from them; worked out by hand."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.tune_planner.outcomes import (
    MIN_EPISODES,
    NO_DIFFERENCE,
    NOT_FEASIBLE,
    ONE_ANSWER,
    TOO_FEW,
    WORSE,
    CandidateAnswer,
    Contrast,
    Outcome,
    Tally,
    contrasts,
    describe_rejected,
    good_answers,
    is_clearly_better,
)

KEY, DOOR = "observed a key", "observed a door"
FETCH, EXPLORE, CHAT = "{pick up the key}", "{explore}", "Hello!"


def candidate(question, answer, *, is_own=True):
    return CandidateAnswer(question, answer, "" if answer == CHAT else answer, is_own)


def outcome(question, answer, value=0.0, *, episodes=100, variance=0.0, is_own=True):
    one = candidate(question, answer, is_own=is_own)
    if not one.plan:
        return Outcome(one)
    return Outcome(one, episodes, value=value, variance=variance)


def test_an_outcome_is_the_mean_over_the_episodes_in_which_the_answer_was_used():
    """Of three episodes the first two used the answer: returns 0.5 and 0.1, mean 0.3, variance
    (0.2 ** 2 + 0.2 ** 2) / 1 = 0.08. The question that no answer was fixed for does not count."""
    tally = Tally()
    episodes = {
        "success": np.array([1.0, 0.0, 1.0]),
        "steps": np.array([10.0, 30.0, 99.0]),
        "asks": np.array([2.0, 4.0, 99.0]),
        "return": np.array([0.5, 0.1, 99.0]),
    }
    tally.add({KEY: FETCH}, [(0, KEY), (1, KEY), (1, KEY), (2, DOOR)], episodes)
    found = tally.outcome(candidate(KEY, FETCH))
    assert (found.episodes, found.success, found.steps, found.asks) == (2, 0.5, 20.0, 3.0)
    assert found.value == pytest.approx(0.3)
    assert found.variance == pytest.approx(0.08)
    assert tally.outcome(candidate(KEY, EXPLORE)) == Outcome(candidate(KEY, EXPLORE))
    assert tally.outcome(candidate(DOOR, EXPLORE)).episodes == 0


def test_rounds_with_different_answers_are_kept_apart():
    tally = Tally()
    for answer, value in ((FETCH, 1.0), (EXPLORE, 0.0), (FETCH, 3.0)):
        row = dict.fromkeys(("success", "steps", "asks", "return"), np.array([value]))
        tally.add({KEY: answer}, [(0, KEY)], row)
    assert tally.outcome(candidate(KEY, FETCH)).value == 2.0
    assert tally.outcome(candidate(KEY, EXPLORE)).value == 0.0


@pytest.mark.parametrize(("difference", "is_better"), [(0.21, True), (0.19, False)])
def test_a_clear_difference_is_two_standard_errors(difference, is_better):
    """Variances 0.5 and 0.5 over 100 episodes each: the standard error is sqrt(0.01) = 0.1."""
    one = outcome(KEY, FETCH, difference, variance=0.5)
    other = outcome(KEY, EXPLORE, 0.0, variance=0.5)
    assert is_clearly_better(one, other, 2.0) is is_better
    assert not is_clearly_better(other, one, 2.0)


def test_the_best_answer_is_contrasted_with_those_that_are_clearly_worse():
    found = contrasts(
        [
            outcome(KEY, FETCH, 0.5),
            outcome(KEY, EXPLORE, 0.4),
            outcome(KEY, "{go to the key}", 0.49, variance=1.0),
            outcome(KEY, CHAT),
            outcome(DOOR, EXPLORE, 0.3),
        ],
        2.0,
    )
    assert found.kept == (Contrast(KEY, FETCH, EXPLORE), Contrast(KEY, FETCH, CHAT))
    assert found.left_out == {NO_DIFFERENCE: 1, ONE_ANSWER: 1}


def test_the_experts_answer_is_rejected_where_another_one_is_better():
    rows = [outcome(KEY, FETCH, 0.1, is_own=False), outcome(KEY, EXPLORE, 0.4)]
    assert contrasts(rows, 2.0).kept == (Contrast(KEY, EXPLORE, FETCH),)


def test_an_answer_that_was_played_too_rarely_is_not_compared():
    few = outcome(KEY, EXPLORE, 0.9, episodes=MIN_EPISODES - 1)
    found = contrasts([outcome(KEY, FETCH, 0.1), few, outcome(KEY, CHAT)], 2.0)
    assert found.kept == (Contrast(KEY, FETCH, CHAT),)
    assert found.left_out == {TOO_FEW: 1}
    assert contrasts([few, outcome(KEY, CHAT)], 2.0).left_out == {TOO_FEW: 2}


def test_the_answer_that_is_rejected_most_often_is_said():
    pairs = [
        Contrast(KEY, FETCH, EXPLORE),
        Contrast(KEY, FETCH, CHAT),
        Contrast(DOOR, FETCH, EXPLORE),
    ]
    assert describe_rejected(pairs) == "rejected most often, in 2 of 3 pairs: {explore}"


def test_good_answers_are_own_feasible_and_not_clearly_worse_than_the_best():
    rows = [
        outcome(KEY, FETCH, 0.5, is_own=False),
        outcome(KEY, EXPLORE, 0.4),
        outcome(KEY, "{go to the key}", 0.49, variance=1.0),
        outcome(KEY, CHAT),
        outcome(DOOR, EXPLORE, 0.1),
        outcome(DOOR, FETCH, 0.1, episodes=3),
    ]
    found = good_answers(rows, 2.0)
    assert [(one.question, one.answer) for one in found.kept] == [
        (KEY, "{go to the key}"),
        (DOOR, EXPLORE),
    ]
    assert found.left_out == {WORSE: 1, NOT_FEASIBLE: 1, TOO_FEW: 1}


outcomes = st.builds(
    outcome,
    st.sampled_from([KEY, DOOR]),
    st.sampled_from([FETCH, EXPLORE, CHAT]),
    st.floats(-1, 1),
    episodes=st.integers(0, 50),
    variance=st.floats(0, 1),
    is_own=st.booleans(),
)


@given(
    st.lists(outcomes, unique_by=lambda one: (one.candidate.question, one.candidate.answer)),
    st.floats(0, 3),
)
def test_no_good_answer_is_rejected_and_everything_is_counted(rows, margin):
    pairs, good = contrasts(rows, margin), good_answers(rows, margin)
    rejected = {(one.question, one.rejected) for one in pairs.kept}
    assert rejected.isdisjoint((one.question, one.answer) for one in good.kept)
    own = [row for row in rows if row.candidate.is_own]
    assert len(good.kept) + good.num_left_out == len(own)


def test_an_outcome_does_not_depend_on_who_gave_the_answer():
    rows = [outcome(KEY, FETCH, 0.5), outcome(KEY, EXPLORE, 0.4)]
    others = [replace(row, candidate=replace(row.candidate, is_own=False)) for row in rows]
    assert contrasts(rows, 2.0) == contrasts(others, 2.0)
