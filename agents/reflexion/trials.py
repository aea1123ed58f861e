"""Trials in text worlds: with which trials a run begins or is resumed, and which models it has."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from agents.reflexion.agent import make_agent
from agents.reflexion.published import env_results_path, read_trials_from
from agents.reflexion.trial_loop import METHOD, ReflexionRun, TrialLoop, place_of
from core.errors import ModelError, RunDirectoryError, SettingsError
from core.run import SUMMARY, TRIALS, RunDirectory
from core.settings import ReflexionSettings
from core.task import TextTask
from envs.text.scripted import ScriptedTextModel
from planner.build import build_two_models
from planner.metered import MeteredModel
from reports.trials import Trial, read_trials
from runner.evaluation.text import (
    MAY_CHANGE_ON_RESUME,
    advice,
    begin_run,
    open_runs,
    tasks_and_cases,
)
from runner.player import Case

MAY_CHANGE = (MAY_CHANGE_ON_RESUME - {"test_num"}) | {"num_trials"}
"""Settings that may differ when a run is resumed."""


def play_trials(settings: ReflexionSettings) -> list[ReflexionRun]:
    """Play the trials in a text world, or in each of a group, and print the tables.

    Each task has a run directory ``LOGDIR/reflexion/TASK/SAVE_NAME``. With --resume only attempts and notes
    that are missing are made.

    Args:
        settings: of the run.

    Raises:
        SettingsError: there is no such split, case or docstore, or the scripted model does not know the texts.
        RunDirectoryError: a directory holds a run, and neither --resume nor --overwrite is given; or it was
            started with other settings; or a file is damaged.
        ModelError: the model gives no answer; finished attempts and notes are kept for --resume.
    """
    tasks, cases = tasks_and_cases(settings)
    imported: list[Trial] = []
    if settings.resume_dir:
        settings, imported = _begins_from(tasks, cases, settings)
    agents = [make_agent(task, settings) for task in tasks]
    played = []
    with ExitStack() as stack:
        runs = open_runs(stack, METHOD, tasks, settings, MAY_CHANGE)
        saved = [
            _saved(run, each, settings, imported) for run, each in zip(runs, cases, strict=True)
        ]
        model, writer = make_models(settings)
        # nothing is changed before all runs and the models are known to be usable
        ids = [begin_run(run, METHOD, settings) for run in runs]
        for task, agent, run, each, trials, run_id in zip(
            tasks, agents, runs, cases, saved, ids, strict=True
        ):
            loop = TrialLoop(task, each, settings, agent, model, writer, run, trials)
            billed = list(loop.paid())
            model.account.resume(run_id, billed)
            writer.account.resume(run_id, billed)
            try:
                loop.play()
            except ModelError as error:
                raise error.with_advice(advice(run)) from error
            played.append(loop.finish())
        model.account.show()
    return played


def _begins_from(
    tasks: Sequence[TextTask], cases: Sequence[Sequence[Case]], settings: ReflexionSettings
) -> tuple[ReflexionSettings, list[Trial]]:
    """The trials that --resume_dir holds, read before a directory is made.

    Where it is the run's own directory, as with the published code, the run is just resumed: there are none, and
    the settings do not name it any more.

    Raises:
        SettingsError: there are several tasks.
        RunDirectoryError: it has not come as far as that, or a file is damaged.
    """
    if len(tasks) > 1:
        raise SettingsError("--resume_dir is of one task, and --task names several")
    own = RunDirectory(settings.logdir, METHOD, tasks[0].slug, settings.save_name).path
    is_own = own.resolve() == Path(settings.resume_dir).resolve()
    before = env_results_path(Path(settings.resume_dir), settings.start_trial_num - 1)
    if not before.exists():
        hint = "; to continue the run give --resume without --resume_dir" if is_own else ""
        raise RunDirectoryError(
            f"--start_trial_num {settings.start_trial_num}: there is no {before}{hint}"
        )
    if not is_own:
        trials = read_trials_from(Path(settings.resume_dir), settings.start_trial_num, cases[0])
        return settings, trials
    return replace(settings, resume_dir="", start_trial_num=0), []


def make_models(settings: ReflexionSettings) -> tuple[MeteredModel, MeteredModel]:
    """The model that acts, and the one that writes the notes; they may be the same."""
    novice = ScriptedTextModel(settings.scripted_skill, settings.seed, is_novice=True)
    return build_two_models(settings, novice, settings.reflection_model)


def _saved(
    run: RunDirectory,
    cases: Sequence[Case],
    settings: ReflexionSettings,
    imported: list[Trial],
) -> list[Trial]:
    """The finished trials after which a run continues: its own, or the imported ones while these are ahead.

    Raises:
        RunDirectoryError: a file is damaged.
    """
    is_begun = settings.resume and run.file(TRIALS).exists()
    finished = _finished(run, cases) if is_begun else []
    is_behind = not finished or finished[-1].number < settings.start_trial_num - 1
    return imported if imported and is_behind else finished


def _finished(run: RunDirectory, cases: Sequence[Case]) -> list[Trial]:
    """The trials of a run before the first one that has no summary yet, their attempts in the order of the cases."""
    if not any(run.file(TRIALS).iterdir()):
        return []
    trials = read_trials(run.file(TRIALS)).trials
    finished = takewhile(lambda trial: (place_of(run, trial.number) / SUMMARY).exists(), trials)
    return [_in_order(trial, cases) for trial in finished]


def _in_order(trial: Trial, cases: Sequence[Case]) -> Trial:
    by_case = {episode.case: episode for episode in trial.episodes}
    return replace(trial, episodes=tuple(by_case[case] for case in cases if case in by_case))
