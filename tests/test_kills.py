"""Commands that are killed and given again end as if nothing had happened; `tests/kills.py` kills more of them."""

import pytest

from tests.kills import kill_commands


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_commands_end_as_if_nothing_had_happened(tmp_path):
    figures = kill_commands(4, 0, tmp_path)
    assert sum(figures["kills"].values()) >= 4
    assert figures["problems"] == []
