"""What each choice is worth: one at a time away from the defaults, as tables and pictures.

    python benchmarks/ablations.py                  # writes benchmarks/results/ablations.json and img/ablation_*.png
    python benchmarks/ablations.py --only features heads

Runs are kept in log/ablations and found again by the next attempt of the same code.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.files import read_json, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.settings import ManySettings, TrainSettings  # noqa: E402
from experiments.jobs import DECIDE, LEARNED, Job, cell, run_jobs, summarize_rows  # noqa: E402
from reports.figures import plot_ablation  # noqa: E402

TASKS = ("KeyInBox", "ColoredDoorKey")
"""One whose questions are few, and one whose questions are many."""
SEEDS = (0, 1)


Variants = Mapping[str, Mapping[str, Any]]
"""What a variant is called -> settings of training; nothing means the defaults."""


def _each(name: str, *values: Any) -> Variants:
    """A variant for each value of a setting; the default is shared by all choices."""
    default = TrainSettings.__dataclass_fields__[name].default
    return {f"{value}": {} if value == default else {name: value} for value in values}


CHOICES: Mapping[str, Variants] = {
    "features": _each("features", "difference", "scene", "news"),
    "heads": _each("heads", "single", "option"),
    "price": {
        "paper": {},
        "code": {"ask_cost": "code"},
        "each": {"ask_cost": "each"},
        "paper, 0.003": {"ask_lambda": 0.003},
        "paper, 0.03": {"ask_lambda": 0.03},
        "budget 3.5": {"ask_budget": 3.5, "ask_cost": "each"},
    },
    "lam": _each("lam", 0.3, 0.6, 0.8, 0.95, 1.0),
    "entropy": _each("entropy_coef", 0.0, 0.01, 0.02, 0.05),
    "rollout": {
        # as many updates each
        "32 episodes": {"traj_per_itr": 32, "num_envs": 32, "batch_size": 128},
        "64": {"traj_per_itr": 64, "num_envs": 64, "batch_size": 256},
        "128": {},
        "256": {"traj_per_itr": 256, "num_envs": 256, "batch_size": 1024},
    },
    "objective": _each("policy", "ppo", "vpg_ratio", "vpg_logp"),
}


def units_of(variant: Mapping[str, Any], logdir: str) -> Iterator[Job]:
    """A training for each task and seed."""
    name = "_".join(f"{key}-{value}" for key, value in variant.items()) or "default"
    for task in TASKS:
        for seed in SEEDS:
            common: dict[str, Any] = {"task": task, "seed": seed, "logdir": logdir, "eval_every": 0}
            save_name = f"{name}_seed{seed}"
            yield Job(LEARNED, TrainSettings(save_name=save_name, **common, **variant))


def rows_of(variants: Variants, logdir: str, results: Mapping[Job, Any]) -> list[dict[str, Any]]:
    """The lines of a choice, each with its variant's name."""
    return [
        {**row, "way": name}
        for name, variant in variants.items()
        for row in summarize_rows(list(units_of(variant, logdir)), results)
    ]


def as_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Questions / steps / success %, sampled and by argmax, a line for each variant."""
    lines = ["| | " + " | ".join(f"{task}, sampled | by argmax" for task in TASKS) + " |"]
    lines.append("|---|" + "---:|" * (2 * len(TASKS)))
    cells = {(row["way"], row["task"], row["decide"]): cell(row) for row in rows}
    columns = list(product(TASKS, DECIDE))
    for way in dict.fromkeys(row["way"] for row in rows):
        lines.append(f"| {way} | {' | '.join(cells[way, *column] for column in columns)} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Train every variant, write tables and pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=CHOICES, default=list(CHOICES), metavar="CHOICE"
    )
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--logdir", default="log/ablations")
    given = parser.parse_args()

    choices = {name: variants for name, variants in CHOICES.items() if name in given.only}
    jobs = [
        job
        for variants in choices.values()
        for variant in variants.values()
        for job in units_of(variant, given.logdir)
    ]
    settings = ManySettings(logdir=given.logdir, processes=given.processes)
    results = run_jobs(list(dict.fromkeys(jobs)), settings)
    path = ROOT / "benchmarks" / "results" / "ablations.json"
    document = read_json(path) if path.exists() else {}
    command = " ".join(["python", *sys.argv])
    for name, variants in choices.items():
        rows = rows_of(variants, given.logdir, results)
        document[name] = {"command": command, **provenance(), "rows": rows}
        plot_ablation(rows, ROOT / "img" / f"ablation_{name}.png")
        print(f"## {name}\n\n{as_markdown(rows)}")
    write_json(path, document)


if __name__ == "__main__":
    main()
