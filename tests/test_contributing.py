"""Whoever follows CONTRIBUTING.md's list for a new task ends with all tests passing."""

import re
import subprocess
import sys
import textwrap

import pytest

from tests.repository import ROOT, copy_repository

BLOCK = re.compile(r"^ *```(sh|diff)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


def steps():
    """The code blocks of each step, in order: lists of (language, code)."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    section = text.split("## Add a task\n")[1].split("\n## ")[0]
    return [
        [(language, textwrap.dedent(code)) for language, code in BLOCK.findall(step)]
        for step in re.split(r"^\d\. ", section, flags=re.MULTILINE)[1:]
    ]


def apply(code, root):
    """Change a file as a diff without line numbers says; its old lines must be there once."""
    header, *lines = code.splitlines()
    file = root / header.removeprefix("+++ ")
    old, new = (
        "".join(f"{line[1:]}\n" for line in lines if line[0] != other) for other in ("+", "-")
    )
    text = file.read_text()
    assert text.count(old) == 1, code
    file.write_text(text.replace(old, new))


def carry_out(step, root):
    for language, code in step:
        if language == "sh":
            subprocess.run(code, shell=True, cwd=root, check=True)
        else:
            apply(code, root)


def run_tests(root, selection, *files):
    """Quick tests of the copy; a summary of what was passed, skipped and failed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow"]
    done = subprocess.run(
        [*command, "-k", selection, *files], cwd=root, capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout[-3000:]
    return done.stdout


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_steps_for_a_new_task_end_with_all_tests_passing(tmp_path):
    """Of the tests, those that have the task among their parameters, and those over all tasks."""
    root = copy_repository(tmp_path / "repository")
    *until_it_trains, faster = steps()
    assert len(until_it_trains) == 3
    for step in until_it_trains:
        carry_out(step, root)
    everywhere = "ClearDoorKey or readme or every_task or all_tasks or layout"
    assert "layouts.py does not draw ClearDoorKey" in run_tests(root, everywhere)
    carry_out(faster, root)
    compared = run_tests(root, "ClearDoorKey", "tests/envs/batched", "tests/runner")
    assert "does not draw" not in compared
