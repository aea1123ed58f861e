"""Run jobs: train, evaluate and keep the result; a job with an up-to-date result is only read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from agents.methods import TRAINED, WHEN2ASK
from core.console import Progress, echo
from core.decode import convert
from core.errors import RunDirectoryError, SettingsError
from core.files import read_json, write_json
from core.provenance import provenance
from core.run import CHECKPOINT, CONFIG, RESULT, RunDirectory, saved_settings
from core.settings import FROM_THE_MODEL, ManySettings, each_task, to_json
from core.task import ALL
from core.untrusted import clean
from experiments.jobs import Condition, Job, runs_directory
from experiments.launch import Failure, Launcher, ProcessLauncher
from mediator.policies import ASK_POLICIES
from reports.rows import GREEDY, RULE, SAMPLED
from runner.evaluation.rooms import make_player
from runner.evaluation.trained import EvalTarget, load_target
from runner.player import evaluation_cases
from runner.rooms.build import make_engine
from runner.training.resume import MAY_CHANGE_ON_RESUME
from runner.training.train import train

OUTPUT = "output.log"
"""What a job has printed, in its run directory."""
LINES_OF_OUTPUT = 5
"""How many of the last ones are shown when a job fails."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """What an evaluation measured on one task.

    Attributes:
        task: its name.
        condition: of the evaluation.
        action_selection: see `reports.rows`.
        values: quantity -> its value in each episode, in the order of the evaluation seeds.
    """

    task: str
    condition: Condition
    action_selection: str
    values: Mapping[str, tuple[float, ...]]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "task": self.task,
            "condition": self.condition.to_json(),
            "action_selection": self.action_selection,
            "values": {name: list(values) for name, values in self.values.items()},
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any], where: str = "a measurement") -> Self:
        """Read what `to_json` wrote.

        Raises:
            RunDirectoryError: `where` holds something else.
        """
        saved = convert(data, _SavedMeasurement, where)
        condition = Condition.from_json(data["condition"])
        return cls(saved.task, condition, saved.action_selection, saved.values)


@dataclass(frozen=True, slots=True)
class _SavedCondition:
    name: str
    changes: dict[str, bool | float | str | list[float | str]]


@dataclass(frozen=True, slots=True)
class _SavedMeasurement:
    """What a measurement in a file must hold."""

    task: str
    condition: _SavedCondition
    action_selection: str
    values: dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class _SavedResult:
    measurements: list[dict[str, Any]]


def run_jobs(jobs: Sequence[Job], settings: ManySettings) -> dict[Job, list[Measurement]]:
    """Run every job that has no up-to-date result, several at a time.

    Returns:
        The results of all jobs, see `run_job`.

    Raises:
        SettingsError: two jobs are the same, or settings are out of range.
        RunDirectoryError: a directory cannot be written or is in use, or jobs have failed; the
            results of the others are kept.
    """
    if len(set(jobs)) < len(jobs):
        raise SettingsError(
            "--seeds, --tasks, --policies, --skill_sets, --budgets: there is a duplicate"
        )
    for job in jobs:
        for condition in job.conditions:
            job.evaluation(condition)  # raises before anything is played
    results = {job: found for job in jobs if (found := read_result(job)) is not None}
    # the longest jobs first: trainings on all tasks, then other trainings
    missing = sorted(
        (job for job in jobs if job not in results),
        key=lambda job: (job.training.task != ALL, job.policy not in TRAINED),
    )
    for job in missing:
        with RunDirectory.of(job.training):
            pass  # one line of error now if it cannot be written or is in use
    echo(
        f"{len(jobs)} runs in {runs_directory(settings)}, {len(results)} of them finished; "
        f"{settings.processes} at a time, their output goes to {OUTPUT} of each"
    )
    _compile_rooms(missing)
    launcher: Launcher = ProcessLauncher(settings.processes, _log)
    failed: list[Job] = []
    with Progress("runs", len(jobs), "run", len(results)) as progress:
        for job, outcome in launcher.map(run_job, missing):
            if isinstance(outcome, Failure):
                failed.append(job)
                progress.write(_describe(job, outcome))
            else:
                results[job] = outcome
            progress.advance(note=f"{job.training.task} {job.name}")
    if failed:
        raise RunDirectoryError(
            f"{len(failed)} of {len(jobs)} runs failed, {_title(failed[0])} first; the results of the others "
            "are kept, and the same command runs only what is missing"
        )
    return results


def _log(job: Job) -> Path:
    return RunDirectory.of(job.training).file(OUTPUT)


def _title(job: Job) -> str:
    return f"{job.training.task} {job.training.save_name}"


def _describe(job: Job, failure: Failure) -> str:
    """What failed and why, with the end of the job's output."""
    log = _log(job)
    lines = log.read_text("utf-8", errors="replace").splitlines() if log.exists() else []
    last = [f"  {clean(line)}" for line in lines if line.strip()][-LINES_OF_OUTPUT:]
    return "\n".join((f"{_title(job)} failed: {failure.reason} (see {log})", *last))


