"""The paper's table: tasks x ways of asking x skills x training seeds, with intervals."""

import csv
import io
import multiprocessing
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from tqdm import tqdm

from agents import skill_rl, when2ask
from agents.engines import make_engine
from agents.evaluate import evaluate, load_policy
from agents.learn import FREE_ON_RESUME
from agents.pictures import draw_curves, draw_marks
from agents.play import Method
from agents.summary import Estimate, across
from core.paper import PAPER
from core.run import (
    CHECKPOINT,
    CONFIG,
    METRICS,
    RunDirectory,
    provenance,
    read_json,
    read_lines,
    write_bytes,
    write_json,
)
from core.settings import (
    RL_DEFAULTS,
    SKILL_SETS,
    TABLE_WAYS,
    EvalSettings,
    PlannerSettings,
    TableSettings,
    TrainSettings,
    to_json,
)
from core.task import TASKS
from mediator.ask import WAYS, Policy
from planner.build import build_planner

LEARNED, RL = "learned", "RL"
VERBS = {LEARNED: when2ask, RL: skill_rl}
HAS_CHANCE = ("random", LEARNED, RL)
"""Ways that a seed makes a difference to; the other rules are played once."""
DECIDE = ("sample", "argmax")
RESULT = "result.json"
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
        """Skills, task and way: all seeds of a row are one line of the table."""
        return (self.training.skills, self.training.task, self.way)


