"""What notes after failed attempts bring beside mere retries: the numbers of docs/REFLEXION.md.

    python benchmarks/reflexion.py                 everything, about 15 minutes on two cores
    python benchmarks/reflexion.py --only gripper  one task

The scripted actor attempts the 134 unseen games of ALFWorld, problems of robotic planning and rooms as text, with
notes and without, three seeds each. In ALFWorld success rules and loop rules are compared.
Runs are kept in log/reflexion_benchmark; those that are finished are not repeated by the same code.
Written to benchmarks/results/reflexion.{json,md,png}.
"""

import argparse
import json
import lzma
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import pairwise, product
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.files import read_json, write_bytes, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.run import CONFIG, TRIALS  # noqa: E402
from core.task import PLANNING_DOMAINS, TASKS, slug  # noqa: E402
from reports.figures import plot_trials  # noqa: E402
from reports.paper import REFLEXION_CASES, REFLEXION_SOLVED  # noqa: E402
from reports.statistics import Estimate, mean_over_training_and_env_seeds  # noqa: E402
from reports.trials import (  # noqa: E402
    ByTrial,
    Trials,
    estimate_by_trial,
    gain_by_trial,
    read_trials,
    trial_rows,
)

SEEDS = (0, 1, 2)
LOGDIR = ROOT / "log" / "reflexion_benchmark"
RESULTS = ROOT / "benchmarks" / "results"
WITH, SAME, NEW = "with notes", "without notes, same habits", "without notes, new habits"
PUBLISHED_NOTE = (
    "Published, for reference only: another model (text-davinci-002, notes by text-davinci-003) under another success "
    "rule, which counts an attempt that lasts for 50 steps without two equal actions in a row. Its baseline also "
    "stored notes in trials 0 to 3."
)
WAYS = {WITH: ("--use_memory",), SAME: (), NEW: ("--temperature", "1")}
"""What is compared, and its flags. The scripted actor's habits (where it searches first, what it forgets) are drawn
once for a run at temperature 0, and anew for each trial at a higher one: then a retry succeeds by chance."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What is compared with notes and without.

    Attributes:
        title: what tables call it.
        task: its name.
        trials: of each run.
        flags: beside the defaults.
        ways: what is compared, of `WAYS`.
    """

    title: str
    task: str
    trials: int
    flags: tuple[str, ...] = ()
    ways: tuple[str, ...] = tuple(WAYS)

    def command(self, label: str, seed: int) -> list[str]:
        """One run, as a user would type it."""
        words = ["reflexion", "--task", self.task, "--num_trials", str(self.trials)]
        return [
            *words,
            "--seed",
            str(seed),
            "--run_name",
            self.name(label, seed),
            *self.flags,
            *WAYS[label],
        ]

    def name(self, label: str, seed: int) -> str:
        """Of a run."""
        words = [word.removeprefix("--") for word in self.flags]
        return "-".join([*words, label.replace(", ", "-").replace(" ", "_"), f"seed{seed}"])

    def path(self, label: str, seed: int) -> Path:
        """The directory of a run."""
        return LOGDIR / "reflexion" / slug(self.task) / self.name(label, seed)


ALFWORLD = Condition("ALFWorld", "alfworld", 6)
RULES = (
    replace(ALFWORLD, title="won; by observation (defaults)"),
    *(
        Condition(
            f"{success}; {loop.replace('observation', 'by observation')}",
            "alfworld",
            ALFWORLD.trials,
            ("--success_rule", success, "--loop_rule", loop),
            (WITH, NEW),  # a retry with the same habits is the first trial again
        )
        for success, loop in (
            ("won", "none"), ("won", "published"), ("published", "observation"), ("published", "published"),
        )
    ),
)  # fmt: skip
"""Success rule and loop rule. Without a loop rule the published success rule counts every attempt."""
OTHERS = tuple(Condition(task, task, 4) for task in (*PLANNING_DOMAINS, *TASKS))