def _compile_rooms(jobs: Sequence[Job]) -> None:
    """Compile rooms of each size once, before several processes would do it at the same time."""
    one_of_each = {job.evaluation(one).rooms: (job, one) for job in jobs for one in job.conditions}
    for job, condition in one_of_each.values():
        one_task = each_task(job.evaluation(condition))[0]
        make_engine(one_task, job.training.features, 1, is_worth_compiling=True)


def run_job(job: Job) -> list[Measurement]:
    """Train and evaluate what has no up-to-date result yet.

    A training that was interrupted is resumed.

    Returns:
        A measurement for each condition, action selection and task.
    """
    directory = RunDirectory.of(job.training)
    measurements = _read_measurements(job)
    known = {one.condition for one in measurements}
    missing = [condition for condition in job.conditions if condition not in known]
    if missing and job.policy in TRAINED:
        can_resume = directory.file(CHECKPOINT).exists() and _is_up_to_date(
            job, directory.file(CONFIG)
        )
        training = replace(job.training, resume=can_resume, overwrite=not can_resume)
        train(TRAINED[job.policy].load(), training)
    for condition in missing:
        for action_selection in (SAMPLED, GREEDY) if job.policy in TRAINED else (RULE,):
            measurements += _evaluate(job, condition, action_selection)
        # after each condition, for the planner of the next one may be out of reach
        document = {
            "settings": to_json(job.training),
            **provenance(),
            "measurements": [one.to_json() for one in measurements],
        }
        write_json(directory.file(RESULT), document)
    return [one for one in measurements if one.condition in job.conditions]


def read_result(job: Job) -> list[Measurement] | None:
    """What `run_job` would return without any work; None if it has something to do."""
    measurements = _read_measurements(job)
    if not {*job.conditions} <= {one.condition for one in measurements}:
        return None
    return [one for one in measurements if one.condition in job.conditions]


def _read_measurements(job: Job) -> list[Measurement]:
    """The up-to-date measurements of a job, under any conditions."""
    path = RunDirectory.of(job.training).file(RESULT)
    if not _is_up_to_date(job, path):
        return []
    saved = convert(read_json(path), _SavedResult, str(path))
    return [Measurement.from_json(one, f"a measurement in {path}") for one in saved.measurements]


def _is_up_to_date(job: Job, path: Path) -> bool:
    """Whether this code, on these versions, wrote a file with the job's settings."""
    if not path.exists():
        return False
    document, now = read_json(path), provenance()
    settings = saved_settings(path)
    return all(document.get(name) == now[name] for name in ("code", "versions")) and all(
        settings.get(name) == value
        for name, value in to_json(job.training).items()
        if name not in MAY_CHANGE_ON_RESUME
    )


def _evaluate(job: Job, condition: Condition, action_selection: str) -> Sequence[Measurement]:
    """Evaluate on every task of the job."""
    settings = job.evaluation(condition)
    method = TRAINED.get(job.policy, WHEN2ASK)
    if job.policy in TRAINED:
        settings = replace(settings, greedy=action_selection == GREEDY)
        # nothing from the model: every row has the same ask cost, not the one that a budget has led to
        target = load_target(settings, frozenset(FROM_THE_MODEL), method.name)
    else:
        rule = ASK_POLICIES[job.policy]()
        target = EvalTarget(settings, settings, rule, "delta_codes", job.policy)
    player = make_player(target, method.load(), is_worth_compiling=True)
    return [
        Measurement(
            task=world.engine.task.name,
            condition=condition,
            action_selection=action_selection,
            values={name: tuple(values.tolist()) for name, values in rollout.by_episode().items()},
        )
        for world, rollout in player.rollouts(evaluation_cases(settings.test_num))
    ]
