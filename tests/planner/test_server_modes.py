"""What becomes of a server's faults: each mode of the table."""

import pytest

from planner.openai_client import KEY_VARIABLE
from tests.planner.server_modes import KEY, MODES, run_mode


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_a_server_s_fault_has_the_outcome_that_the_table_says(mode, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, KEY)
    assert run_mode(mode) == ""


def test_modes_have_different_names():
    assert len({mode.name for mode in MODES}) == len(MODES) >= 100
