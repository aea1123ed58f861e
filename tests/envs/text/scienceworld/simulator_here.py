"""Whether ScienceWorld's simulator is installed; the tests that start it take seconds, so they are slow ones."""

import pytest

from core.errors import WorldError
from envs.text.scienceworld.simulator import check_installed

try:
    check_installed()
    MISSING = ""
except WorldError as error:
    MISSING = str(error)

NEEDS_SIMULATOR = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
]
"""Marks of a test that plays a game."""
