"""Several processes do one work: what they compute is added, and none outlives the first or a failure."""

import multiprocessing
import os
import signal
import tempfile
from functools import partial
from pathlib import Path

import pytest
import torch
from torch import nn

from core.errors import ModelMissing, SettingsError, TrainingDiverged, TrainingInterrupted
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
def test_every_process_has_the_sums_of_all(tmp_path, monkeypatch):
    """Also where the directory of temporary files has a blank in its name."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary files"))
    (tmp_path / "temporary files").mkdir()
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
    """The last process is killed, as by the system when memory is short."""
    if processes.index == processes.count - 1:
        os.kill(os.getpid(), signal.SIGKILL)
    processes.wait()


class Unreadable:
    """Cannot be read by another process."""

    def __reduce__(self):
        return int, ("of the second",)


def never(unreadable: Unreadable, processes: Processes) -> None:
    """The second process does not come so far."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("work", "count", "why", "said"),
    [
        (die, 2, "one of them was killed by SIGKILL", ""),
        (die, 3, "one of them was killed by SIGKILL", ""),
        (
            partial(fail, ValueError("of the second"), 1),
            2,
            "one of them failed, its error is above",
            "of the second",
        ),
        (partial(fail, ModelMissing("of the second"), 1), 2, "of the second", ""),
        (
            partial(never, Unreadable()),
            2,
            "one of them failed, its error is above",
            "of the second",
        ),
    ],
    ids=["killed", "last-killed", "error", "told", "start"],
)
def test_the_first_process_says_why_another_has_ended(work, count, why, said, capfd):
    with pytest.raises(TrainingInterrupted) as error:
        run_together(work, "cpu", count)
    assert str(error.value) == (
        f"the training by {count} processes has ended: {why}; "
        "continue from the last checkpoint with --resume"
    )
    assert not multiprocessing.active_children()
    err = capfd.readouterr().err
    assert said in err
    assert ("Traceback" in err) == bool(said)


def leave(error: Exception, processes: Processes) -> None:
    """The first process fails, the other one has ended its work."""
    if processes.is_first:
        raise error


@pytest.mark.slow
@pytest.mark.parametrize("error", [ZeroDivisionError, RuntimeError])
def test_an_error_of_the_first_process_ends_the_others(error, capfd):
    for work in (partial(fail, error("its own"), 0), partial(leave, error("its own"))):
        with pytest.raises(error, match="its own"):
            run_together(work, "cpu", 2)
        assert not multiprocessing.active_children()
        assert "Traceback" not in capfd.readouterr().err


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
