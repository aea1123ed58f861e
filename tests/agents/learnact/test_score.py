"""What a library is worth: its score, its first failure, and which of its functions are used, by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.learnact.score import first_failure, score_of, without_unused
from core.candidate import Failure
from core.library import Library
from envs.text.code import ENDED
from tests.agents.learnact.episodes import FAILED_IN_FETCH, LIBRARY, episode

MOVED = ("move('x', 'y')", True, "Moved.")
DELIVERED = ("deliver('b', 'x', 'y')", True, "Delivered.")
FAILED = ("deliver('b', 'x', 'y')", False, FAILED_IN_FETCH)
REFUSED = ("move('y', 'y')", False, "The code ended early: line 1, `move('y', 'y')`: It is there.")


def test_the_terms_of_the_score():
    episodes = [
        episode("1", MOVED, DELIVERED, success=True),
        episode("2", FAILED, REFUSED, ("", False, "no answer")),
    ]
    score = score_of(episodes, LIBRARY)
    assert (score.num_decisions, score.num_calls, score.num_successful_calls) == (5, 2, 1)
    assert (score.success, score.step_correction, score.call_ratio) == (1 / 2, 1 / 2, 1 / 5)
    assert score.used_ratio == 2 / 5
    assert score.total(counts_correction=False) == 1 / 2 + 1 / 5
    assert score.total(counts_correction=True) == 1 / 2 + 1 / 5 + 1 / 2


def test_without_calls_the_score_is_the_success():
    score = score_of([episode("1", MOVED, success=True)], LIBRARY)
    assert score.total(counts_correction=True) == 1.0


def test_a_name_that_is_not_called_is_no_call():
    named = ("print('deliver', deliver)", True, "")
    assert score_of([episode("1", named)], LIBRARY).num_calls == 0


def test_the_first_failure_is_in_the_order_of_the_episodes_and_names_the_innermost_function():
    episodes = [episode("1", MOVED, REFUSED), episode("2", DELIVERED, FAILED), episode("3", FAILED)]
    assert first_failure(episodes, LIBRARY) == Failure("2", "fetch", FAILED[0], FAILED_IN_FETCH)


@pytest.mark.parametrize(
    "ended",
    ["deliver() missing 2 arguments", "line 2, `deliver('b')`: deliver() missing 2 arguments"],
)
def test_a_function_that_was_called_in_a_wrong_way_has_failed(ended):
    called = ("move('x', 'y')\ndeliver('b')", False, f"{ENDED} {ended}")
    failure = first_failure([episode("1", called)], LIBRARY)
    assert failure is not None
    assert failure.function == "deliver"


def test_a_refused_action_of_the_decision_itself_is_no_failure_of_a_function():
    assert first_failure([episode("1", REFUSED)], LIBRARY) is None


def test_functions_stay_that_were_called_with_success_and_those_that_they_call():
    assert without_unused(LIBRARY, [episode("1", DELIVERED)]).names == ("fetch", "deliver")
    assert without_unused(LIBRARY, [episode("1", FAILED)]) == Library()
    fetched = ("for ball in ['b']:\n    fetch(ball, 'x', 'y')", True, "Fetched.")
    assert without_unused(LIBRARY, [episode("1", fetched)]).names == ("fetch",)


CODES = st.sampled_from(["deliver('b', 'x', 'y')", "fetch('b', 'x', 'y')", "move('x', 'y')", "if"])


@given(st.lists(st.tuples(CODES, st.booleans(), st.just("Seen.")), max_size=9))
def test_the_terms_are_shares(decisions):
    score = score_of([episode("1", *decisions)], LIBRARY)
    assert 0 <= score.call_ratio <= score.used_ratio <= 1
    assert 0 <= score.step_correction <= 1
    assert set(without_unused(LIBRARY, [episode("1", *decisions)]).names) <= set(LIBRARY.names)
