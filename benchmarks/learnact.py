"""What learned functions bring, without a language model: the numbers of docs/LEARNACT.md.

    python benchmarks/learnact.py                          everything
    python benchmarks/learnact.py --only robotic_planning --methods act learnact

The scripted model plays by each method, and where the method learns it also learns. Experiment 0 learns from the
published training cases, the others from cases that are drawn; held-out cases are those without the training cases of
the same experiment, for every method.
Runs are kept in log/learnact_benchmark; those that are finished are not repeated by the same code.
Written to benchmarks/results/learnact.{json,md}.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.reflexion import share, table  # noqa: E402
from core.episode import Episode  # noqa: E402
from core.files import read_json, read_lines, write_bytes, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.run import CONFIG, EVAL_RESULTS, EVALUATION  # noqa: E402
from core.task import HOUSEHOLD_KINDS, PLANNING_DOMAINS, TEXT_TASKS, slug  # noqa: E402
from envs.text.cases import training_cases  # noqa: E402
from reports.statistics import CONFIDENCE, RESAMPLES, Estimate, mean_over_runs  # noqa: E402

EXPERIMENTS = (0, 1, 2)
LOGDIR = ROOT / "log" / "learnact_benchmark"
RESULTS = ROOT / "benchmarks" / "results"
GROUPS: Mapping[str, Sequence[str]] = {
    "robotic_planning": PLANNING_DOMAINS,
    **{kind: (kind,) for kind in HOUSEHOLD_KINDS},
    "SimpleDoorKey": ("SimpleDoorKey",),
}
"""What one command plays, and the tasks in it."""
PLAYS = ("act", "react", "code_as_policy")
LEARNS = ("learnact", "act_reflexion", "react_reflexion")


@dataclass(frozen=True, slots=True)
class Condition:
    """What is compared.

    Attributes:
        verb: the method.
        flags: beside the defaults.
    """

    verb: str
    flags: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What tables call it."""
        return " ".join((self.verb, *self.flags))

    @property
    def save_name(self) -> str:
        """Of its runs, before the number of the experiment."""
        return "-".join(word.removeprefix("--") for word in self.flags) or "default"

    def command(self, group: str) -> list[str]:
        """All experiments of a group of tasks, as a user would type it."""
        experiments = ["--exp_id", *map(str, EXPERIMENTS)]
        names = ["--save_name", self.save_name, *experiments]
        return [self.verb, "--task", group, "--planner", "scripted", *names, *self.flags]

    def path(self, task: str, experiment: int) -> Path:
        """The directory of a run."""
        return LOGDIR / self.verb / slug(task) / f"{self.save_name}_exp{experiment}"

    def episodes(self, task: str, experiment: int) -> list[Episode]:
        """Of the evaluation of a run."""
        place = EVAL_RESULTS if self.verb in LEARNS else EVALUATION
        path = self.path(task, experiment) / place / "episodes.jsonl"
        return read_lines(path, Episode.from_json)


ACT, LEARNACT = Condition("act"), Condition("learnact")
CONDITIONS = (
    ACT,
    Condition("react"),
    Condition("code_as_policy"),
    Condition("act_reflexion"),
    Condition("react_reflexion"),
    LEARNACT,
    Condition("learnact", ("--num_iterations", "0")),
    Condition("learnact", ("--num_samples", "1")),
)
"""The methods; then learning without improvement, and with one candidate."""


@dataclass(frozen=True, slots=True)
class Result:
    """A method on a task, over the experiments.

    Attributes:
        title: of the condition.
        task: its name.
        all_cases, held_out: quantity -> mean.
    """

    title: str
    task: str
    all_cases: Mapping[str, Estimate]
    held_out: Mapping[str, Estimate]

    def row(self) -> list[str]:
        """Of the table."""
        cells = [self.task, self.title]
        for estimates in (self.all_cases, self.held_out):
            numbers = (number(estimates[name]) for name in ("decisions", "primitives"))
            cells += [share(estimates["success"]), *numbers]
        return cells


def run_all(groups: Sequence[str], conditions: Sequence[Condition]) -> None:
    """Every command whose runs are not finished by the same code, two at a time."""
    jobs = [
        (condition, group)
        for group, condition in product(groups, conditions)
        if not is_finished(condition, group)
    ]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(lambda job: run(*job), jobs):
            print(done, file=sys.stderr, flush=True)


