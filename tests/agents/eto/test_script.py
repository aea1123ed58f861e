"""The script with the four arguments of the published one."""

import os
import subprocess

import pytest

from tests.repository import ROOT

SCRIPT = ROOT / "scripts" / "run_eto.sh"


@pytest.fixture
def call(tmp_path):
    """Calls the script from another directory, with a program in place of Python that prints its arguments by line."""
    program = tmp_path / "say"
    program.write_text('#!/bin/sh\nprintf "%s\\n" "$PWD" "$@"\n')
    program.chmod(0o755)

    def run(*words):
        environment = {**os.environ, "PYTHON": str(program)}
        return subprocess.run(
            ["bash", str(SCRIPT), *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_four_arguments_and_further_flags(call, tmp_path):
    """Paths are meant from the directory of the call, and may have blanks; a model need not be a directory."""
    (tmp_path / "my model").mkdir()
    for model, path in (("my model", str(tmp_path / "my model")), ("tiny:64x2", "tiny:64x2")):
        done = call("webshop", "exp 1", model, "the runs", "--seed", "3")
        assert done.stdout.splitlines() == [
            str(ROOT), "main.py", "eto", "--task", "webshop", "--save_name", "exp 1", "--resume",
            "--model_path", path, "--logdir", str(tmp_path / "the runs"), "--seed", "3",
        ]  # fmt: skip
    assert "\n/abs\n" in call("webshop", "x", "tiny", "/abs").stdout


def test_without_its_arguments_it_says_what_they_are(call):
    done = call("webshop", "x", "tiny")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("ETO from demonstrations to the last model: scripts/run_eto.sh")
    asked = call("--help")
    assert (asked.returncode, asked.stdout) == (0, done.stderr)
    assert len(asked.stdout.splitlines()) == 6
