"""Launchers: results as they come; workers fail alone and end with their parent, whatever ends it."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from core.errors import RunDirectoryError
from experiments.launch import Failure, ProcessLauncher

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def launcher(tmp_path):
    return ProcessLauncher(2, lambda job: tmp_path / f"{job}.log")


def refuse(number):
    raise RunDirectoryError(f"number {number} is in use")


def test_each_job_comes_with_its_result_and_a_failed_one_with_the_reason(launcher):
    """The root of -1 is a bug of a job, with a traceback in its log; `refuse` raises an error of ours."""
    assert dict(launcher.map(abs, [-1, 2, -3])) == {-1: 1, 2: 2, -3: 3}
    assert list(launcher.map(refuse, [7])) == [(7, Failure("number 7 is in use"))]
    sleeps = dict(launcher.map(time.sleep, [-1, 0, 0.01]))
    assert sleeps == {
        0: None,
        0.01: None,
        -1: Failure("ValueError: sleep length must be non-negative"),
    }
    assert "Traceback" in launcher.log(-1).read_text()


def test_output_of_a_job_goes_to_its_own_log(launcher, capfd):
    outcomes = launcher.map(print, ["hello", "world"])
    assert dict(outcomes) == {"hello": None, "world": None}
    assert launcher.log("hello").read_text() == "hello\n"
    assert launcher.log("world").read_text() == "world\n"
    assert capfd.readouterr().out == ""


def kill_or_double(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 5:
        os._exit(7)
    return 2 * number


def test_a_worker_that_dies_fails_its_own_job_only(tmp_path):
    launcher = ProcessLauncher(1, lambda job: tmp_path / f"{job}.log")
    outcomes = dict(launcher.map(kill_or_double, [2, 3, 4, 5, 6]))
    assert [outcomes[number] for number in (2, 4, 6)] == [4, 8, 12]
    assert outcomes[3] == Failure("its process was ended by SIGKILL, perhaps for lack of memory")
    assert outcomes[5] == Failure("its process ended with status 7")


def test_a_log_that_cannot_be_written_fails_its_job(tmp_path):
    (tmp_path / "file").touch()
    launcher = ProcessLauncher(1, lambda _: tmp_path / "file" / "log")
    [(_, failure)] = launcher.map(abs, [1])
    assert "NotADirectoryError" in failure.reason or "FileExistsError" in failure.reason


def test_jobs_end_where_their_results_are_no_longer_wanted(launcher):
    child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    child.start()
    results = launcher.map(time.sleep, [0, 1000, 1000])
    assert next(results) == (0, None)
    results.close()  # waiting for the others would take longer than a test may
    assert multiprocessing.active_children() == [child]  # no other child process
    child.terminate()
    child.join()


PARENT = """
import time
from pathlib import Path
from experiments.launch import ProcessLauncher

if __name__ == "__main__":
    launcher = ProcessLauncher(2, lambda job: Path(FOLDER) / f"{job}.log")
    list(launcher.map(time.sleep, [60, 61]))
"""


def test_workers_end_with_their_parent_even_if_it_is_killed(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT.replace("FOLDER", repr(str(tmp_path))))
    parent = subprocess.Popen([sys.executable, script], env={**os.environ, "PYTHONPATH": str(ROOT)})
    deadline = time.monotonic() + 60
    while len(list(tmp_path.glob("6?.log"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    workers = psutil.Process(parent.pid).children(recursive=True)
    assert len(workers) >= 2
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(workers, timeout=5)
    assert not alive
