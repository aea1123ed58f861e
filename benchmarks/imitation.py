"""What a tiny model from scratch learns of ALFWorld by imitation, on two cores.

    python benchmarks/imitation.py
    python benchmarks/imitation.py --seeds 0 1 2

The scripted player's episodes of all training games, and of games with other goals in the same rooms, are imitated,
without rules in the prompt and without thoughts. The model then plays the 134 unseen games, each action the most likely of those that are possible. Runs are kept in
log/imitation_benchmark; what is finished is not repeated. Written to benchmarks/results/imitation.json.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.episode import Episode  # noqa: E402
from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.task import TEXT_TASKS  # noqa: E402
from envs.text.cases import kind_of  # noqa: E402
from main import run_verb  # noqa: E402
from reports.statistics import summarize_runs  # noqa: E402

TASK = "alfworld"
FLAGS: Mapping[str, Any] = {
    "task": TASK,
    "model_path": "tiny",
    "agent": "act",
    "no_rules": True,
    "constrained": True,
    "loss_on": "all",
    "train_num": 20_000,
    "other_actions": 4,
    "sft_epochs": 1,
    "sft_batch_size": 8,
    "sft_lr": 3e-3,
    "dtype": "bfloat16",
    "max_length": 600,
    "micro_tokens": 4096,
    "num_active": 134,
}
LOGDIR = ROOT / "log" / "imitation_benchmark"
RESULTS = ROOT / "benchmarks" / "results" / "imitation.json"


def play(seed: int) -> Sequence[Episode]:
    """The test episodes of a model that was trained with a seed."""
    flags = {**FLAGS, "save_name": f"seed{seed}", "seed": seed, "logdir": str(LOGDIR)}
    [evaluation] = run_verb("sft", **flags, resume=True)
    episodes: Sequence[Episode] = evaluation.episodes
    return episodes


def by_kind(episodes: Sequence[Episode]) -> dict[str, list[int]]:
    """Games that were won, and all, of each kind."""
    counts: dict[str, list[int]] = {}
    for episode in episodes:
        of_kind = counts.setdefault(kind_of(TEXT_TASKS[TASK], episode.case), [0, 0])
        of_kind[0] += episode.success
        of_kind[1] += 1
    return counts


def main() -> None:
    """Train, play, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    seeds = parser.parse_args().seeds
    runs = [play(seed) for seed in seeds]
    estimates = summarize_runs(runs)
    document = {
        "command": f"python benchmarks/imitation.py --seeds {' '.join(map(str, seeds))}",
        **provenance(),
        "flags": dict(FLAGS),
        "success": list(estimates["success"]),
        "steps": list(estimates["steps"]),
        "seeds": {
            seed: {"won": sum(one.success for one in run), "games": len(run), "kinds": by_kind(run)}
            for seed, run in zip(seeds, runs, strict=True)
        },
    }
    write_json(RESULTS, document)
    print(document["success"], document["seeds"])


if __name__ == "__main__":
    main()
