"""Commands that are killed at random moments and given again, compared with the same ones left alone.

    python tests/kills.py                      100 kills, about half an hour on two busy cores
    python tests/kills.py --kills 10 --seed 3  fewer, at other moments
    python tests/kills.py --only eto           only some of the commands

From Python: ``kill_commands(kills, seed, folder)`` returns the figures as a dictionary, and what went wrong under
``"problems"``. Each command is killed by SIGKILL, SIGTERM or SIGINT up to three times, and given again until it ends
by itself. Checked: the exit status (130 or 143, one line, no traceback); no process outlives the command by more than
`PATIENCE` seconds; in the end weights, metrics and results are equal to the undisturbed ones, bit for bit.
"""

import argparse
import hashlib
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.learnact.lessons import LESSONS  # noqa: E402
from agents.learnact.records import ACTIONS, FUNCTIONS  # noqa: E402
from core.console import echo  # noqa: E402
from core.files import read_json, read_lines  # noqa: E402
from core.run import (  # noqa: E402
    BEST,
    CANDIDATE,
    CHECKPOINT,
    DEMONSTRATIONS,
    EPISODES,
    METRICS,
    MODEL,
    PAIRS,
    RESULT,
    SUMMARY,
)
from reports.trials import MEMORY  # noqa: E402
from runner.training.checkpoint import SavedModel  # noqa: E402

PATIENCE = 5.0
"""Seconds in which an interrupted command, and every process it has started, must have ended."""
START_UP = 0.7
"""Seconds after which a command has begun; before, Python itself is loading."""
KINDS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
TRAINING = "--n_itr 24 --traj_per_itr 32 --eval_every 8 --test_num 20 --save_name x"
COMMANDS = {
    "train": f"train {TRAINING}",
    "train with a budget": f"train {TRAINING} --task KeyInBox --ask_budget 3",
    "train_RL": f"train_RL {TRAINING} --engine readable --num_envs 8 --n_itr 6",
    "baseline": "baseline --engine readable --test_num 200 --save_name x",
    "table": "table --tasks SimpleDoorKey --policies learned baseline --seeds 0 1 --skill_sets paper "
    "--quick --n_itr 3 --traj_per_itr 16 --test_num 10 --processes 2",
    "reflexion": "reflexion --task alfworld --num_envs 40 --num_trials 3 --use_memory --run_name x",
    "learnact": "learnact --task tyreworld --save_name x",
    "act_reflexion": "act_reflexion --task tyreworld --save_name x",
    "eto": "eto --task gripper --save_name x --model_path tiny:32x1 --agent act --train_num 6 --num_active 3 "
    "--constrained --other_actions 2 --explore_num 4 "
    "--dev_num 2 --test_num 2 --max_steps 6 --max_tokens 8 --num_iterations 2 --sft_epochs 2 --dpo_batch_size 2",
}
"""What is killed; trainings and trials are given again with --resume, the others as they were."""
BEGUN = {
    "train": CHECKPOINT,
    "train_RL": CHECKPOINT,
    "reflexion": EPISODES,
    "learnact": EPISODES,
    "act_reflexion": EPISODES,
    "eto": EPISODES,
}
"""The file by which a run can be resumed, by the verb."""


def kill_commands(
    kills: int, seed: int, folder: Path, names: Sequence[str] = tuple(COMMANDS)
) -> dict[str, Any]:
    """Kill commands at random moments, in turn, until there have been that many kills.

    Args:
        kills: how many.
        seed: of the moments and the signals.
        folder: of the runs.
        names: of the commands.
    """
    rng = random.Random(seed)
    undisturbed: dict[str, tuple[dict[str, Any], float]] = {}
    trials: list[Trial] = []
    while sum(sum(trial.kills.values()) for trial in trials) < kills:
        name = names[len(trials) % len(names)]
        if name not in undisturbed:
            undisturbed[name] = leave_alone(name, folder / "undisturbed")
        expected, seconds = undisturbed[name]
        trial = Trial(name, folder / f"{len(trials)}", seconds, rng)
        trial.run(expected)
        echo("\n  ".join((f"{name}: killed {dict(trial.kills)}", *trial.problems)))
        trials.append(trial)
        shutil.rmtree(trial.folder)
    total: Counter[str] = sum((trial.kills for trial in trials), Counter())
    return {
        "commands": len(trials),
        "kills": dict(total),
        "problems": [problem for trial in trials for problem in trial.problems],
    }