@dataclass(frozen=True, slots=True)
class Comparison:
    """With notes and without under one condition.

    Attributes:
        condition: what was run.
        cases: number of cases.
        by_trial: label -> quantity -> estimate in each trial.
        gain: label -> by how much less is solved so far than with notes, by trial.
        won: label -> share of cases that the environment says were solved in any attempt; this differs from what the
            published rule counts.
    """

    condition: Condition
    cases: int
    by_trial: Mapping[str, ByTrial]
    gain: Mapping[str, Sequence[Estimate]]
    won: Mapping[str, Estimate]

    def to_json(self) -> dict[str, Any]:
        """Plain values; intervals are lists of mean, low and high."""
        commands = {
            label: " ".join(self.condition.command(label, SEEDS[0]))
            for label in self.condition.ways
        }
        return {
            "title": self.condition.title,
            "task": self.condition.task,
            "cases": self.cases,
            "commands": commands,
            "by_trial": self.by_trial,
            "gain": self.gain,
            "won": self.won,
        }


def run_all(conditions: Sequence[Condition]) -> None:
    """Every run that is not finished, two at a time."""
    jobs = {
        condition.path(label, seed): (condition, label, seed)
        for condition in conditions
        for label, seed in product(condition.ways, SEEDS)
        if not is_finished(condition, label, seed)
    }
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for done in pool.map(lambda job: run(*job), jobs.values()):
            print(done, file=sys.stderr, flush=True)


def run(condition: Condition, label: str, seed: int) -> str:
    """Carry out a run; returns its command."""
    words = condition.command(label, seed)
    line = [sys.executable, str(ROOT / "main.py"), *words, "--logdir", str(LOGDIR), "--overwrite"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} failed:\n{done.stderr[-2000:]}")
    return " ".join(words)


def is_finished(condition: Condition, label: str, seed: int) -> bool:
    """Whether the same code has finished a run."""
    path = condition.path(label, seed)
    if not (path / CONFIG).exists():
        return False
    is_same = read_json(path / CONFIG)["code"] == provenance()["code"]
    return is_same and len(read_trials(path / TRIALS).trials) == condition.trials


def load(condition: Condition, label: str) -> list[Trials]:
    """The trials of all seeds."""
    return [read_trials(condition.path(label, seed) / TRIALS) for seed in SEEDS]


def compare(condition: Condition) -> Comparison:
    """With notes and without, and the difference in what is solved."""
    runs = {label: load(condition, label) for label in condition.ways}
    return Comparison(
        condition,
        len(runs[WITH][0].cases),
        {label: estimate_by_trial(trials) for label, trials in runs.items()},
        {
            label: gain_by_trial(runs[WITH], runs[label])
            for label in condition.ways
            if label != WITH
        },
        {label: won(trials) for label, trials in runs.items()},
    )


def won(runs: Sequence[Trials]) -> Estimate:
    """The share of cases that the environment says were solved in any attempt."""
    as_won = [
        replace(
            run,
            trials=tuple(
                replace(trial, solved=frozenset(one.case for one in trial.episodes if one.success))
                for trial in run.trials
            ),
        )
        for run in runs
    ]
    return estimate_by_trial(as_won)["success"][-1]


def published() -> dict[str, list[Estimate]]:
    """Label -> what was solved so far, by trial, with Wilson's interval over the games."""

    def estimate(solved: int) -> Estimate:
        games = np.arange(REFLEXION_CASES) < solved
        return mean_over_training_and_env_seeds("success", games[None].astype(np.float64))

    return {label: [estimate(one) for one in solved] for label, solved in REFLEXION_SOLVED.items()}


def public_logs(path: Path) -> dict[str, int] | None:
    """How many public episodes of other models are solved, and how many the published rules would count.

    None without the data. An episode that fails ends after two equal actions in a row, or at the limit of
    steps, which is what the published rules count as a success.
    """
    if not path.exists():
        return None
    with lzma.open(path, "rt") as lines:
        episodes = [episode for episode in map(json.loads, lines) if episode["finished"]]
    counted = [
        episode["won"] or all(one[0] != after[0] for one, after in pairwise(episode["steps"]))
        for episode in episodes
    ]
    solved = sum(episode["won"] for episode in episodes)
    return {"episodes": len(episodes), "solved": solved, "counted": sum(counted)}


