"""The numbers in the README: tasks x ways of asking x training seeds, by the commands users give.

    python benchmarks/run.py                   everything, about an hour on two cores
    python benchmarks/run.py --quick           one seed, 30 iterations: does anything move?
    python benchmarks/run.py --only train train_RL --tasks KeyInBox --seeds 0

Trained runs are kept in --logdir and gone on with, so an interrupted benchmark loses little. The
results are written to benchmarks/results/NAME.json with the commands and the commit, and printed as
a Markdown table beside the paper's.
"""

import argparse
import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.summary import Estimate, summarize  # noqa: E402
from core.episode import Episode  # noqa: E402
from core.run import CHECKPOINT, provenance, read_json, read_lines, write_json  # noqa: E402
from core.settings import POLICIES  # noqa: E402
from core.task import TASKS  # noqa: E402

WAYS = ("baseline", "always", "random", "oracle")
TRAINED = {"train": "eval", "train_RL": "eval_RL"}

# asks, steps, success %: arXiv 2306.03604, table 1 (5 training seeds x 100 held-out layouts)
PAPER = {
    "SimpleDoorKey": {
        "baseline": (1.58, 64.9, 59),
        "always": (25.78, 25.78, 100),
        "random": (12.75, 26.55, 100),
        "train": (4.24, 29.20, 100),
    },
    "KeyInBox": {
        "baseline": (1.58, 65.49, 59),
        "always": (26.78, 26.78, 100),
        "random": (15.3, 27.46, 100),
        "train": (4.33, 29.01, 100),
    },
    "RandomBoxKey": {
        "baseline": (1.93, 61.71, 56),
        "always": (30.26, 30.26, 94),
        "random": (16.09, 30.2, 95),
        "train": (3.61, 34.41, 95),
    },
    "ColoredDoorKey": {
        "baseline": (2.01, 75.54, 43),
        "always": (61.96, 61.96, 49),
        "random": (23.75, 44.64, 81),
        "train": (3.29, 47.87, 83),
    },
}


