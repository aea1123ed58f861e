"""The program works when it is installed: as a wheel, and editable."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from core.provenance import PACKAGES
from tests.repository import ROOT, copy_repository

pytestmark = pytest.mark.slow
COMMANDS = (
    "train --save_name a --n_itr 2 --traj_per_itr 4 --num_envs 2 --eval_every 0 --engine readable",
    "eval --save_name a --test_num 2 --engine readable",
    "act --save_name b --test_num 2",
    "report log/ppo/simpledoorkey/a",
)
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
NO_NETWORK = ("--no-index", "--no-deps", "--no-build-isolation")


def run(*command, cwd):
    """Run a command that must succeed, away from the repository; its output."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def environment(tmp_path):
    """A virtual environment with the packages of this one, but without this project."""
    run(sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "venv"), cwd=tmp_path)
    [site] = (tmp_path / "venv").glob("lib/*/site-packages")
    (site / "others.pth").write_text(sysconfig.get_path("purelib"))
    return tmp_path / "venv" / "bin"


@pytest.fixture
def elsewhere(tmp_path):
    directory = tmp_path / "elsewhere"
    directory.mkdir()
    return directory


def install(environment, *what):
    python = str(environment / "python")
    run(*PIP, "--python", python, "install", "--ignore-installed", *NO_NETWORK, *what, cwd=ROOT)


def test_a_wheel_has_every_file_and_its_command_works_in_any_directory(
    tmp_path, environment, elsewhere
):
    source = copy_repository(tmp_path / "source")
    run(*PIP, "wheel", *NO_NETWORK, "--wheel-dir", str(tmp_path), str(source), cwd=tmp_path)
    [wheel] = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = {
        path.relative_to(source).as_posix()
        for package in PACKAGES
        for path in (source / package).rglob("*")
        if path.is_file()
    }
    assert packed == files | {"main.py"}

    install(environment, str(wheel))
    for line in COMMANDS:
        run(str(environment / "when-to-ask"), *line.split(), cwd=elsewhere)
    home = elsewhere / "log" / "ppo" / "simpledoorkey" / "a"
    assert "<html" in (home / "report.html").read_text()
    assert '"commit": null' in (home / "config.json").read_text()
    assert '"when-to-ask": "0.1.0"' in (home / "config.json").read_text()


def test_an_editable_installation_registers_the_environments_anywhere(
    tmp_path, environment, elsewhere
):
    source = copy_repository(tmp_path / "source")
    install(environment, "--editable", str(source))
    play = (
        "import gymnasium, envs\n"
        "for name in ('ALFWorld-v0', 'MiniGrid-SimpleDoorKey-Min5-Max10-View3'):\n"
        "    gymnasium.make(name).reset(seed=0)\n"
        "print(envs.__file__)"
    )
    printed = run(str(environment / "python"), "-c", play, cwd=elsewhere)
    assert Path(printed.strip()) == source / "envs" / "__init__.py"
    assert "usage: when-to-ask" in run(str(environment / "when-to-ask"), "--help", cwd=elsewhere)
