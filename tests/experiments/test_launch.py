"""Launchers: results as they come, and an end to all jobs when one fails."""

import multiprocessing
import os
import time

import pytest

from core.errors import RunDirectoryError
from experiments.launch import ProcessLauncher


@pytest.fixture
def launcher(tmp_path):
    return ProcessLauncher(2, tmp_path / "runs.log")


def test_each_job_comes_with_its_result(launcher):
    assert dict(launcher.map(abs, [-1, 2, -3])) == {-1: 1, 2: 2, -3: 3}


def test_output_of_the_workers_goes_to_the_log(launcher, capfd):
    assert list(launcher.map(print, ["hello"])) == [("hello", None)]
    assert launcher.log.read_text() == "hello\n"
    assert capfd.readouterr().out == ""


def test_failed_job_ends_the_others_and_no_other_child_process(launcher):
    """Sleeping for -1 seconds raises; a minute of sleep is not waited for."""
    child = multiprocessing.get_context("spawn").Process(target=time.sleep, args=(60,))
    child.start()
    started = time.monotonic()
    with pytest.raises(ValueError, match="non-negative"):
        list(launcher.map(time.sleep, [60, -1, 60, 60]))
    assert time.monotonic() - started < 30
    assert child.is_alive()
    child.terminate()
    child.join()


def test_jobs_end_where_their_results_are_no_longer_wanted(launcher):
    started = time.monotonic()
    results = launcher.map(time.sleep, [0, 60, 60])
    assert next(results) == (0, None)
    results.close()
    assert time.monotonic() - started < 30
    assert not multiprocessing.active_children()


def test_worker_that_dies_is_an_error(launcher):
    with pytest.raises(RunDirectoryError, match=str(launcher.log)):
        list(launcher.map(os._exit, [1]))
