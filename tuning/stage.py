"""The directory of one stage of training: its inputs, whether it is finished, and the model that it leaves."""

import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from core.decode import convert
from core.errors import RunDirectoryError
from core.files import read_json, remove, write_json
from core.run import METRICS, TUNED
from tuning.encoding import Sample
from tuning.recipe import Recipe

MODEL, CHECKPOINT, INPUTS = "model", "checkpoint", "stage.json"
ROUNDING_ONLY = ("device", "micro_tokens", "num_processes")
"""Fields of a recipe that change a result by rounding only: an interrupted stage may go on with others."""


@dataclass(frozen=True, slots=True)
class FinishedStage:
    """A finished stage.

    Attributes:
        model: directory of the model, in the form of transformers.
        num_steps: number of gradient steps.
        metrics: those of the last step (docs/metrics.md).
        warnings: what the user should know about it.
    """

    model: Path
    num_steps: int
    metrics: dict[str, float]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StageRecord:
    """The document of `core.run.TUNED`; see `FinishedStage`."""

    num_steps: int
    metrics: dict[str, float]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageInputs:
    """What decides the result of a stage.

    Attributes:
        kind: ``sft`` or ``dpo``.
        data: digest of the tokens and of which are trained on.
        recipe: without `ROUNDING_ONLY`.
        model: see `tuning.weights.fingerprint`.
    """

    kind: str
    data: str
    recipe: dict[str, Any]
    model: str


def stage_inputs(
    kind: str, items: Iterable[tuple[Sample, ...]], recipe: Recipe, model: str
) -> StageInputs:
    """What decides the result of a stage, in a form that can be compared."""
    digest = hashlib.sha256()
    for sequences in items:
        for sample in sequences:
            digest.update(f"{len(sample.tokens)} ".encode())
            digest.update(np.array(sample.tokens, dtype="<i8").tobytes())
            digest.update(np.array(sample.is_answer, dtype=bool).tobytes())
            if sample.choices:
                digest.update(repr(sample.choices).encode())
    fields = {name: value for name, value in asdict(recipe).items() if name not in ROUNDING_ONLY}
    return StageInputs(kind, digest.hexdigest(), fields, model)


class Stage:
    """The directory of a stage; a stage that was killed goes on in it.

    Args:
        path: the directory.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def metrics(self) -> Path:
        """The rows of metrics."""
        return self.path / METRICS

    @property
    def checkpoint(self) -> Path:
        """The directory of what is kept until the stage is finished."""
        return self.path / CHECKPOINT

    def begin(self, wanted: StageInputs) -> None:
        """Write the inputs of the stage; of a stage that has begun, check that they are the same.

        Raises:
            RunDirectoryError: the directory holds a stage with other inputs.
        """
        path = self.path / INPUTS
        if not path.exists():
            write_json(path, asdict(wanted))
            return
        found = convert(read_json(path), StageInputs, str(path))
        names = {
            "kind": "of another kind",
            "data": "with other data",
            "recipe": "with another recipe",
            "model": "from another model",
        }
        for field, words in names.items():
            if getattr(found, field) != msgspec.to_builtins(getattr(wanted, field)):
                raise RunDirectoryError(
                    f"{self.path} holds a stage {words}: remove it or choose another directory"
                )
        if (self.path / TUNED).exists():  # it may have been killed before it cleared up
            self._clear()

    def finished(self) -> FinishedStage | None:
        """The finished stage; None if it is not finished.

        Raises:
            RunDirectoryError: its model is gone.
        """
        path = self.path / TUNED
        if not path.exists():
            return None
        record = convert(read_json(path), StageRecord, str(path))
        model = self.path / MODEL
        if not model.is_dir():
            raise RunDirectoryError(f"{model} is gone: remove {path} to train it again")
        return FinishedStage(model, record.num_steps, record.metrics, record.warnings)

    def finish(self, save: Callable[[Path], None], record: StageRecord) -> None:
        """Write the model, then that the stage is finished, and remove the checkpoint.

        Whenever the process is killed, the model is there as a whole or not at all.

        Args:
            save: writes the model into a directory.
            record: what is written about the stage.
        """
        self._clear_scratch()
        scratch = self.path / f".{MODEL}.{os.getpid()}.tmp"
        save(scratch)
        model = self.path / MODEL
        remove(model)  # of an attempt that was killed before the record was written
        scratch.rename(model)
        write_json(self.path / TUNED, asdict(record))
        self._clear()

    def _clear(self) -> None:
        remove(self.checkpoint)
        self._clear_scratch()

    def _clear_scratch(self) -> None:
        """Remove what killed processes left of a model."""
        for left in self.path.glob(f".{MODEL}.*.tmp"):
            remove(left)