def run(condition: Condition, group: str) -> str:
    """Carry out a command; returns it."""
    words = condition.command(group)
    line = [sys.executable, str(ROOT / "main.py"), *words, "--logdir", str(LOGDIR), "--overwrite"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return " ".join(words)


def is_finished(condition: Condition, group: str) -> bool:
    """Whether the same code has finished all runs of a command."""
    for task, experiment in product(GROUPS[group], EXPERIMENTS):
        path = condition.path(task, experiment)
        place = EVAL_RESULTS if condition.verb in LEARNS else EVALUATION
        if not (path / place / "summary.json").exists():
            return False
        if read_json(path / CONFIG)["code"] != provenance()["code"]:
            return False
    return True


def measure(condition: Condition, task: str) -> Result:
    """The means over experiments and cases."""
    runs = [condition.episodes(task, experiment) for experiment in EXPERIMENTS]
    held_out = [
        [episode for episode in episodes if episode.case not in trained_on(task, experiment)]
        for episodes, experiment in zip(runs, EXPERIMENTS, strict=True)
    ]
    return Result(condition.title, task, means(runs), means(held_out))


def trained_on(task: str, experiment: int) -> list[str]:
    """The training cases of the methods that learn."""
    is_published = not experiment and task != "SimpleDoorKey"
    split = "published" if is_published else "drawn"
    return training_cases(TEXT_TASKS[task], split, experiment)


def means(runs: Sequence[Sequence[Episode]]) -> dict[str, Estimate]:
    """Success, decisions and actions of the world, of episodes by experiment."""
    return {
        "success": mean_over_runs([[float(one.success) for one in run] for run in runs]),
        "decisions": mean_over_runs([[one.num_steps for one in run] for run in runs]),
        "primitives": mean_over_runs([[one.primitive_steps for one in run] for run in runs]),
    }


def gain(tasks: Sequence[str]) -> Estimate:
    """Decisions without functions for one with them, over held-out cases; cases are resampled.

    An episode that fails counts with the decisions at the limit.
    """
    pairs: dict[tuple[str, str], list[tuple[int, int]]] = {}
    for task, experiment in product(tasks, EXPERIMENTS):
        known = trained_on(task, experiment)
        after = {one.case: one.num_steps for one in LEARNACT.episodes(task, experiment)}
        for one in ACT.episodes(task, experiment):
            if one.case not in known:
                pairs.setdefault((task, one.case), []).append((one.num_steps, after[one.case]))
    totals = np.array([np.sum(both, axis=0) for both in pairs.values()], dtype=np.float64)

    def ratio(before: Any, with_functions: Any, axis: int = -1) -> Any:
        return before.sum(axis) / with_functions.sum(axis)

    interval = stats.bootstrap(
        (totals[:, 0], totals[:, 1]),
        ratio,
        paired=True,
        vectorized=True,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        method="percentile",
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Estimate(
        float(ratio(totals[:, 0], totals[:, 1])), float(interval.low), float(interval.high)
    )


def number(estimate: Estimate) -> str:
    """A mean with its interval."""
    return "{:.1f} ({:.1f}..{:.1f})".format(*estimate)


def as_markdown(results: Sequence[Result], gains: Mapping[str, Estimate]) -> str:
    """The tables."""
    head = ["task", "method", "success, %", "decisions", "actions"]
    head += ["held out: success, %", "decisions", "actions"]
    lines = [
        f"Scripted model, experiments {EXPERIMENTS[0]} to {EXPERIMENTS[-1]}, published limits of decisions. Means over "
        "experiments and cases, with 95 % intervals over both. Held out: without the three training cases of the "
        "experiment.",
        "",
        f"`python main.py {' '.join(LEARNACT.command('robotic_planning'))}`",
        "",
        *table(head, [result.row() for result in results]),
        "",
        "Decisions of `act` for one of `learnact`, held-out cases:",
        "",
        *table(
            ["tasks", "ratio"],
            [[name, "{:.2f} ({:.2f}..{:.2f})".format(*one)] for name, one in gains.items()],
        ),
    ]
    return "\n".join(lines) + "\n"


def to_json(results: Sequence[Result]) -> Iterator[dict[str, Any]]:
    """Plain values; intervals are lists of mean, low and high."""
    for one in results:
        yield {
            "method": one.title,
            "task": one.task,
            "all_cases": one.all_cases,
            "held_out": one.held_out,
        }


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=list(GROUPS))
    parser.add_argument(
        "--methods", nargs="+", help="act and learnact among them", default=list(LEARNS + PLAYS)
    )
    given = parser.parse_args()
    groups = given.only
    conditions = [condition for condition in CONDITIONS if condition.verb in given.methods]
    run_all(groups, conditions)
    tasks = [task for group in groups for task in GROUPS[group]]
    results = [measure(condition, task) for task, condition in product(tasks, conditions)]
    gains = {task: gain([task]) for task in tasks}
    if set(PLANNING_DOMAINS) <= set(tasks):
        gains["robotic_planning"] = gain(PLANNING_DOMAINS)
    if set(HOUSEHOLD_KINDS) <= set(tasks):
        gains["alfworld"] = gain(list(HOUSEHOLD_KINDS))
    document = {
        "command": " ".join(["python", *sys.argv]),
        **provenance(),
        "experiments": EXPERIMENTS,
        "commands": {
            condition.title: " ".join(condition.command(groups[0])) for condition in conditions
        },
        "results": list(to_json(results)),
        "gains": gains,
    }
    markdown = as_markdown(results, gains)
    write_json(RESULTS / "learnact.json", document)
    write_bytes(RESULTS / "learnact.md", markdown.encode())
    print(markdown)


if __name__ == "__main__":
    main()
