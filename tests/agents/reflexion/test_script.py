"""The script with variables at its top, as the published code has one."""

import os
import subprocess
import sys

import pytest

from reports.trials import read_trials
from tests.repository import ROOT

SCRIPT = ROOT / "scripts" / "run_reinagent.sh"


def run(script, *flags):
    environment = {**os.environ, "PYTHON": sys.executable}
    words = ["bash", str(script), *flags]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False)


def test_the_script_plays_trials_and_further_flags_win(tmp_path):
    flags = ("--logdir", str(tmp_path), "--task", "gripper", "--num_envs", "3", "--num_trials", "2")
    done = run(SCRIPT, *flags)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "reflexion" / "gripper" / "reflexion_run"
    assert len(read_trials(path / "trials").trials) == 2
    assert "strategy reflexion" in done.stdout


@pytest.mark.slow
def test_its_variables_continue_a_run(tmp_path):
    """Variables as they are edited by hand; the directory is that of the run itself."""
    text = SCRIPT.read_text()
    changes = {
        "num_trials=10": "num_trials=3",
        "num_envs=134 ": "num_envs=4 ",
        "use_memory=true": "use_memory=false",
        'cd "$(dirname "$0")/.."': f'cd "{ROOT}"',
    }
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    first = tmp_path / "first.sh"
    first.write_text(text)
    assert run(first, "--logdir", str(tmp_path), "--num_trials", "2").returncode == 0
    path = tmp_path / "reflexion" / "alfworld" / "reflexion_run"
    for old, new in {
        "is_resume=false": "is_resume=true",
        "resume_dir= ": f"resume_dir={path} ",
        "start_trial_num=0": "start_trial_num=2",
    }.items():
        assert old in text
        text = text.replace(old, new)
    second = tmp_path / "second.sh"
    second.write_text(text)
    done = run(second, "--logdir", str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert len(read_trials(path / "trials").trials) == 3
    assert "strategy none" in done.stdout
