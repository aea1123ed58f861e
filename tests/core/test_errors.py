"""Every error is one line under one root, of a kind that can be caught."""

import copy
import pickle

import pytest

from core.chat import Reply, Request
from core.errors import (
    ActionFormatError,
    FormatError,
    ModelError,
    ModelMissing,
    ModelRefused,
    ModelUnavailable,
    PlanFormatError,
    ResponseMalformed,
    RunDirectoryError,
    ServerNotRunning,
    SettingsError,
    WhenToAskError,
)

MODEL_ERRORS = [ModelUnavailable, ServerNotRunning, ModelRefused, ModelMissing, ResponseMalformed]
FORMAT_ERRORS = [PlanFormatError, ActionFormatError]


@pytest.mark.parametrize("error", [SettingsError("x"), RunDirectoryError("x"), ModelError("x")])
def test_one_root_catches_all(error):
    assert isinstance(error, WhenToAskError)


@pytest.mark.parametrize("kind", MODEL_ERRORS)
def test_a_model_error_says_where_and_how_often(kind):
    completed = [(Request(()), Reply("x"))]
    error = kind("no", url="http://x", status=503, tries=5, retry_after=1.0, completed=completed)
    assert isinstance(error, ModelError)
    assert isinstance(error, WhenToAskError)
    assert str(error) == "no"
    for copied in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 ours
        assert type(copied) is kind
        assert (copied.url, copied.status, copied.tries) == ("http://x", 503, 5)
        assert (copied.retry_after, copied.completed) == (1.0, completed)


def test_a_model_error_without_a_server():
    error = ModelMissing("no")
    assert (error.url, error.status, error.tries, error.retry_after) == ("", None, 1, None)
    assert error.completed == ()


def test_advice_is_added_to_the_line_and_the_kind_stays():
    error = ModelUnavailable("gone", url="http://x", tries=5)
    advised = error.with_advice("give the same command with --resume")
    assert type(advised) is ModelUnavailable
    assert str(advised) == "gone; give the same command with --resume"
    assert (advised.url, advised.tries) == ("http://x", 5)
    assert str(error) == "gone"


@pytest.mark.parametrize("kind", FORMAT_ERRORS)
def test_an_answer_of_the_wrong_form_is_shown_with_what_is_wrong(kind):
    error = kind("go fly\na kite", "'go fly' is not one of the actions")
    assert isinstance(error, FormatError)
    for copied in (error, pickle.loads(pickle.dumps(error))):  # noqa: S301 ours
        assert type(copied) is kind
        assert copied.text == "go fly\na kite"
        assert copied.reason == "'go fly' is not one of the actions"
        shown = "'go fly' is not one of the actions (the answer was 'go fly\\na kite')"
        assert str(copied) == shown


@pytest.mark.parametrize(("length", "shown"), [(200, "x" * 200), (201, "x" * 200 + "...")])
def test_a_long_answer_is_shown_in_part_and_kept_whole(length, shown):
    error = PlanFormatError("x" * length, "no")
    assert str(error) == f"no (the answer was '{shown}')"
    assert len(error.text) == length
