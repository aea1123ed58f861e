"""The verb dpo: training on pairs, or on trajectories of which pairs are made, and an evaluation."""

from collections.abc import Mapping
from pathlib import Path

from agents.eto.pairing import rules_for, show_pairs
from agents.eto.stages import check_model, prefer, preference_recipe, show_values
from agents.eto.tuning_run import find_task, in_run
from core.console import count, echo
from core.run import PAIRS
from core.settings import DpoSettings
from core.trajectory import Pair, Trajectory
from runner.evaluation.evaluate import Evaluation
from tuning.formats import read_pairs, read_trajectories, write_pairs
from tuning.pairs import make_pairs, win_tie_lose

METHOD = STAGE = "dpo"
"""Group of the run's directory, and the stage in it."""


def dpo(settings: DpoSettings) -> list[Evaluation]:
    """Train a model on pairs of trajectories, and play the test cases with it.

    Returns:
        The evaluation; none with --no_eval.

    Raises:
        SettingsError: there is nothing to train on.
        RunDirectoryError: the directory holds a run, and neither --resume nor --overwrite is given; or it was started
            with other settings; or a file is damaged.
        ModelError: the model cannot be used.
        TrainingDiverged: the loss is no longer finite.
        TrainingInterrupted: a process that trains with this one has ended.
    """
    check_model(settings)
    pairs = _pairs(settings)
    with in_run(METHOD, settings) as run:
        show_values(settings)
        write_pairs(run.file(PAIRS), pairs)
        run.directory.publish()
        recipe = preference_recipe(settings)
        place = run.file(STAGE)
        tuned = prefer(settings.model_path, pairs, recipe, place, "DPO", settings)
        return run.evaluate_tuned("DPO", tuned, plays=not settings.no_eval)


def _pairs(settings: DpoSettings) -> tuple[Pair, ...]:
    """Those of a file, or made of trajectories."""
    if settings.pairs:
        return tuple(read_pairs(Path(settings.pairs)))
    experts = _by_case(settings.experts) if settings.experts else {}
    explored = read_trajectories(Path(settings.explored))
    rules = rules_for(find_task(settings), settings)
    pairs = make_pairs(experts, explored, rules)
    show_pairs("DPO", win_tie_lose(experts, explored, rules), pairs)
    return pairs.kept


def _by_case(path: str) -> Mapping[str, Trajectory]:
    """The demonstrations of a file by case; of several the best, of equals the first."""
    found: dict[str, Trajectory] = {}
    trajectories = read_trajectories(Path(path))
    for one in trajectories:
        before = found.get(one.case)
        if before is None or (one.reward or 0.0) > (before.reward or 0.0):
            found[one.case] = one
    more = len(trajectories) - len(found)
    if more:
        echo(f"{path}: {count(more, 'demonstration')} left out, of cases with one at least as good")
    return found
