"""Many runs, several at a time: each is played once, and found again by the next attempt."""

import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from tqdm import tqdm

from agents import skill_rl, when2ask
from agents.engines import make_engine
from agents.evaluate import Make, evaluate, load_policy
from agents.learn import FREE_ON_RESUME
from agents.summary import across
from core.errors import RunDirectoryError, SettingsError
from core.run import (
    CHECKPOINT,
    CONFIG,
    RESULT,
    RunDirectory,
    provenance,
    read_json,
    write_bytes,
    write_json,
)
from core.settings import (
    EvalSettings,
    ManySettings,
    PlannerSettings,
    TrainSettings,
    check_ranges,
    to_json,
)
from mediator.ask import WAYS, Policy

LEARNED, RL = "learned", "RL"
VERBS = {LEARNED: when2ask, RL: skill_rl}
HAS_CHANCE = ("random", LEARNED, RL)
"""Ways that a seed makes a difference to; the other rules are played once."""
DECIDE = ("sample", "argmax")
QUICK_ITERATIONS = 30
COLUMNS = ("asks", "steps", "success", "return", "llm_calls")


@dataclass(frozen=True, slots=True)
class Unit:
    """What one process does at a time: one way on one task, trained with one seed.

    Attributes:
        way: `LEARNED`, `RL`, or a way of asking.
        training: settings; they name the run directory. Rules train nothing.
    """

    way: str
    training: TrainSettings

    @property
    def row(self) -> tuple[str, str, str]:
        """Skills, task and what it is called: all seeds of a row are one line of a table."""
        budget = self.training.ask_budget
        name = f"budget {budget:g}" if budget else self.way
        return (self.training.skills, self.training.task, name)


def common_settings(settings: ManySettings) -> dict[str, Any]:
    """What all runs have in common, as settings of training."""
    common = {name: getattr(settings, name) for name in PlannerSettings.__dataclass_fields__}
    common |= {"logdir": str(_place(settings)), "test_num": settings.test_num}
    return common | ({"n_itr": QUICK_ITERATIONS} if settings.quick else {})


def _place(settings: ManySettings) -> Path:
    """Where runs are kept: quick ones apart, so that they replace nothing."""
    return Path(settings.logdir) / "quick" if settings.quick else Path(settings.logdir)


def seeds_of(settings: ManySettings, way: str) -> tuple[int, ...]:
    """The seeds a way is played with."""
    if way not in HAS_CHANCE:
        return (0,)
    return settings.seeds[:1] if settings.quick else settings.seeds


def play_all(units: Sequence[Unit], settings: ManySettings) -> list[dict[str, Any]]:
    """Play every unit that is not there yet, several at a time; one line for each row of units.

    What the processes say goes to a file in the directory of the runs.

    Raises:
        SettingsError: a unit is there twice, or its settings make no sense.
        RunDirectoryError: a process died.
    """
    if len(set(units)) < len(units):
        raise SettingsError(
            "--seeds, --tasks, --ways, --skill_sets, --budgets: something is there twice"
        )
    for unit in units:
        check_ranges(unit.training)
    log = _place(settings) / "runs.log"
    write_bytes(log, b"")  # says in one line if nothing can be written there
    Console().print(
        f"{len(units)} runs in {log.parent}, {settings.processes} at a time; what they say is in {log}",
        highlight=False,
        soft_wrap=True,
    )
    # compiled once, before several processes would do it side by side
    make_engine(units[0].training, "news", 1, is_worth_compiling=True)
    results: dict[Unit, Mapping[str, Any]] = {}
    with (
        ProcessPoolExecutor(
            settings.processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_be_quiet,
            initargs=(log, settings.processes),
        ) as pool,
        tqdm(total=len(units), unit="run", mininterval=0.5 if sys.stderr.isatty() else 30) as bar,
    ):
        # what takes longest comes first
        order = sorted(units, key=lambda unit: (unit.way != RL, unit.way != LEARNED))
        waiting = {pool.submit(play_unit, unit): unit for unit in order}
        try:
            for done in as_completed(waiting):
                unit = waiting[done]
                results[unit] = done.result()
                bar.set_postfix_str(" ".join(unit.row))
                bar.update()
        except BrokenProcessPool as error:
            raise RunDirectoryError(
                f"a run's process died, perhaps for want of memory: see {log}"
            ) from error
        finally:  # not what is still waiting: leaving the pool would play all of it
            for child in multiprocessing.active_children() if len(results) < len(units) else ():
                child.terminate()
    return summarize_rows(units, results)


