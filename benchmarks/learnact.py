"""What learned functions bring the scripted expert: act, react, code_as_policy and learnact, without a language model.

    python benchmarks/learnact.py                       everything
    python benchmarks/learnact.py --only gripper put    two tasks

learnact mines its training episodes for functions. Experiment 0 learns from the published training cases, the others
from cases that are drawn; held-out cases are those without the training cases of the same experiment, for every
method. What lessons bring a beginner is measured in benchmarks/lessons.py.
Runs are kept in log/learnact_benchmark, for each version of the code; those that are finished are not repeated.
Written to benchmarks/results/learnact.{json,md}.
"""

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.reflexion import share, table  # noqa: E402
from core.episode import Episode  # noqa: E402
from core.files import read_lines, write_bytes, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.run import EVAL_RESULTS, EVALUATION, LEARN_RESULTS  # noqa: E402
from core.settings import LearnActSettings  # noqa: E402
from core.task import HOUSEHOLD_KINDS, PLANNING_DOMAINS, TEXT_TASKS, slug  # noqa: E402
from envs.text.cases import training_cases  # noqa: E402
from main import run_verb  # noqa: E402
from reports.statistics import Estimate, mean_over_runs, ratio_over_runs  # noqa: E402

EXPERIMENTS = (0, 1, 2)
LOGDIR = ROOT / "log" / "learnact_benchmark" / str(provenance()["code"])
RESULTS = ROOT / "benchmarks" / "results"
PLAYER = "scripted expert"
TASKS = (*PLANNING_DOMAINS, *HOUSEHOLD_KINDS, "SimpleDoorKey")
GROUPS: Mapping[str, Sequence[str]] = {
    "robotic_planning": PLANNING_DOMAINS,
    "alfworld": tuple(HOUSEHOLD_KINDS),
    **{task: (task,) for task in TASKS},
}
"""What the rows of the tables are about: several tasks, or one."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is compared.

    Attributes:
        verb: the method.
        flags: beside the defaults.
    """

    verb: str
    flags: Mapping[str, int] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """What tables call it."""
        return " ".join((self.verb, *(f"--{name} {value}" for name, value in self.flags.items())))

    @property
    def save_name(self) -> str:
        """Of its runs, before the number of the experiment."""
        return "-".join(f"{name}-{value}" for name, value in self.flags.items()) or "default"

    def play(self, task: str) -> None:
        """All experiments of a task; what is finished is kept."""
        names = {"task": task, "save_name": self.save_name, "logdir": str(LOGDIR)}
        more = {"planner": "scripted", "exp_id": EXPERIMENTS, "resume": True}
        run_verb(self.verb, **names, **more, **self.flags)

    def path(self, task: str, experiment: int) -> Path:
        """The directory of a run."""
        return LOGDIR / self.verb / slug(task) / f"{self.save_name}_exp{experiment}"

    def episodes(self, task: str, experiment: int) -> list[Episode]:
        """Of the evaluation of a run."""
        place = EVAL_RESULTS if self.verb == "learnact" else EVALUATION
        path = self.path(task, experiment) / place / "episodes.jsonl"
        return read_lines(path, Episode.from_json)


ACT, LEARNACT = Condition("act"), Condition("learnact")
ABLATIONS = (
    Condition("learnact", {"num_iterations": 0}),
    Condition("learnact", {"num_samples": 1}),
)
"""Learning without improvement, and with one candidate."""
CONDITIONS = (ACT, Condition("react"), Condition("code_as_policy"), LEARNACT, *ABLATIONS)


@dataclass(frozen=True, slots=True)
class Result:
    """A method on a group of tasks, over the experiments.

    Attributes:
        title: of the condition.
        group: of tasks.
        all_cases, held_out: quantity -> mean.
    """

    title: str
    group: str
    all_cases: Mapping[str, Estimate]
    held_out: Mapping[str, Estimate]

    def row(self) -> list[str]:
        """Of the table."""
        cells = [self.group, self.title]
        for estimates in (self.all_cases, self.held_out):
            numbers = (number(estimates[name]) for name in ("decisions", "primitives"))
            cells += [share(estimates["success"]), *numbers]
        return cells


def play(task: str) -> str:
    """All methods in one process, which plans each case once; returns the task."""
    for condition in CONDITIONS:
        condition.play(task)
    return task


def measure(condition: Condition, group: str) -> Result:
    """The means over experiments and the cases of all tasks of a group."""
    all_cases, held_out = [], []
    for experiment in EXPERIMENTS:
        episodes = {task: condition.episodes(task, experiment) for task in GROUPS[group]}
        all_cases.append([one for each in episodes.values() for one in each])
        held_out.append([one for task in episodes for one in new(episodes[task], task, experiment)])
    return Result(condition.title, group, means(all_cases), means(held_out))