class Trial:
    """One command, killed a few times.

    Args:
        name: of the command.
        folder: of its runs.
        seconds: that it takes undisturbed.
        rng: draws moments and signals.

    Attributes:
        kills: how often each signal ended it.
        problems: what went wrong, in words.
    """

    def __init__(self, name: str, folder: Path, seconds: float, rng: random.Random) -> None:
        self.name = name
        self.folder = folder
        self.kills: Counter[str] = Counter()
        self.problems: list[str] = []
        self._seconds = seconds
        self._rng = rng

    def run(self, expected: dict[str, Any]) -> None:
        """Kill it up to three times, then let it end, and compare what it leaves with `expected`."""
        for _ in range(self._rng.randint(1, 3)):
            if not self._kill():
                break
        else:
            status, said = Command(self.name, self.folder).wait(None)
            if status:
                self._report(f"status {status} in the end: {said[-300:]}")
        found = contents(self.folder)
        for file in sorted(expected.keys() | found.keys()):
            if expected.get(file) != found.get(file):
                self._report(f"{file} differs from that of the undisturbed command")

    def _kill(self) -> bool:
        """Kill it once; False if it had ended before."""
        kind = self._rng.choice(KINDS)
        command = Command(self.name, self.folder)
        time.sleep(self._rng.uniform(START_UP, max(START_UP, self._seconds)))
        children = command.children()
        if not command.send(kind):
            return False
        status, said = command.wait(PATIENCE)
        if status == 0:  # the signal came while Python was shutting down, after all the work
            return False
        self.kills[kind.name] += 1
        right = -kind if kind == signal.SIGKILL else 128 + kind
        if status != right:
            self._report(f"status {status} after {kind.name}: {said[-300:]}")
        if kind != signal.SIGKILL and ("Traceback" in said or "interrupted; resume" not in said):
            self._report(f"it said after {kind.name}: {said[-300:]}")
        _, alive = psutil.wait_procs(children, timeout=PATIENCE)
        if alive:
            self._report(f"after {kind.name} these went on: {alive}")
        return True

    def _report(self, problem: str) -> None:
        self.problems.append(f"{self.name} {dict(self.kills)}: {problem}")


class Command:
    """A command of the program in a process of its own."""

    def __init__(self, name: str, folder: Path) -> None:
        words = [*COMMANDS[name].split(), "--logdir", str(folder)]
        if words[0] in BEGUN and folder.exists():
            is_begun = any(folder.rglob(BEGUN[words[0]]))
            words.append("--resume" if is_begun else "--overwrite")
        folder.parent.mkdir(parents=True, exist_ok=True)
        self._said = folder.with_name(f"{folder.name}.txt")
        with self._said.open("w") as output:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "main.py"), *words],
                stdout=subprocess.DEVNULL,
                stderr=output,
                # whoever started this may ignore them (nohup does)
                preexec_fn=lambda: [signal.signal(kind, signal.SIG_DFL) for kind in KINDS[1:]],
            )

    def children(self) -> list[psutil.Process]:
        """Every process that it has started."""
        try:
            return psutil.Process(self._process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def send(self, kind: signal.Signals) -> bool:
        """Send it a signal; False if it has ended."""
        is_running = self._process.poll() is None
        self._process.send_signal(kind)
        return is_running

    def wait(self, seconds: float | None) -> tuple[int, str]:
        """Its exit status, and what it said on stderr; it is killed if it takes longer."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return self._process.returncode, self._said.read_text(errors="replace")


def leave_alone(name: str, folder: Path) -> tuple[dict[str, Any], float]:
    """What a command leaves, and the seconds it takes once everything is compiled and cached."""
    for each in (folder / "first" / name, folder / "second" / name):
        started = time.monotonic()
        status, said = Command(name, each).wait(None)
        seconds = time.monotonic() - started
        if status:
            raise SystemExit(f"{name} fails undisturbed with status {status}: {said[-1000:]}")
    return contents(each), seconds


def contents(folder: Path) -> dict[str, Any]:
    """Everything that must not depend on kills: file -> weights, rows or results, without times and versions."""
    found: dict[str, Any] = {}
    for path in folder.rglob("*"):
        value: Any = None
        if path.name == MODEL:
            weights = SavedModel.load(path, "cpu").weights
            value = {layer: tensor.numpy().tobytes() for layer, tensor in weights.items()}
        elif path.name == METRICS:
            value = [
                {key: number for key, number in row.items() if not key.startswith("time")}
                for row in read_lines(path)
            ]
        elif path.name == RESULT:
            value = read_json(path)["measurements"]
        elif path.name == SUMMARY:
            summary = read_json(path)
            value = summary.get("summary", summary.get("solved"))
        elif path.name == EPISODES:
            value = sorted(json.dumps(_without_seconds(row)) for row in read_lines(path))
        elif path.name in (MEMORY, CANDIDATE):
            value = read_json(path)
        elif path.name in (FUNCTIONS, ACTIONS, LESSONS, DEMONSTRATIONS, PAIRS, BEST):
            value = path.read_text("utf-8")
        elif path.suffix == ".safetensors":
            value = hashlib.sha256(path.read_bytes()).hexdigest()
        elif path.suffix == ".tmp":
            value = "left over"
        if value is not None:
            found[str(path.relative_to(folder))] = value
    return found


def _without_seconds(row: dict[str, Any]) -> dict[str, Any]:
    """A row of an episode without the time that a model in this process took."""
    for step in row["steps"]:
        step.get("usage", {}).pop("seconds", None)
    return row


def main() -> None:
    """Kill, print the figures, and end with status 1 if anything went wrong."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=100, help="how many (default: 100)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    parser.add_argument("--only", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    flags = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = kill_commands(flags.kills, flags.seed, Path(folder), flags.only)
    echo(json.dumps(figures, indent=2))
    sys.exit(bool(figures["problems"]))


if __name__ == "__main__":
    main()
