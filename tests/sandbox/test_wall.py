"""The second wall: what the kernel holds the interpreter to, on systems that have it."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from sandbox.box import Box
from sandbox.wall import LIMITS, NETWORK, PROCESSES, second_wall

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def interpreter():
    """The /proc directory of the process in which a box runs code."""
    before = {child.pid for child in psutil.Process().children()}
    with Box({}, 0) as box:
        assert box.run("1 + 1").value == "2"
        [new] = {child.pid for child in psutil.Process().children()} - before
        yield Path(f"/proc/{new}")


def require(what):
    if what not in second_wall().holds:
        pytest.skip(f"this system does not let a process have {what}")


def limit(process, name):
    [line] = [
        line for line in (process / "limits").read_text().split("\n") if line.startswith(name)
    ]
    soft, hard, *_ = line.removeprefix(name).split()
    assert soft == hard
    return int(soft)


def test_the_interpreter_has_a_network_of_its_own(interpreter):
    require(NETWORK)
    for namespace in ("net", "user"):
        own = Path("/proc/self/ns", namespace).readlink()
        assert (interpreter / "ns" / namespace).readlink() != own
    devices = (interpreter / "net" / "dev").read_text().split("\n")[2:]
    assert [line.split(":")[0].strip() for line in devices if line] == ["lo"]


def test_the_interpreter_has_limits(interpreter):
    require(LIMITS)
    assert limit(interpreter, "Max address space") == 512 * 2**20
    assert limit(interpreter, "Max file size") == 0
    assert limit(interpreter, "Max core file size") == 0
    assert limit(interpreter, "Max open files") == 32


def test_the_interpreter_cannot_start_many_processes(interpreter):
    require(PROCESSES)
    assert limit(interpreter, "Max processes") == 16


def test_a_box_runs_without_the_tools():
    """As on another system: the interpreter alone runs the code."""
    source = (
        "from sandbox.box import Box; from sandbox.wall import second_wall\n"
        "with Box({}, 0) as box: print(box.run('1 + 1').value, second_wall())"
    )
    ran = subprocess.run(
        [sys.executable, "-c", source],
        cwd=ROOT, env={**os.environ, "PATH": ""}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "2 Wall(binary=None, holds=())\n"
    assert ran.stderr == ""