def as_markdown(comparisons: Sequence[Comparison], logs: Mapping[str, int] | None) -> str:
    """A table for each task, and one of the rules at the last trial."""
    lines = [
        f"Scripted actor, seeds {SEEDS[0]} to {SEEDS[-1]}. Means over seeds and cases, with 95 % intervals over both; "
        "differences are taken case by case. Habits of the actor are drawn for a run (same), or for each trial (new).",
    ]
    for one in comparisons:
        if one.condition in RULES:
            continue
        command = " ".join(["python main.py", *one.condition.command(WITH, SEEDS[0])])
        head, *rows = trial_rows(one.by_trial)
        for label, gain in one.gain.items():
            rows.append([f"{WITH}, minus {label}", "solved so far, points", *map(points, gain)])
        lines += ["", f"## {one.condition.title}, {one.cases} cases", "", f"`{command}`", ""]
        lines += table(head, rows)
        if one.condition == ALFWORLD:
            lines += ["", PUBLISHED_NOTE, "", *published_table()]
    rules = [one for one in comparisons if one.condition in RULES]
    if rules:
        lines += ["", f"## Rules, ALFWorld, after {ALFWORLD.trials} trials", ""]
        head = ["success; an attempt ends early", "", "counted as solved, %", "solved, %"]
        lines += table(head, [row for one in rules for row in rule_rows(one)])
    if logs is not None:
        lines += [
            "",
            f"Of {logs['episodes']} public episodes of other models in the same games, {logs['solved']} are solved; "
            f"the published rules would count {logs['counted']}.",
        ]
    return "\n".join(lines) + "\n"


def published_table() -> list[str]:
    """The published curves."""
    length = max(map(len, REFLEXION_SOLVED.values()))
    rows = []
    for label, estimates in published().items():
        cells = [*map(share, estimates), *[""] * (length - len(estimates))]
        rows.append([f"published, {label}", *cells])
    return table(["counted so far, %", *(f"trial {number}" for number in range(length))], rows)


def rule_rows(one: Comparison) -> Iterator[list[str]]:
    """Lines of the table of rules, at the last trial."""
    title = one.condition.title
    for label in (WITH, NEW):
        counted = one.by_trial[label]["success"][-1]
        yield [title, label, share(counted), share(one.won[label])]
        title = ""


def share(estimate: Estimate) -> str:
    """In percent."""
    mean, low, high = (100 * value for value in estimate)
    return f"{mean:.1f} ({low:.1f}..{high:.1f})"


def points(gain: Estimate) -> str:
    """A difference of shares, in percentage points."""
    mean, low, high = (100 * value for value in gain)
    return f"{mean:+.1f} ({low:+.1f}..{high:+.1f})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines of Markdown."""
    return [f"| {' | '.join(cells)} |" for cells in (head, ["---"] * len(head), *rows)]


def main() -> None:
    """Run, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", help="tasks, for example alfworld", default=[])
    parser.add_argument(
        "--data",
        type=Path,
        default=ROOT.parent / "shared" / "data" / "replay" / "alfworld" / "episodes.jsonl.xz",
        help="public episodes of other models",
    )
    given = parser.parse_args()
    conditions = [
        one for one in (ALFWORLD, *OTHERS, *RULES) if not given.only or one.task in given.only
    ]
    run_all(conditions)
    comparisons = [compare(one) for one in conditions]
    logs = public_logs(given.data)
    document = {
        "command": " ".join(["python", *sys.argv]),
        **provenance(),
        "seeds": SEEDS,
        "comparisons": [one.to_json() for one in comparisons],
        "published": published(),
        "public_logs": logs,
    }
    markdown = as_markdown(comparisons, logs)
    write_json(RESULTS / "reflexion.json", document)
    write_bytes(RESULTS / "reflexion.md", markdown.encode())
    panels = {
        one.condition.title: one.by_trial for one in comparisons if one.condition not in RULES
    }
    plot_trials(panels, RESULTS / "reflexion.png")
    print(markdown)
    print(f"written to {RESULTS.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
