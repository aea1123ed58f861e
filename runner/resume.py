"""Whether a training may start in a run directory: a new one must not replace a run by accident, and a resumed
one must have the same settings.
"""

import shlex
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.errors import RunDirectoryError
from core.run import CHECKPOINT, RunDirectory
from core.settings import TrainSettings, each_seed, to_json
from runner.checkpoint import Checkpoint

MAY_CHANGE_ON_RESUME = frozenset(
    {
        "resume",
        "overwrite",
        "device",
        "engine",
        "logdir",
        "record_file",
        "llm_url",
        "llm_timeout",
        "llm_in_flight",
        "answer_store",
        "token_prices",
    }
)
"""Settings that may differ when a run is resumed; all others decide its numbers."""


def each_run(settings: TrainSettings) -> Iterator[TrainSettings]:
    """The settings of each run; when a seed list is resumed, seeds without a checkpoint start fresh."""
    for one in each_seed(settings):
        is_begun = RunDirectory.of(one).holds_training or not settings.run_seed_list
        yield replace(one, resume=one.resume and is_begun)


def load_if_resumed(
    directory: RunDirectory, settings: TrainSettings, method: str
) -> Checkpoint | None:
    """The checkpoint to resume from; None for a new run.

    Raises:
        RunDirectoryError: a new run, but the directory holds one and --overwrite is not given; or
            a resumed one, but the checkpoint is missing, damaged, or of other settings.
    """
    if settings.resume:
        checkpoint = Checkpoint.load(directory.file(CHECKPOINT))
        _refuse_other_run(directory, checkpoint, settings, method)
        return checkpoint
    if directory.holds_training and not settings.overwrite:
        raise RunDirectoryError(
            f"{directory.path} holds a run already: resume it with --resume, replace it with "
            "--overwrite, or choose another --save_name"
        )
    return None


def _refuse_other_run(
    directory: RunDirectory, checkpoint: Checkpoint, settings: TrainSettings, method: str
) -> None:
    differing = [
        _as_flag(name, checkpoint.settings.get(name))
        for name, value in to_json(settings).items()
        if name not in MAY_CHANGE_ON_RESUME and checkpoint.settings.get(name) != value
    ]
    if checkpoint.method != method:
        raise RunDirectoryError(
            f"{directory.path} was trained by another method: {checkpoint.method}"
        )
    if differing:
        raise RunDirectoryError(
            f"{directory.path} was trained with other settings: resume it "
            + " and ".join(differing)
        )


def _as_flag(name: str, value: Any) -> str:
    """How to type a setting."""
    if isinstance(value, bool | None):
        return f"with --{name}" if value else f"without --{name}"
    if isinstance(value, list):
        values = " ".join(shlex.quote(str(one)) for one in value)
        return f"with --{name} {values}" if values else f"without --{name}"
    return f"with --{name} {shlex.quote(str(value))}"
