"""Many runs, several at a time: each is played once, and found again by the next attempt."""

import multiprocessing
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from agents.methods import SKILL_RL, TRAINED, WHEN2ASK
from core.console import echo
from core.errors import RunDirectoryError, SettingsError
from core.files import read_json, write_bytes, write_json
from core.provenance import provenance
from core.run import CHECKPOINT, CONFIG, RESULT, RunDirectory
from core.settings import (
    QUICK,
    QUICK_RL,
    RL_DEFAULTS,
    EvalSettings,
    ManySettings,
    PlannerSettings,
    TrainSettings,
    check_ranges,
    each_task,
    to_json,
)
from core.task import ALL
from mediator.policies import ASK_POLICIES
from reports.statistics import mean_over_seeds_and_layouts
from runner.build import make_engine
from runner.evaluate_rooms import evaluation_cases, make_player
from runner.resume import MAY_CHANGE_ON_RESUME
from runner.train import train
from runner.trained import EvalTarget, load_target

LEARNED, RL = WHEN2ASK.trained_policy, SKILL_RL.trained_policy
HAS_CHANCE = ("random", LEARNED, RL)
"""Ways that a seed makes a difference to, whatever the planner; the other rules only if it errs at times."""
ON_ALL = f"{LEARNED} on all tasks"
DECIDE = ("sample", "argmax")
COLUMNS = ("asks", "steps", "success", "return", "llm_calls")


