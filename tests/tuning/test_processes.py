"""Several processes do one work: what they compute is added, and none outlives the first or a failure."""

import multiprocessing
import os
import signal
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from core.errors import SettingsError, TrainingDiverged, TrainingInterrupted
from tuning.processes import Processes, check_devices, find_device, run_together


def add(place: Path, processes: Processes) -> None:
    """Gradients 1, 10 and none; and a total of 2 to the power of each number."""
    weights = [nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(3))]
    if processes.index < 2:
        (10**processes.index * weights[1].sum()).backward()
    processes.add_gradients(weights)
    total = processes.total(torch.tensor([2.0**processes.index]))
    gradients = [each.grad.tolist() for each in weights if each.grad is not None]
    (place / str(processes.index)).write_text(repr((gradients, total.tolist())))
    processes.wait()


@pytest.mark.slow
def test_every_process_has_the_sums_of_all(tmp_path):
    run_together(partial(add, tmp_path), "cpu", 3)
    expected = repr(([[0.0, 0.0], [11.0, 11.0, 11.0]], [7.0]))
    assert [(tmp_path / str(index)).read_text() for index in range(3)] == [expected] * 3
    assert not multiprocessing.active_children()


def test_one_process_computes_here(tmp_path):
    run_together(partial(add, tmp_path), "cpu", 1)
    assert (tmp_path / "0").read_text() == repr(([[1.0, 1.0, 1.0]], [1.0]))


def fail(error: Exception, index: int, processes: Processes) -> None:
    """One of the processes fails, the others wait for it."""
    if processes.index == index:
        raise error
    processes.wait()


def die(processes: Processes) -> None:
    """The second process is killed, as by the system when memory is short."""
    if processes.index == 1:
        os.kill(os.getpid(), signal.SIGKILL)
    processes.wait()


@pytest.mark.slow
@pytest.mark.parametrize("work", [die, partial(fail, ValueError("of the second"), 1)])
def test_the_first_process_says_that_another_has_ended(work, capfd):
    with pytest.raises(TrainingInterrupted, match="--resume"):
        run_together(work, "cpu", 2)
    assert not multiprocessing.active_children()
    assert ("of the second" in capfd.readouterr().err) == (work is not die)


@pytest.mark.slow
def test_an_error_of_the_first_process_ends_the_others():
    with pytest.raises(ZeroDivisionError):
        run_together(partial(fail, ZeroDivisionError(), 0), "cpu", 2)
    assert not multiprocessing.active_children()


def diverge(processes: Processes) -> None:
    """All meet the same error."""
    raise TrainingDiverged(f"process {processes.index}")


@pytest.mark.slow
def test_an_error_of_all_is_raised_once(capfd):
    with pytest.raises(TrainingDiverged, match="process 0"):
        run_together(diverge, "cpu", 2)
    assert "process 1" not in capfd.readouterr().err


def test_devices_are_checked():
    check_devices("cpu", 64)
    assert find_device("cpu") == torch.device("cpu")
    with pytest.raises(SettingsError, match="device 'nowhere' cannot be used"):
        check_devices("nowhere", 1)
    with pytest.raises(SettingsError, match=r"--num_processes 2: .* not meta"):
        check_devices("meta", 2)
