"""Checkpoints of a stage: the trained weights, the optimizer's state and the number of steps, in one file.

Nothing that is read can run code.
"""

import pickle
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from core.decode import damaged, reason
from core.files import replacing

SHARE = 0.05
"""Largest share of the time that writing checkpoints may take."""
LEAST_SECONDS = 1.0
"""Shortest time between two checkpoints."""
STEP, WEIGHTS, OPTIMIZER = "step", "weights", "optimizer"


def save_tensors(path: Path, document: Mapping[str, Any]) -> None:
    """Replace a file by tensors and plain values, atomically.

    Raises:
        RunDirectoryError: it cannot be written.
    """
    with replacing(path) as temporary:
        try:
            torch.save(document, temporary)
        except RuntimeError as error:  # what it raises where a disk is full says nothing of that
            raise OSError(f"is the disk full? {reason(error)}") from error


def load_tensors(path: Path) -> dict[str, Any]:
    """What `save_tensors` wrote; tensors come to the CPU.

    Raises:
        RunDirectoryError: the file is damaged.
    """
    try:
        document: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, pickle.UnpicklingError) as error:
        raise damaged(str(path), error) from error
    return document


class Checkpoints:
    """Writes a stage's checkpoint from time to time (`SHARE`, `LEAST_SECONDS`).

    Args:
        path: of the file.
        weights: what is trained, by name.
        optimizer: of these weights.
    """

    def __init__(
        self, path: Path, weights: Mapping[str, nn.Parameter], optimizer: torch.optim.Optimizer
    ) -> None:
        self._path, self._weights, self._optimizer = path, weights, optimizer
        self._written = time.monotonic()
        self._pause = LEAST_SECONDS
        self.step = 0

    def load(self) -> int:
        """Restore weights and optimizer; returns the number of steps that were made.

        Raises:
            RunDirectoryError: the file is damaged or of other weights.
        """
        if not self._path.exists():
            return 0
        document = load_tensors(self._path)
        try:
            with torch.no_grad():
                for name, weights in self._weights.items():
                    weights.copy_(document[WEIGHTS][name])
                    state: dict[str, Tensor] = document[OPTIMIZER][name]
                    self._optimizer.state[weights] = {
                        part: tensor.to(weights.device) for part, tensor in state.items()
                    }
            self.step = int(document[STEP])
        except (KeyError, TypeError, RuntimeError, ValueError) as error:
            raise damaged(str(self._path), error) from error
        return self.step

    def save_if_due(self, step: int) -> None:
        """Write weights and optimizer after a number of steps, if the last time is long enough ago.

        Raises:
            RunDirectoryError: it cannot be written.
        """
        started = time.monotonic()
        if started - self._written < self._pause:
            return
        document = {
            STEP: step,
            WEIGHTS: {name: weights.detach() for name, weights in self._weights.items()},
            OPTIMIZER: {
                name: self._optimizer.state.get(weights, {})
                for name, weights in self._weights.items()
            },
        }
        save_tensors(self._path, document)
        self.step = step
        self._written = time.monotonic()
        self._pause = max(LEAST_SECONDS, (self._written - started) / SHARE)
