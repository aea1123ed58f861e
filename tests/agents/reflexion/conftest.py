"""Runs of trials whose model is a pupil behind a real server."""

import pytest

from main import run_verb
from tests.agents.reflexion import pupil


@pytest.fixture
def taught(server):
    """The pupil's server."""
    server.script = [pupil.answer]
    return server


@pytest.fixture
def play(tmp_path, taught):
    """Plays a run of the pupil and returns its result."""

    def play_run(name="r", **flags):
        flags = {
            "task": "alfworld", "num_trials": 4, "case": tuple(pupil.CASES), "use_memory": True, "shots": 1,
            "planner": "fastchat", "llm_url": taught.url, "llm_model": "m", "logdir": str(tmp_path), **flags,
        }  # fmt: skip
        [run] = run_verb("reflexion", run_name=name, **flags)
        return run

    return play_run