def _be_quiet(log: Path, processes: int) -> None:
    """What a process says goes to a file, and it leaves the other cores to the others."""
    with log.open("a") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    os.environ["NUMBA_NUM_THREADS"] = str(max(1, (os.cpu_count() or 1) // processes))


def play_unit(unit: Unit) -> dict[str, Any]:
    """Train if need be, and evaluate; or read what an earlier attempt of the same code left."""
    directory = RunDirectory(unit.training)
    result, config = directory.file(RESULT), directory.file(CONFIG)
    if _is_of(unit, result):
        return read_json(result)
    if unit.way in VERBS:
        goes_on = directory.file(CHECKPOINT).exists() and _is_of(unit, config)
        training = replace(unit.training, resume=goes_on, overwrite=not goes_on)
        VERBS[unit.way].train(training, frozenset())
    played = {decide: _evaluate(unit, decide) for decide in _ways_to_decide(unit.way)}
    document = {"settings": to_json(unit.training), **provenance(), "played": played}
    write_json(result, document)
    return document


def _is_of(unit: Unit, path: Path) -> bool:
    """Whether a file was written by this code with the unit's settings."""
    if not path.exists():
        return False
    kept, wanted = read_json(path), to_json(unit.training)
    settings, now = kept.get("settings", {}), provenance()
    return all(kept.get(name) == now[name] for name in ("code", "versions")) and all(
        settings.get(name) == value for name, value in wanted.items() if name not in FREE_ON_RESUME
    )


def _ways_to_decide(way: str) -> tuple[str, ...]:
    return DECIDE if way in VERBS else ("rule",)


def _evaluate(unit: Unit, decide: str) -> dict[str, list[float]]:
    """Quantity -> its value on each held-out layout."""
    training = unit.training
    common = {
        name: getattr(training, name)
        for name in EvalSettings.__dataclass_fields__
        if hasattr(training, name)
    }
    settings, features = EvalSettings(**common), "difference"
    policy: Policy
    if unit.way in VERBS:
        name = VERBS[unit.way].NAME
        # at one price for all units, whatever price a budget has come to
        given = frozenset({"ask_lambda"})
        settings, policy, features = load_policy(replace(settings, decide=decide), given, name)
    else:
        policy = WAYS[unit.way]()
    num_rooms = min(settings.num_envs, settings.test_num)
    engine = make_engine(settings, features, num_rooms, is_worth_compiling=True)
    make: Make = VERBS.get(unit.way, when2ask).make
    method, _ = make(settings, engine)
    rollout = evaluate(engine, policy, method, settings.seed, range(settings.test_num))
    return {name: values.tolist() for name, values in rollout.by_episode().items()}


def summarize_rows(
    units: Sequence[Unit], results: Mapping[Unit, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """One line for each skills, task, way and manner of deciding, all its seeds together."""
    lines: dict[tuple[str, str, str, str], list[Mapping[str, list[float]]]] = {}
    for unit in units:
        for decide, played in results[unit]["played"].items():
            lines.setdefault((*unit.row, decide), []).append(played)
    rows: list[dict[str, Any]] = []
    for (skills, task, way, decide), seeds in lines.items():
        estimates = {
            name: across(name, np.array([seed[name] for seed in seeds])) for name in COLUMNS
        }
        rows.append(
            {
                "skills": skills,
                "task": task,
                "way": way,
                "decide": decide,
                "seeds": len(seeds),
                "mean": {name: estimate._asdict() for name, estimate in estimates.items()},
                "per_seed": {name: [float(np.mean(s[name])) for s in seeds] for name in COLUMNS},
            }
        )
    return rows


def publish(
    rows: Sequence[Mapping[str, Any]], settings: ManySettings, name: str, text: str
) -> Path:
    """Write ``NAME.json`` and ``NAME.md`` and print the latter; returns where."""
    out = Path(settings.out) if settings.out else _place(settings)
    document = {"command": " ".join(["python", *sys.argv]), **provenance(), "rows": rows}
    write_json(out / f"{name}.json", document)
    write_bytes(out / f"{name}.md", text.encode())
    Console().print(text, highlight=False, soft_wrap=True)
    Console().print(f"written to {out}", highlight=False, soft_wrap=True)
    return out