def new(episodes: Sequence[Episode], task: str, experiment: int) -> list[Episode]:
    """The episodes without those of the training cases of an experiment."""
    known = trained_on(task, experiment)
    return [episode for episode in episodes if episode.case not in known]


def trained_on(task: str, experiment: int) -> list[str]:
    """The training cases of learnact."""
    settings = LearnActSettings(save_name="any", exp_id=EXPERIMENTS).experiment(experiment)
    return training_cases(TEXT_TASKS[task], settings.learn_split, settings.seed)


def means(runs: Sequence[Sequence[Episode]]) -> dict[str, Estimate]:
    """Success, decisions and actions of the world, of episodes by experiment."""
    return {
        "success": mean_over_runs([[one.success for one in run] for run in runs]),
        "decisions": mean_over_runs([[one.num_steps for one in run] for run in runs]),
        "primitives": mean_over_runs([[one.primitive_steps for one in run] for run in runs]),
    }


def gain(group: str) -> Estimate:
    """Decisions without functions for one with them, over held-out cases.

    An episode that fails counts with the decisions at the limit.
    """
    runs = []
    for experiment in EXPERIMENTS:
        pairs = []
        for task in GROUPS[group]:
            after = {one.case: one.num_steps for one in LEARNACT.episodes(task, experiment)}
            before = new(ACT.episodes(task, experiment), task, experiment)
            pairs += [(one.num_steps, after[one.case]) for one in before]
        runs.append(pairs)
    return ratio_over_runs(runs)


def number_improved(tasks: Sequence[str]) -> int:
    """Runs of learnact in which a function failed, so that the learner was asked to improve it."""
    runs = product(tasks, EXPERIMENTS)
    return sum((LEARNACT.path(*run) / LEARN_RESULTS / "1_0").exists() for run in runs)


def number(estimate: Estimate) -> str:
    """A mean with its interval."""
    return "{:.1f} ({:.1f}..{:.1f})".format(*estimate)


def as_markdown(
    results: Sequence[Result], gains: Mapping[str, Estimate], improved: int, learned: int
) -> str:
    """The tables.

    Args:
        results: a row each.
        gains: by group of tasks.
        improved: number of learnact's runs with an improvement.
        learned: number of all of them.
    """
    head = ["task", "method", "success, %", "decisions", "actions"]
    head += ["held out: success, %", "decisions", "actions"]
    lines = [
        f"Player: {PLAYER}, with every method. Experiments {EXPERIMENTS[0]} to {EXPERIMENTS[-1]}, published limits of "
        "decisions. Means over experiments and cases, with 95 % intervals over both; in a group each case of its tasks "
        "counts the same. Held out: without the three training cases of the experiment. Actions are the world's, in "
        "rooms MiniGrid's.",
        "",
        f"An improvement was asked for in {improved} of {learned} learning runs: the scripted expert tries each call "
        "in its imagination first and makes only those that work, so its functions fail only where it imagines the "
        "world wrongly.",
        "",
        *table(head, [result.row() for result in results]),
        "",
        "Decisions of `act` for one of `learnact`, held-out cases; an episode that fails counts with the limit:",
        "",
        *table(
            ["task", "ratio"],
            [[name, "{:.2f} ({:.2f}..{:.2f})".format(*one)] for name, one in gains.items()],
        ),
    ]
    return "\n".join(lines) + "\n"


def as_json(result: Result) -> dict[str, Any]:
    """Plain values; a mean with its interval is a list."""
    return {
        "method": result.title,
        "task": result.group,
        "all_cases": result.all_cases,
        "held_out": result.held_out,
    }


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=TASKS, default=TASKS)
    tasks = parser.parse_args().only
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for task in pool.map(play, tasks):
            print(f"{task} is played", file=sys.stderr, flush=True)
    groups = [group for group, its in GROUPS.items() if set(its) <= set(tasks)]
    results = [measure(condition, group) for group, condition in product(groups, CONDITIONS)]
    gains = {group: gain(group) for group in groups}
    improved, learned = number_improved(tasks), len(tasks) * len(EXPERIMENTS)
    document = {
        "command": " ".join(["python", *sys.argv]),
        **provenance(),
        "player": PLAYER,
        "experiments": EXPERIMENTS,
        "results": list(map(as_json, results)),
        "decisions of act / learnact, held out": gains,
        "learning runs": learned,
        "learning runs with an improvement": improved,
    }
    markdown = as_markdown(results, gains, improved, learned)
    write_json(RESULTS / "learnact.json", document)
    write_bytes(RESULTS / "learnact.md", markdown.encode())
    print(markdown)


if __name__ == "__main__":
    main()
