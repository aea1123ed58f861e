"""Every error is one line under one root."""

import pytest

from core.errors import (
    PlanFormatError,
    PlannerError,
    RunDirectoryError,
    SettingsError,
    WhenToAskError,
)


@pytest.mark.parametrize(
    "error",
    [SettingsError("x"), RunDirectoryError("x"), PlannerError("x"), PlanFormatError("x", "y")],
)
def test_one_root_catches_all(error):
    assert isinstance(error, WhenToAskError)


def test_an_answer_without_a_plan_is_shown_with_what_is_wrong():
    error = PlanFormatError("go fly\na kite", "'go fly' is not one of the actions")
    assert error.text == "go fly\na kite"
    assert error.reason == "'go fly' is not one of the actions"
    shown = "'go fly' is not one of the actions (the answer was 'go fly\\na kite')"
    assert str(error) == shown


@pytest.mark.parametrize(("length", "shown"), [(200, "x" * 200), (201, "x" * 200 + "...")])
def test_a_long_answer_is_shown_in_part_and_kept_whole(length, shown):
    error = PlanFormatError("x" * length, "no")
    assert str(error) == f"no (the answer was '{shown}')"
    assert len(error.text) == length
