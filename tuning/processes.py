"""One process, or several on this machine, that train a model together: each holds all weights."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import Tensor, distributed, nn

from algos.threads import all_threads
from core.child import start_child
from core.decode import reason
from core.errors import SettingsError, TrainingInterrupted, WhenToAskError

PATIENCE = timedelta(minutes=30)
"""Longest time that a process waits for the others, for example while the first writes a large model."""
SECONDS_TO_END = 10.0
"""How long processes may take to write an error and end when one of them has failed."""


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
            with _others_are_reached():
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
            with _others_are_reached():
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
        work: can be pickled if there are several processes; an error of `core.errors` is one that all of them meet.
        device: see `check_devices`.
        count: of processes.

    Raises:
        SettingsError: see `check_devices`.
        TrainingInterrupted: one of the others has ended or cannot be reached.
    """
    if count == 1:
        _do(work, Processes(find_device(device)))
        return
    check_devices(device, count)
    rest: list[_Other] = []
    with TemporaryDirectory() as folder:
        meeting = Path(folder) / "meeting"
        try:
            for index in range(1, count):
                rest.append(_Other(work, device, index, count, meeting))
            for other in rest:
                other.wait_until_ready()
            _take_part(work, device, 0, count, meeting)
        except TrainingInterrupted as error:
            why = _why_ended(rest) or str(error)
            raise TrainingInterrupted(
                f"the training by {count} processes has ended: {why}; "
                "continue from the last checkpoint with --resume"
            ) from error
        finally:
            for other in rest:
                other.end()


class _Other:
    """Another process, as the first one sees it."""

    def __init__(
        self,
        work: Callable[[Processes], None],
        device: str,
        index: int,
        count: int,
        meeting: Path,
    ) -> None:
        self._told, tell = Pipe(duplex=False)
        with tell:
            self._process = start_child(_help, work, device, index, count, meeting, tell)

    def wait_until_ready(self) -> None:
        """Wait until it has started: the first process would wait in vain at the meeting for one that cannot.

        Raises:
            TrainingInterrupted: it has ended.
        """
        if not self._receive():
            raise TrainingInterrupted("one of them could not start")

    def why_ended(self, seconds: float) -> str:
        """Why it ends within some seconds; empty if it does not, or does because another one has ended."""
        self._process.join(seconds)
        code = self._process.exitcode
        if code is None:
            return ""
        if code < 0:
            return f"one of them was killed by {signal.Signals(-code).name}"
        if code > 0:
            return "one of them failed, its error is above"
        return self._receive()

    def end(self) -> None:
        """End it."""
        self._process.kill()
        self._process.join()
        self._told.close()

    def _receive(self) -> str:
        """What it tells next; empty if it has ended and tells no more."""
        try:
            return str(self._told.recv())
        except EOFError:
            return ""


def _why_ended(rest: Sequence[_Other]) -> str:
    """Why the first of some processes has ended that has a reason of its own."""
    deadline = time.monotonic() + SECONDS_TO_END
    reasons = (other.why_ended(max(0.0, deadline - time.monotonic())) for other in rest)
    return next(filter(None, reasons), "")


def _help(
    work: Callable[[Processes], None],
    device: str,
    index: int,
    count: int,
    meeting: Path,
    tell: Connection,
) -> None:
    """Take part as one of the others; tells the first process that it is ready, and of an error."""
    tell.send("ready")
    try:
        _take_part(work, device, index, count, meeting)
    except TrainingInterrupted:
        pass  # the first process finds the one that has ended
    except WhenToAskError as error:  # as a rule the first process has met it, too
        tell.send(str(error))


def _take_part(
    work: Callable[[Processes], None], device: str, index: int, count: int, meeting: Path
) -> None:
    """Do the work as one of several processes, which find each other by a file.

    Raises:
        TrainingInterrupted: another one cannot be reached.
    """
    place = torch.device(device, index) if device == "cuda" else torch.device(device)
    if place.type == "cuda":
        torch.cuda.set_device(place)
    loopback = next(name for _, name in socket.if_nameindex() if name.startswith("lo"))
    os.environ["GLOO_SOCKET_IFNAME"] = os.environ["NCCL_SOCKET_IFNAME"] = loopback
    with _others_are_reached():
        distributed.init_process_group(
            "nccl" if place.type == "cuda" else "gloo",
            init_method=f"file://{meeting}",  # torch would not decode %20 of as_uri()
            rank=index,
            world_size=count,
            timeout=PATIENCE,
        )
    processes = Processes(place, index, count)
    try:
        processes.wait()  # none may leave before all have met
        _do(work, processes)
    finally:
        distributed.destroy_process_group()


@contextmanager
def _others_are_reached() -> Iterator[None]:
    """Around what the processes do together.

    Raises:
        TrainingInterrupted: one of them cannot be reached.
    """
    try:
        yield
    except RuntimeError as error:  # of torch
        raise TrainingInterrupted(f"one of them cannot be reached: {reason(error)}") from error


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
