"""Whether a training may start in a run directory: a new one must not replace a run by accident, and a resumed
one must have the same settings.
"""

from collections.abc import Iterator
from dataclasses import replace

from core.errors import RunDirectoryError
from core.run import CHECKPOINT, RunDirectory
from core.settings import PLANNER_FLAGS, TrainSettings, each_seed
from runner.refuse import (
    MAY_CHANGE,
    check_resumed,
    refusal_to_replace,
    refuse_other_settings,
)
from runner.rooms.build import RoomMethod
from runner.training.checkpoint import Checkpoint

MAY_CHANGE_ON_RESUME = MAY_CHANGE | {"engine"}
"""Settings that may differ when a training is resumed; all others decide its numbers."""


def each_run(settings: TrainSettings) -> Iterator[TrainSettings]:
    """The settings of each run; when a seed list is resumed, seeds without a checkpoint start fresh."""
    for one in each_seed(settings):
        is_begun = RunDirectory.of(one).holds_training or not settings.run_seed_list
        yield replace(one, resume=one.resume and is_begun)


def load_if_resumed(
    directory: RunDirectory, settings: TrainSettings, method: RoomMethod
) -> Checkpoint | None:
    """The checkpoint to resume from; None for a new run.

    Raises:
        RunDirectoryError: a new run, but the directory holds one and --overwrite is not given; or
            a resumed one, but the checkpoint is missing, damaged, or of other settings.
    """
    if settings.resume:
        return check_resumed(directory, lambda: _load(directory, settings, method))
    if directory.holds_training and not settings.overwrite:
        raise refusal_to_replace(directory)
    return None


def _load(directory: RunDirectory, settings: TrainSettings, method: RoomMethod) -> Checkpoint:
    if directory.holds_training and not directory.file(CHECKPOINT).exists():
        raise RunDirectoryError(
            f"{directory.path} holds a model, but no checkpoint to resume from: replace it with --overwrite, "
            "or choose another --save_name"
        )
    checkpoint = Checkpoint.load(directory.file(CHECKPOINT))
    if checkpoint.method != method.name:
        raise RunDirectoryError(
            f"{directory.path} was trained by another method: {checkpoint.method}"
        )
    may_change = MAY_CHANGE_ON_RESUME | (frozenset() if method.uses_planner else PLANNER_FLAGS)
    if settings.n_itr > checkpoint.settings["n_itr"]:
        may_change |= {"n_itr"}
    refuse_other_settings(directory, checkpoint.settings, settings, may_change)
    return checkpoint
