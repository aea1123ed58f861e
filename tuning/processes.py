"""One process, or several that share each batch (``accelerate launch``)."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from algos.threads import all_threads
from core.errors import ModelMissing, SettingsError


@dataclass(frozen=True, slots=True)
class Processes:
    """The processes of a stage; each holds all weights.

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
        """The sum of a tensor over all processes."""
        if self.count == 1:
            return part
        from accelerate.utils import reduce

        summed: Tensor = reduce(part, "sum")
        return summed

    def add_gradients(self, weights: Iterable[nn.Parameter]) -> None:
        """Replace the gradients of each process by their sum over all processes."""
        if self.count == 1:
            return
        for each in weights:
            # a process without a micro-batch has none
            part = each.grad if each.grad is not None else torch.zeros_like(each)
            each.grad = self.total(part)

    def wait(self) -> None:
        """Wait until all are here."""
        if self.count > 1:
            from accelerate import PartialState

            PartialState().wait_for_everyone()


def find_processes(device: str) -> Processes:
    """This process among those that were launched together.

    Args:
        device: where it computes if it is alone.

    Raises:
        ModelMissing: accelerate is not installed.
        SettingsError: there is no such device.
    """
    try:
        from accelerate import PartialState
    except ImportError as error:
        raise ModelMissing(f"{error.name} is not installed: make install-llm") from None
    state = PartialState(cpu=device == "cpu")
    if state.num_processes > 1:
        return Processes(state.device, state.process_index, state.num_processes)
    try:
        return Processes(torch.empty(0, device=device).device)
    except (RuntimeError, AssertionError) as error:  # the latter: torch without CUDA
        raise SettingsError(f"device {device!r} cannot be used: {error}") from None


@contextmanager
def reproducible(device: torch.device) -> Iterator[None]:
    """Compute with all cores; on a CPU, with the same number of cores, to the same bits each time."""
    was_on = torch.are_deterministic_algorithms_enabled()
    torch.use_deterministic_algorithms(device.type == "cpu")
    try:
        with all_threads():
            yield
    finally:
        torch.use_deterministic_algorithms(was_on)