@dataclass(frozen=True, slots=True)
class Condition:
    """What someone is evaluated under.

    Attributes:
        name: what tables call it.
        changes: settings of evaluation that are other than in training, and their values.
    """

    name: str
    changes: tuple[tuple[str, Any], ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        changes = {k: list(v) if isinstance(v, tuple) else v for k, v in self.changes}
        return {"name": self.name, "changes": changes}


AS_TRAINED = Condition("as trained")


@dataclass(frozen=True, slots=True)
class Job:
    """What one process does at a time: one way on one task, or on all, trained with one seed.

    Attributes:
        way: `LEARNED`, `RL`, or a way of asking.
        training: settings; they name the run directory. Rules train nothing.
        conditions: of its evaluation.
    """

    way: str
    training: TrainSettings
    conditions: tuple[Condition, ...] = (AS_TRAINED,)

    @property
    def name(self) -> str:
        """What tables call it; all its seeds are one line."""
        if self.training.ask_budget:
            return f"budget {self.training.ask_budget:g}"
        return ON_ALL if self.training.task == ALL else self.way

    def evaluation(self, condition: Condition) -> EvalSettings:
        """The settings of an evaluation under a condition."""
        common = {
            name: getattr(self.training, name)
            for name in EvalSettings.__dataclass_fields__
            if hasattr(self.training, name)
        }
        return EvalSettings(**{**common, **dict(condition.changes)})


def make_jobs(
    settings: ManySettings,
    ways: Iterable[tuple[str, float]],
    skill_sets: Iterable[str],
    tasks: Iterable[str],
    conditions: tuple[Condition, ...] = (AS_TRAINED,),
    **changes: Any,
) -> list[Job]:
    """All there is to do, in the order of a table.

    Args:
        settings: what all units have in common.
        ways: each with its budget of questions, 0 for none.
        skill_sets: of training.
        tasks: of training.
        conditions: of every unit's evaluation.
        changes: settings of training that differ from the defaults.
    """
    common = {name: getattr(settings, name) for name in PlannerSettings.__dataclass_fields__}
    common |= {"logdir": str(_runs_dir(settings)), "test_num": settings.test_num, **changes}
    for name in ("n_itr", "traj_per_itr"):
        if number := getattr(settings, name):
            common[name] = number
    return [
        Job(
            way,
            TrainSettings(
                task=task,
                save_name=f"{way}{f'_{budget:g}' if budget else ''}_{skills}_seed{seed}",
                skills=skills,
                seed=seed,
                ask_budget=budget,
                **{**_defaults(way, is_quick=settings.quick), **common},
            ),
            conditions,
        )
        for skills, task, (way, budget) in product(skill_sets, tasks, ways)
        for seed in _seeds(settings, way, conditions)
    ]


def _defaults(way: str, *, is_quick: bool) -> Mapping[str, Any]:
    """Settings of a way's training that are not those of `TrainSettings`."""
    if way == RL:
        return QUICK_RL if is_quick else RL_DEFAULTS
    return QUICK if is_quick else {}


def _runs_dir(settings: ManySettings) -> Path:
    """Where runs are kept: quick ones apart, so that they replace nothing."""
    return Path(settings.logdir) / "quick" if settings.quick else Path(settings.logdir)


def _seeds(settings: ManySettings, way: str, conditions: Iterable[Condition]) -> tuple[int, ...]:
    """The seeds a way is played with."""
    errs = any("planner_noise" in dict(condition.changes) for condition in conditions)
    return settings.seeds if errs or way in HAS_CHANCE else (0,)


def run_jobs(jobs: Sequence[Job], settings: ManySettings) -> dict[Job, list[dict[str, Any]]]:
    """Play every unit that is not there yet, several at a time.

    What the processes say goes to a file in the directory of the runs.

    Returns:
        What each came to, see `run_job`.

    Raises:
        SettingsError: a unit is there twice, or its settings make no sense.
        RunDirectoryError: a process died.
    """
    if len(set(jobs)) < len(jobs):
        raise SettingsError(
            "--seeds, --tasks, --policies, --skill_sets, --budgets: something is there twice"
        )
    evaluations = [job.evaluation(one) for job in jobs for one in job.conditions]
    for wanted in (*(job.training for job in jobs), *evaluations):
        check_ranges(wanted)
    log = _runs_dir(settings) / "runs.log"
    write_bytes(log, b"")  # says in one line if nothing can be written there
    echo(
        f"{len(jobs)} runs in {log.parent}, {settings.processes} at a time; what they say is in {log}"
    )
    # compiled once, before several processes would do it side by side
    for one in {wanted.rooms: wanted for wanted in evaluations}.values():
        make_engine(each_task(one)[0], "news", 1, is_worth_compiling=True)
    results: dict[Job, list[dict[str, Any]]] = {}
    with (
        ProcessPoolExecutor(
            settings.processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_redirect_output,
            initargs=(log, settings.processes),
        ) as pool,
        tqdm(total=len(jobs), unit="run", mininterval=0.5 if sys.stderr.isatty() else 30) as bar,
    ):
        # what takes longest comes first
        order = sorted(jobs, key=lambda job: (job.training.task != ALL, job.way not in TRAINED))
        waiting = {pool.submit(run_job, job): job for job in order}
        try:
            for done in as_completed(waiting):
                job = waiting[done]
                results[job] = done.result()
                bar.set_postfix_str(f"{job.training.task} {job.name}")
                bar.update()
        except BrokenProcessPool as error:
            raise RunDirectoryError(
                f"a run's process died, perhaps for want of memory: see {log}"
            ) from error
        finally:  # not what is still waiting: leaving the pool would play all of it
            for child in multiprocessing.active_children() if len(results) < len(jobs) else ():
                child.terminate()
    return results


def _redirect_output(log: Path, processes: int) -> None:
    """What a process says goes to a file, and it leaves the other cores to the others."""
    with log.open("a") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    fair_share = max(1, (os.cpu_count() or 1) // processes)
    for library in ("NUMBA", "OMP"):
        os.environ.setdefault(f"{library}_NUM_THREADS", str(fair_share))


def run_job(job: Job) -> list[dict[str, Any]]:
    """Train if need be, and evaluate; or read what an earlier attempt of the same code left.

    Returns:
        For each task, condition and manner of deciding the ``values``: quantity -> its value on each
        held-out layout.
    """
    directory = RunDirectory.of(job.training)
    result, config = directory.file(RESULT), directory.file(CONFIG)
    wanted = [condition.to_json() for condition in job.conditions]
    played = read_json(result)["played"] if _is_up_to_date(job, result) else []
    there = [row["condition"] for row in played]
    missing = [one for one in job.conditions if one.to_json() not in there]
    if missing:
        if job.way in TRAINED:
            goes_on = directory.file(CHECKPOINT).exists() and _is_up_to_date(job, config)
            training = replace(job.training, resume=goes_on, overwrite=not goes_on)
            train(TRAINED[job.way].load(), training)
        for condition in missing:
            for decide in DECIDE if job.way in TRAINED else ("rule",):
                played += _evaluate(job, condition, decide)
            # each at once: the next one's planner may be out of reach
            document = {"settings": to_json(job.training), **provenance(), "played": played}
            write_json(result, document)
    return [row for row in played if row["condition"] in wanted]


def _is_up_to_date(job: Job, path: Path) -> bool:
    """Whether a file was written by this code with the unit's settings."""
    if not path.exists():
        return False
    kept, wanted = read_json(path), to_json(job.training)
    settings, now = kept.get("settings", {}), provenance()
    return all(kept.get(name) == now[name] for name in ("code", "versions")) and all(
        settings.get(name) == value
        for name, value in wanted.items()
        if name not in MAY_CHANGE_ON_RESUME
    )


def _evaluate(job: Job, condition: Condition, decide: str) -> list[dict[str, Any]]:
    """The unit's tasks under a condition."""
    settings = job.evaluation(condition)
    method = TRAINED.get(job.way, WHEN2ASK)
    if job.way in TRAINED:
        # at one price for all units, whatever price a budget has come to
        given = frozenset({"ask_lambda", *dict(condition.changes)})
        target = load_target(replace(settings, decide=decide), given, method.name)
    else:
        target = EvalTarget(settings, ASK_POLICIES[job.way](), "difference", job.way)
    player = make_player(target, method.load(), is_worth_compiling=True)
    return [
        {
            "task": world.engine.task.name,
            "condition": condition.to_json(),
            "decide": decide,
            "values": {name: values.tolist() for name, values in rollout.by_episode().items()},
        }
        for world, rollout in player.rollouts(evaluation_cases(target.settings))
    ]


def summarize_rows(
    jobs: Sequence[Job], results: Mapping[Job, Sequence[Mapping[str, Any]]]
) -> list[dict[str, Any]]:
    """One line for each skills, task, way, condition and manner of deciding, all its seeds together."""
    lines: dict[tuple[str, str, str, str, str], list[Mapping[str, list[float]]]] = {}
    for job in jobs:
        for played in results[job]:
            key = (played["condition"]["name"], played["decide"])
            line = (job.training.skills, played["task"], job.name, *key)
            lines.setdefault(line, []).append(played["values"])
    rows: list[dict[str, Any]] = []
    for (skills, task, way, condition, decide), seeds in lines.items():
        estimates = {
            name: mean_over_seeds_and_layouts(name, np.array([seed[name] for seed in seeds]))
            for name in COLUMNS
        }
        rows.append(
            {
                "skills": skills,
                "task": task,
                "way": way,
                "condition": condition,
                "decide": decide,
                "seeds": len(seeds),
                "mean": {name: estimate._asdict() for name, estimate in estimates.items()},
                "per_seed": {name: [float(np.mean(s[name])) for s in seeds] for name in COLUMNS},
            }
        )
    return rows


def cell(row: Mapping[str, Any]) -> str:
    """Questions / steps / success %, the means of a row."""
    asks, steps, success = (row["mean"][name]["mean"] for name in ("asks", "steps", "success"))
    return f"{asks:.2f} / {steps:.2f} / {100 * success:.1f}"


def write_results_table(
    rows: Sequence[Mapping[str, Any]], settings: ManySettings, name: str, text: str
) -> Path:
    """Write ``NAME.json`` and ``NAME.md`` and print the latter; returns where."""
    out = Path(settings.out) if settings.out else _runs_dir(settings)
    document = {"command": " ".join(["python", *sys.argv]), **provenance(), "rows": rows}
    write_json(out / f"{name}.json", document)
    write_bytes(out / f"{name}.md", text.encode())
    echo(text)
    echo(f"written to {out}")
    return out
