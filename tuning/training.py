"""The training of one stage: supervised fine-tuning, or direct preference optimization."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn

from algos.actor_critic import set_learning_rate
from algos.dpo import LogProbs
from core.console import Progress, warn
from core.errors import NothingToTrainOn, SettingsError, TrainingDiverged
from core.metric_rows import read_metrics
from core.metrics import Metrics
from tuning.batches import batch_of_step, collate, micro_batches, num_steps, steps_per_pass
from tuning.checkpoint import Checkpoints, load_tensors, save_tensors
from tuning.encoding import Sample, SamplePair
from tuning.objectives import (
    Imitation,
    Objective,
    Preference,
    pair_items,
    pair_log_probs,
    stage_warnings,
)
from tuning.optimizer import MAX_GRAD_NORM, learning_rate, make_optimizer
from tuning.processes import Processes, run_together
from tuning.recipe import Recipe
from tuning.stage import FinishedStage, Stage, StageRecord, stage_inputs
from tuning.weights import Scores, Weights, fingerprint

STEP = "step"
"""The axis of a stage's metrics."""
STATE, REFERENCE = "state.pt", "reference.pt"
"""In the directory of a stage's checkpoint."""
Items = Sequence[tuple[Sample, ...]]


def train_sft(
    model_path: str, samples: Sequence[Sample], recipe: Recipe, place: Path, title: str
) -> FinishedStage:
    """Train a model to give the answers of some trajectories (arXiv 2403.02502, section 3.1).

    Called again for the same place, it goes on where it was interrupted, or returns what is finished. On a CPU
    with the same numbers of threads and processes the weights are then equal to those of an uninterrupted stage, bit
    for bit.

    Args:
        model_path: the model at the start; a directory, or a name on a hub.
        samples: what is imitated.
        recipe: how.
        place: directory of the stage.
        title: of the progress.

    Raises:
        NothingToTrainOn: there are no samples.
        SettingsError: a sample is too long for the model, or there is no such device.
        ModelMissing: the model cannot be loaded, or a package is missing.
        RunDirectoryError: the place holds another stage, or cannot be written.
        TrainingDiverged: the loss is no longer a finite number; the last checkpoint is kept.
        TrainingInterrupted: a process that trains with this one has ended; the last checkpoint is kept.
    """
    items = [(sample,) for sample in samples]
    training = Training("sft", model_path, items, recipe, Stage(place), title)
    return _train(training, partial(_imitate, samples, training))


def train_dpo(
    model_path: str, pairs: Sequence[SamplePair], recipe: Recipe, place: Path, title: str
) -> FinishedStage:
    """Train a model to prefer the chosen side of pairs (arXiv 2403.02502, section 3.2; 2305.18290, equation 7).

    The reference is the model at the start. Everything else is as in `train_sft`.

    Args:
        model_path: the model at the start; a directory, or a name on a hub.
        pairs: chosen and rejected sides.
        recipe: how.
        place: directory of the stage.
        title: of the progress.

    Raises: see `train_sft`.
    """
    training = Training("dpo", model_path, pair_items(pairs), recipe, Stage(place), title)
    return _train(training, partial(_prefer, pairs, training))


@dataclass(frozen=True, slots=True)
class Training:
    """What all processes of a stage are given.

    Attributes:
        kind: ``sft`` or ``dpo``.
        model_path: the model at the start.
        items: what batches are drawn from: the sequences that are scored together.
        recipe: how weights are changed.
        stage: keeps checkpoint, metrics and model.
        title: of the progress.
    """

    kind: str
    model_path: str
    items: Items
    recipe: Recipe
    stage: Stage
    title: str


def _train(training: Training, work: Callable[[Processes], None]) -> FinishedStage:
    """Train a stage from its beginning or from its checkpoint; a finished one is returned as it is."""
    if not training.items:
        raise NothingToTrainOn(f"{training.title}: there is nothing to train on")
    stage, recipe = training.stage, training.recipe
    model = fingerprint(training.model_path)
    stage.begin(stage_inputs(training.kind, training.items, recipe, model))
    if stage.finished() is None:
        run_together(work, recipe.device, recipe.num_processes)
    tuned = stage.finished()
    assert tuned is not None
    return tuned


def _imitate(samples: Sequence[Sample], training: Training, processes: Processes) -> None:
    Tuner(training, processes).run(Imitation(samples))


def _prefer(pairs: Sequence[SamplePair], training: Training, processes: Processes) -> None:
    tuner, recipe = Tuner(training, processes), training.recipe
    reference = tuner.reference()
    tuner.run(Preference(pairs, reference, recipe.beta, recipe.sft_weight))


