"""What a tiny model from scratch learns of ALFWorld by imitation, on two cores.

    python benchmarks/imitation.py                       all suites
    python benchmarks/imitation.py --only other_actions --seeds 0 1 2

The scripted player's episodes are imitated, without rules in the prompt and without thoughts. The model then plays the
134 unseen games, each action the most likely of those that are possible. The suites differ in the games that are
imitated, and in whether the expert's actions are learned among others that were possible. Runs are kept in
log/imitation_benchmark; what is finished is not repeated. Written to benchmarks/results/imitation.json, where other
seeds of the same flags stay.
"""

import argparse
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.episode import Episode  # noqa: E402
from core.files import read_json, read_lines, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.task import TEXT_TASKS  # noqa: E402
from envs.text.cases import kind_of  # noqa: E402
from main import run_verb  # noqa: E402
from reports.statistics import summarize  # noqa: E402
from runner.evaluation.evaluate import Evaluation  # noqa: E402

TASK = "alfworld"
FLAGS: Mapping[str, Any] = {
    "task": TASK,
    "model_path": "tiny",
    "agent": "act",
    "no_rules": True,
    "constrained": True,
    "loss_on": "all",
    "dtype": "bfloat16",
    "max_length": 600,
    "micro_tokens": 4096,
    "num_active": 134,
    "num_processes": 2,
}
AMONG_OTHERS: Mapping[str, Any] = {"sft_epochs": 1, "sft_lr": 1e-3, "other_actions": 4}
SUITES: Mapping[str, Mapping[str, Any]] = {
    "published": {"sft_epochs": 5},
    "other_goals": {"train_num": 20_000, "sft_epochs": 1},
    "other_actions": {"train_num": 10_000, **AMONG_OTHERS},
    "quarter_hour": {"train_num": 6_000, **AMONG_OTHERS},
    "short_goals": {"train_num": 10_000, "sft_epochs": 1},
    "short": {"train_num": 8_000, **AMONG_OTHERS},
}
"""``published``: the published training games, five times. ``other_goals``: these, and 16,447 with other goals in the same
rooms, once. ``other_actions``: more training of the model of ``other_goals``, with the expert's actions among others.
``quarter_hour`` has fewer of them, so that both trainings take less than that on two free cores. ``short_goals`` and
``short`` have half of the games with other goals, and fewer among others, too."""
BEGUN_BY = {"other_actions": "other_goals", "quarter_hour": "other_goals", "short": "short_goals"}
"""The suites whose training starts from the model of another suite."""
LOGDIR = ROOT / "log" / "imitation_benchmark"
RESULTS = ROOT / "benchmarks" / "results" / "imitation.json"


def imitate(name: str, logdir: Path, flags: Mapping[str, Any]) -> tuple[Path, list[Evaluation]]:
    """Run `sft`; returns the directory of the stage and the evaluations. What is finished is not repeated."""
    evaluations = run_verb("sft", **flags, save_name=name, logdir=str(logdir), resume=True)
    return logdir / "sft" / flags["task"] / name / "sft", evaluations


def play(suite: str, seed: int) -> tuple[Path, Sequence[Episode]]:
    """Train with a seed, and play; returns the directory of the stage and the test episodes."""
    start = {}
    if suite in BEGUN_BY:
        stage, _ = play(BEGUN_BY[suite], seed)
        start = {"model_path": str(stage / "model")}
    flags = {**FLAGS, **SUITES[suite], **start, "seed": seed}
    stage, [evaluation] = imitate(f"{suite}{seed}", LOGDIR, flags)
    return stage, evaluation.episodes


def by_kind(task: str, episodes: Iterable[Episode]) -> dict[str, list[int]]:
    """Cases of a task that were solved, and all, of each kind."""
    counts: dict[str, list[int]] = {}
    for episode in episodes:
        of_kind = counts.setdefault(kind_of(TEXT_TASKS[task], episode.case), [0, 0])
        of_kind[0] += episode.success
        of_kind[1] += 1
    return counts


def measure(suite: str, seed: int) -> dict[str, Any]:
    """Train and play with a seed; the time is what this call takes, without what was finished before."""
    started = time.perf_counter()
    stage, episodes = play(suite, seed)
    minutes = (time.perf_counter() - started) / 60
    summary = summarize(episodes)
    return {
        "command": f"python benchmarks/imitation.py --only {suite} --seeds {seed}",
        **provenance(),
        "minutes": round(minutes, 1),
        "gradient_steps": len(read_lines(stage / "metrics.jsonl")),
        "won": sum(one.success for one in episodes),
        "games": len(episodes),
        "success": list(summary["success"]),
        "steps": list(summary["steps"]),
        "kinds": by_kind(TASK, episodes),
    }


def main() -> None:
    """Train, play, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=SUITES, default=list(SUITES))
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    given = parser.parse_args()
    measured = read_json(RESULTS) if RESULTS.exists() else {}
    for suite in given.only:
        flags = {**FLAGS, **SUITES[suite]}
        earlier = measured.get(suite, {})
        seeds = earlier["seeds"] if earlier.get("flags") == flags else {}
        for seed in given.seeds:
            seeds = {**seeds, str(seed): measure(suite, seed)}
            measured[suite] = {"flags": flags, "seeds": dict(sorted(seeds.items()))}
            write_json(RESULTS, measured)
            print(suite, seed, seeds[str(seed)]["success"])


if __name__ == "__main__":
    main()