@dataclass(frozen=True)
class Job:
    """One row of the table: a task, a verb, the seeds, and flags for all of its commands."""

    task: str
    verb: str
    seeds: tuple[int, ...]
    logdir: Path
    flags: tuple[str, ...]
    policy: str

    @property
    def save_name(self) -> str:
        """Directory of the row's runs; trained rows have one for each seed."""
        return f"bench_{self.verb}"

    def directory(self, name: str) -> Path:
        """Where a run of this row is kept."""
        return self.logdir / self.policy / self.task.lower() / name

    def commands(self) -> list[list[str]]:
        """What makes the row, in order."""
        common = ["--task", self.task, "--logdir", str(self.logdir), "--policy", self.policy]
        if self.verb in WAYS:
            return [[self.verb, "--save_name", self.save_name, *common]]
        made = []
        for seed in self.seeds:
            name = f"{self.save_name}_seed{seed}"
            resume = self.directory(name) / CHECKPOINT
            more = ["--resume"] if resume.exists() else []
            flags = ["--save_name", name, "--seed", str(seed), *common, *self.flags, *more]
            made.append([self.verb, *flags])
        for decide in ("argmax", "sample"):  # the last one's episodes stay
            flags = ["--save_name", self.save_name, *common, "--decide", decide]
            made.append([TRAINED[self.verb], *flags])
        return made

    def run(self) -> dict[str, object]:
        """Give the commands; returns the row with its numbers."""
        started = time.perf_counter()
        row: dict[str, object] = {"task": self.task, "verb": self.verb, "commands": []}
        shown: list[str] = []
        for command in self.commands():
            line = [sys.executable, str(ROOT / "main.py"), *command]
            done = subprocess.run(line, capture_output=True, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")
            shown.append("python main.py " + " ".join(x for x in command if x != "--resume"))
            if "--decide" in command:
                row[command[-1]] = self._numbers()
        if self.verb in WAYS:
            row["rule"] = self._numbers()
        row["commands"] = shown
        row["seconds"] = round(time.perf_counter() - started, 1)
        print(f"{self.task} {self.verb}: {row['seconds']} s", file=sys.stderr)
        return row

    def _numbers(self) -> dict[str, object]:
        """Means and intervals over all of the row's episodes, and each seed's own means."""
        names = [self.save_name]
        if self.verb in TRAINED:
            names = [f"{self.save_name}_seed{seed}" for seed in self.seeds]
        episodes: list[Episode] = []
        per_seed = []
        for name in names:
            lines = read_lines(self.directory(name) / "eval" / "episodes.jsonl")
            mine = [Episode.from_json(line) for line in lines]
            per_seed.append({key: one.mean for key, one in summarize(mine).items()})
            episodes += mine
        together = {key: one._asdict() for key, one in summarize(episodes).items()}
        return {"mean": together, "per_seed": per_seed}


def as_markdown(rows: list[dict[str, object]]) -> str:
    """The table: ours with 95 % intervals, the paper's beside it."""
    lines = [
        "| task | way | asks | steps | success % | paper: asks / steps / % |",
        "|---|---|---:|---:|---:|---:|",
    ]
    for row in rows:
        for kind in ("rule", "sample", "argmax"):
            if kind not in row:
                continue
            numbers = row[kind]
            assert isinstance(numbers, dict)
            estimates = {k: Estimate(**v) for k, v in numbers["mean"].items()}
            cells = [_cell(estimates[name], 1) for name in ("asks", "steps")]
            cells.append(_cell(estimates["success"], 100))
            theirs = PAPER[str(row["task"])].get(str(row["verb"])) if kind != "argmax" else None
            paper = " / ".join(f"{number:g}" for number in theirs) if theirs else ""
            way = str(row["verb"]) + ("" if kind == "rule" else f" ({kind})")
            lines.append(f"| {row['task']} | {way} | {' | '.join(cells)} | {paper} |")
    return "\n".join(lines)


def _cell(estimate: Estimate, scale: float) -> str:
    mean, low, high = (scale * value for value in estimate)
    return f"{mean:.2f} ({low:.2f}..{high:.2f})"


def main() -> None:
    """Run the rows, several at a time, and write them down."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=list(TASKS))
    parser.add_argument("--only", nargs="+", default=[*WAYS, *TRAINED], choices=[*WAYS, *TRAINED])
    parser.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    parser.add_argument("--quick", action="store_true", help="one seed, 30 iterations")
    parser.add_argument("--policy", default="ppo", choices=POLICIES)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--logdir", type=Path, default=Path("log/benchmark"))
    parser.add_argument("--name", default="table", help="results/NAME.json")
    parser.add_argument("--show", type=Path, help="print the table of a results file, run nothing")
    parser.add_argument("--flags", default="", help="more flags for the training commands, quoted")
    given = parser.parse_args()
    if given.show:
        print(as_markdown(read_json(given.show)["rows"]))
        return

    flags = [*given.flags.split(), *(["--n_itr", "30"] if given.quick else [])]
    seeds = (0,) if given.quick else tuple(given.seeds)
    logdir = given.logdir / "quick" if given.quick else given.logdir
    jobs = [
        Job(task, verb, seeds, logdir, tuple(flags), given.policy)
        for task in given.tasks
        for verb in given.only
    ]
    with ThreadPoolExecutor(given.processes) as pool:
        rows = list(pool.map(Job.run, jobs))
    table = as_markdown(rows)
    path = ROOT / "benchmarks" / "results" / f"{given.name}.json"
    write_json(path, {"command": " ".join(["python", *sys.argv]), **provenance(), "rows": rows})
    print(table)
    print(f"\nwritten to {path.relative_to(ROOT)}: {len(json.dumps(rows))} characters")


if __name__ == "__main__":
    main()
