"""Tasks as parameters of tests."""

import pytest

from core.task import TASKS
from envs.batched.layouts import LAYOUTS

BATCHED_TASKS = [
    pytest.param(
        name,
        marks=pytest.mark.skipif(
            name not in LAYOUTS, reason=f"envs/batched/layouts.py does not draw {name}"
        ),
    )
    for name in TASKS
]
"""Names of all tasks; a new one is skipped until the batched engine draws it."""