def table(settings: TableSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Play every unit that is not there yet, several at a time; write and print the table."""
    console = Console()
    units = _units(settings)
    log = Path(settings.logdir) / "table.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    console.print(
        f"{len(units)} runs in {settings.logdir}, {settings.processes} at a time; what they say is in {log}",
        highlight=False,
        soft_wrap=True,
    )
    # compiled once, before several processes would do it side by side
    make_engine(units[0].training, "news", 1, is_worth_compiling=True)
    results: dict[Unit, dict[str, Any]] = {}
    with (
        ProcessPoolExecutor(
            settings.processes,
            mp_context=multiprocessing.get_context("spawn"),
            initializer=_be_quiet,
            initargs=(log, settings.processes),
        ) as pool,
        tqdm(total=len(units), unit="run", mininterval=0.5 if sys.stderr.isatty() else 30) as bar,
    ):
        waiting = {pool.submit(play_unit, unit): unit for unit in units}
        try:
            for done in as_completed(waiting):
                unit = waiting[done]
                results[unit] = done.result()
                bar.set_postfix_str(" ".join(unit.row))
                bar.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    rows = summarize_rows(units, results)
    _write(settings, units, rows, console)


def _units(settings: TableSettings) -> list[Unit]:
    """All there is to do; what takes longest comes first."""
    seeds = settings.seeds[:1] if settings.quick else settings.seeds
    common: dict[str, Any] = {
        name: getattr(settings, name) for name in PlannerSettings.__dataclass_fields__
    }
    common |= {"logdir": settings.logdir, "test_num": settings.test_num}
    common |= {"n_itr": QUICK_ITERATIONS} if settings.quick else {}
    units = []
    for way in sorted(settings.ways, key=lambda way: (way != RL, way != LEARNED)):
        for skills in settings.skill_sets:
            for task in settings.tasks:
                for seed in seeds if way in HAS_CHANCE else (0,):
                    training = TrainSettings(
                        task=task,
                        save_name=f"{way}_{skills}_seed{seed}",
                        skills=skills,
                        seed=seed,
                        **{**(RL_DEFAULTS if way == RL else {}), **common},
                    )
                    units.append(Unit(way, training))
    return units


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
    return kept["commit"] == provenance()["commit"] and all(
        kept["settings"].get(name) == value
        for name, value in wanted.items()
        if name not in FREE_ON_RESUME
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
        settings, policy, features = load_policy(
            replace(settings, decide=decide), frozenset(), name
        )
    else:
        policy = WAYS[unit.way]()
    num_rooms = min(settings.num_envs, settings.test_num)
    engine = make_engine(settings, features, num_rooms, is_worth_compiling=True)
    method: Method
    if unit.way == RL:
        method = skill_rl.make_choosing(engine)
    else:
        method = when2ask.make_asking(settings, build_planner(settings, engine.task), engine)
    rollout = evaluate(engine, policy, method, settings.seed, range(settings.test_num))
    return {name: values.tolist() for name, values in rollout.by_episode().items()}


def summarize_rows(
    units: Sequence[Unit], results: Mapping[Unit, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """One line for each skills, task, way and manner of deciding, all its seeds together."""
    lines: dict[tuple[str, str, str, str], list[Mapping[str, list[float]]]] = {}
    for unit in sorted(units, key=_place):
        for decide, played in results[unit]["played"].items():
            lines.setdefault((*unit.row, decide), []).append(played)
    rows: list[dict[str, Any]] = []
    for (skills, task, way, decide), seeds in lines.items():
        estimates = {name: across(np.array([seed[name] for seed in seeds])) for name in COLUMNS}
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
    limits = {(row["skills"], row["task"]): row for row in rows if row["way"] == "oracle"}
    for row in rows:
        limit = limits.get((row["skills"], row["task"]))
        if limit is not None and row["way"] != RL:
            row["regret"] = row["mean"]["asks"]["mean"] - limit["mean"]["asks"]["mean"]
    return rows


def _place(unit: Unit) -> tuple[int, ...]:
    """Where a unit stands in the table."""
    skills, task, way = unit.row
    return (
        SKILL_SETS.index(skills),
        list(TASKS).index(task),
        TABLE_WAYS.index(way),
        unit.training.seed,
    )


def _write(
    settings: TableSettings, units: Sequence[Unit], rows: list[dict[str, Any]], console: Console
) -> None:
    """All files, and the table on the terminal."""
    out = Path(settings.out)
    document = {"command": " ".join(["python", *sys.argv]), **provenance(), "rows": rows}
    write_json(out / "table.json", document)
    write_bytes(out / "table.csv", as_csv(rows).encode())
    text = as_markdown(rows)
    write_bytes(out / "table.md", text.encode())
    draw_marks(rows, out / "table.png")
    draw_curves(_trained(units), out / "curves.png")
    console.print(text, highlight=False, soft_wrap=True)
    console.print(f"written to {out}", highlight=False, soft_wrap=True)


def _trained(units: Sequence[Unit]) -> dict[str, list[list[dict[str, float]]]]:
    """The metrics of the runs that learned to ask, by skills and task."""
    runs: dict[str, list[list[dict[str, float]]]] = {}
    for unit in sorted(units, key=_place):
        if unit.way == LEARNED:
            skills, task, _ = unit.row
            rows = read_lines(RunDirectory(unit.training).file(METRICS))
            runs.setdefault(f"{task}, {skills} skills", []).append(rows)
    return runs


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """One line a row: means and the ends of their intervals."""
    text = io.StringIO()
    ends = [f"{name}_{end}" for name in COLUMNS for end in Estimate._fields]
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["skills", "task", "way", "decide", "seeds", "regret", *ends])
    for row in rows:
        numbers = [row["mean"][name][end] for name in COLUMNS for end in Estimate._fields]
        head = [row[name] for name in ("skills", "task", "way", "decide", "seeds")]
        writer.writerow([*head, row.get("regret", ""), *numbers])
    return text.getvalue()


def as_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """The table for people: ours with 95 % intervals, the paper's beside it."""
    lines = [
        "| skills | task | way | asks | steps | success % | return | regret | paper: asks / steps / % |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|",
    ]
    for row in rows:
        cells = [_cell(row, name) for name in ("asks", "steps", "success", "return")]
        cells.append(f"{row['regret']:+.2f}" if "regret" in row else "")
        theirs = PAPER.get(row["task"], {}).get(row["way"])
        is_theirs = theirs is not None and row["skills"] == "paper" and row["decide"] != "argmax"
        cells.append(
            f"{theirs.asks:g} / {theirs.steps:g} / {100 * theirs.success:g}"
            if theirs is not None and is_theirs
            else ""
        )
        way = row["way"] if row["decide"] == "rule" else f"{row['way']} ({row['decide']})"
        lines.append(f"| {row['skills']} | {row['task']} | {way} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _cell(row: Mapping[str, Any], name: str) -> str:
    scale = 100 if name == "success" else 1
    mean, low, high = (scale * row["mean"][name][end] for end in Estimate._fields)
    digits = 1 if name == "success" else 2
    return f"{mean:.{digits}f} ({low:.{digits}f}..{high:.{digits}f})"