class Tuner:
    """Trains the weights of one stage.

    Args:
        training: what is trained.
        processes: share the work.

    Raises:
        ModelMissing: the model cannot be loaded.
        SettingsError: a sequence is too long for it.
    """

    def __init__(self, training: Training, processes: Processes) -> None:
        self._items, self._recipe = items, recipe = training.items, training.recipe
        self._stage, self._title, self._processes = training.stage, training.title, processes
        self._widths = [max(len(sample.row) for sample in item) for item in items]
        longest = max(len(sample.tokens) for item in items for sample in item)
        self._weights = Weights(
            training.model_path,
            processes.device,
            lora_rank=recipe.lora_rank,
            dtype=recipe.dtype,
            seed=recipe.seed,
        )
        if longest > self._weights.longest:
            raise SettingsError(
                f"a sequence of {longest} tokens is too long: "
                f"{training.model_path} takes {self._weights.longest}"
            )

    def reference(self) -> LogProbs:
        """Log-probabilities of all pairs under the weights at the start, computed once in a stage."""
        path = self._stage.checkpoint / REFERENCE
        if not path.exists():
            tensors = self._compute_reference()
            if self._processes.is_first:
                save_tensors(path, tensors)
            self._processes.wait()
        tensors = load_tensors(path)
        device = self._processes.device
        return LogProbs(tensors["chosen"].to(device), tensors["rejected"].to(device))

    def _compute_reference(self) -> dict[str, Tensor]:
        """``(number of pairs,)`` of each side."""
        found = torch.zeros((2, len(self._items)), device=self._processes.device)
        parts = self._parts(range(len(self._items)))
        with torch.no_grad(), self._progress(" reference", len(parts), "part") as progress:
            for part in parts:
                log_probs = pair_log_probs(self._score(part))
                found[:, list(part)] = torch.stack((log_probs.chosen, log_probs.rejected))
                if progress is not None:
                    progress.advance()
        chosen, rejected = self._processes.total(found)
        return {"chosen": chosen, "rejected": rejected}

    def run(self, objective: Objective) -> None:
        """Train to the end; the first process writes the model.

        Raises:
            TrainingDiverged: the loss is no longer a finite number; the last checkpoint is kept.
            RunDirectoryError: a file cannot be written.
        """
        optimizer = make_optimizer(self._weights.trained.values(), self._recipe)
        checkpoints = Checkpoints(self._stage.checkpoint / STATE, self._weights.trained, optimizer)
        done, total = checkpoints.load(), num_steps(len(self._items), self._recipe)
        with self._metrics(done) as metrics, self._progress("", total, "step", done) as progress:
            for step in range(done, total):
                set_learning_rate(optimizer, learning_rate(step, total, self._recipe))
                row = self._step(step, objective, optimizer, checkpoints.step)
                if metrics is not None and progress is not None:
                    metrics.write(step + 1, row)
                    progress.advance(note=f"loss {row[f'{objective.name}/loss']:.3f}")
                    checkpoints.save_if_due(step + 1)
        if self._processes.is_first:
            self._finish(total)
        self._processes.wait()

    def _step(
        self, step: int, objective: Objective, optimizer: torch.optim.Optimizer, kept: int
    ) -> dict[str, float]:
        """One gradient step; returns its metrics.

        Raises:
            TrainingDiverged: see `run`; the step is not made.
        """
        batch = batch_of_step(step, len(self._items), self._recipe)
        optimizer.zero_grad()
        totals = torch.zeros(len(objective.metrics), device=self._processes.device)
        for items in self._parts(batch):
            part = objective.part(batch, items, self._score(items))
            part.loss.backward()
            totals += part.metrics
        weights = list(self._weights.trained.values())
        self._processes.add_gradients(weights)
        grad_norm = float(nn.utils.clip_grad_norm_(weights, MAX_GRAD_NORM))
        values = self._processes.total(totals).tolist()
        if not all(map(math.isfinite, (*values, grad_norm))):
            raise TrainingDiverged(
                f"{self._title}: step {step + 1}: the loss or its gradient is no longer a finite number; "
                f"{self._stage.path} keeps step {kept}: train again with a smaller learning rate"
            )
        optimizer.step()
        rate = optimizer.param_groups[0]["lr"]
        named = dict(zip(objective.metrics, values, strict=True))
        named |= {"learning_rate": rate, "grad_norm": grad_norm}
        return {f"{objective.name}/{name}": value for name, value in named.items()}

    def _parts(self, batch: Sequence[int]) -> list[tuple[int, ...]]:
        """The micro-batches of this process."""
        rows, count = len(self._items[0]), self._processes.count
        parts = micro_batches(batch, self._widths, rows, self._recipe.micro_tokens, count)
        return parts[self._processes.index :: count]

    def _score(self, items: Sequence[int]) -> Scores:
        """Scores of the first sequence of each item, then of the second of each."""
        sequences = zip(*(self._items[item] for item in items), strict=True)
        samples = [sample for side in sequences for sample in side]
        return self._weights.score(collate(samples, self._processes.device))

    def _finish(self, total: int) -> None:
        rows = read_metrics(self._stage.metrics, axis=STEP)
        last_pass = rows[-steps_per_pass(len(self._items), self._recipe) :]
        warnings = stage_warnings(last_pass)
        self._stage.finish(self._weights.save, StageRecord(total, rows[-1], warnings))
        for warning in warnings:
            warn(f"{self._title}: {warning}")

    def _metrics(self, done: int) -> AbstractContextManager[Metrics | None]:
        if not self._processes.is_first:
            return nullcontext()
        return closing(Metrics(self._stage.metrics, done, STEP))

    def _progress(
        self, suffix: str, total: int, unit: str, done: int = 0
    ) -> AbstractContextManager[Progress | None]:
        if not self._processes.is_first:
            return nullcontext()
        return Progress(f"{self._title}{suffix}", total, unit, done)
