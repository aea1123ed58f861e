"""One process, or several on this machine, that train a model together: each holds all weights."""

import os
import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import wait
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, distributed, nn

from algos.threads import all_threads
from core.child import start_child
from core.errors import SettingsError, TrainingInterrupted, WhenToAskError

PATIENCE = timedelta(minutes=30)
"""Longest time that a process waits for the others, for example while the first writes a large model."""
SECONDS_TO_END = 10.0
"""How long a process that has failed may take to write its error and end."""


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes of a stage, as one of them sees them.

    Attributes:
        device: where this one computes.
        index: number of this one; 0 writes files and shows progress.
        count: how many there are.
    """

    device: torch.device
    index: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes."""
        return self.index == 0

    def total(self, part: Tensor) -> Tensor:
        """Replace a tensor by its sum over all processes; returns it."""
        if self.count > 1:
            distributed.all_reduce(part)
        return part

    def add_gradients(self, weights: Iterable[nn.Parameter]) -> None:
        """Replace the gradients of each process by their sum over all processes."""
        if self.count == 1:
            return
        trained = list(weights)
        # a process without a micro-batch has none
        gradients = [torch.zeros_like(each) if each.grad is None else each.grad for each in trained]
        total = self.total(torch.nn.utils.parameters_to_vector(gradients))
        torch.nn.utils.vector_to_parameters(total, gradients)
        for each, gradient in zip(trained, gradients, strict=True):
            each.grad = gradient

    def wait(self) -> None:
        """Wait until all are here."""
        if self.count > 1:
            distributed.barrier()


def find_device(name: str) -> torch.device:
    """A device of this machine.

    Raises:
        SettingsError: there is none of this name.
    """
    try:
        return torch.empty(0, device=name).device
    except (RuntimeError, AssertionError) as error:  # the latter: torch without CUDA
        raise SettingsError(f"device {name!r} cannot be used: {error}") from None


def check_devices(device: str, count: int) -> None:
    """Check that some processes can compute.

    Args:
        device: of a process alone, any; of several ``cpu``, which they share, or ``cuda``: each has a GPU of its own.
        count: of processes.

    Raises:
        SettingsError: they cannot.
    """
    find_device(device)
    if count == 1 or device == "cpu":
        return
    if device != "cuda":
        raise SettingsError(f"--num_processes {count}: needs --device cpu or cuda, not {device}")
    if (gpus := torch.cuda.device_count()) < count:
        raise SettingsError(f"--num_processes {count}: this machine has fewer GPUs ({gpus})")


def run_together(work: Callable[[Processes], None], device: str, count: int) -> None:
    """Do the same work in this process, which is the first, and in others at the same time.

    The others end with this function. They talk over the loopback interface only.

    Args:
        work: can be pickled if there are several processes.
        device: see `check_devices`.
        count: of processes.

    Raises:
        SettingsError: see `check_devices`.
        TrainingInterrupted: one of the others has ended; its error is on stderr.
    """
    check_devices(device, count)
    if count == 1:
        _do(work, Processes(find_device(device)))
        return
    with TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        rest = [
            start_child(_take_part, work, device, index, count, meeting)
            for index in range(1, count)
        ]
        try:
            _take_part(work, device, 0, count, meeting)
        except RuntimeError as error:  # one that has ended cannot be reached
            if not wait([other.sentinel for other in rest], SECONDS_TO_END):
                raise
            raise TrainingInterrupted(
                f"one of {count} processes that train together has ended, see its error above; "
                "--resume goes on from the last checkpoint"
            ) from error
        finally:
            for other in rest:
                other.kill()
                other.join()


def _take_part(
    work: Callable[[Processes], None], device: str, index: int, count: int, meeting: Path
) -> None:
    """Do the work as one of several processes, which find each other by a file."""
    place = torch.device(device, index) if device == "cuda" else torch.device(device)
    if place.type == "cuda":
        torch.cuda.set_device(place)
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = loopback
    distributed.init_process_group(
        "nccl" if place.type == "cuda" else "gloo",
        init_method=meeting.as_uri(),
        rank=index,
        world_size=count,
        timeout=PATIENCE,
    )
    try:
        _do(work, Processes(place, index, count))
    except WhenToAskError:
        if index == 0:  # the others have met the same error
            raise
    finally:
        distributed.destroy_process_group()


def _do(work: Callable[[Processes], None], processes: Processes) -> None:
    with reproducible(processes):
        work(processes)


@contextmanager
def reproducible(processes: Processes) -> Iterator[None]:
    """Compute with all cores; on a CPU, with as many cores and processes, to the same bits each time."""
    was_on = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(processes.device.type == "cpu")
    try:
        with all_threads(processes.count):
            yield
    finally:
        torch.use_deterministic_algorithms(was_on)
