"""The verb sft: supervised training on demonstrations, and an evaluation."""

from pathlib import Path

from agents.eto.demonstrations import demonstrate, keep_demonstrations
from agents.eto.stages import check_model, first_model, imitate, imitation_recipe, show_values
from agents.eto.tuning_run import TuningRun, in_run
from core.settings import SftSettings
from core.trajectory import Trajectory
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.text import check_texts
from tuning.formats import read_trajectories

METHOD = STAGE = "sft"
"""Group of the run's directory, and the stage in it."""


def sft(settings: SftSettings) -> list[Evaluation]:
    """Train a model on an expert's trajectories, or on those of a file, and play the test cases with it.

    Returns:
        The evaluation; none with --no_eval.

    Raises:
        SettingsError: the task has no training cases, or there is nothing to train on.
        RunDirectoryError: the directory holds a run, and neither --resume nor --overwrite is given; or it was started
            with other settings; or a file is damaged.
        ModelError: the model cannot be used.
        TrainingDiverged: the loss is no longer finite.
        TrainingInterrupted: a process that trains with this one has ended.
    """
    check_model(settings)
    given = read_trajectories(Path(settings.data)) if settings.data else None
    with in_run(METHOD, settings) as run:
        show_values(settings)
        trajectories = _demonstrations(run, settings, given)
        start = first_model(settings, trajectories, run.file("base"))
        recipe = imitation_recipe(settings)
        place = run.file(STAGE)
        tuned = imitate(start, trajectories, recipe, place, "SFT", settings)
        return run.evaluate_tuned("SFT", tuned, plays=not settings.no_eval)


def _demonstrations(
    run: TuningRun, settings: SftSettings, given: list[Trajectory] | None
) -> list[Trajectory]:
    """Those of a file, or of an expert."""
    if given is None:
        check_texts([run.task], settings)
        return demonstrate(run, settings, run.cases("train", settings.train_num))
    keep_demonstrations(run, given)
    return given
