"""Ablations: one choice at a time changed from the defaults, as tables and figures.

    python benchmarks/ablations.py                  # writes benchmarks/results/ablations.json and img/ablation_*.png
    python benchmarks/ablations.py --only features heads

Runs are kept in log/ablations; those that are finished are not repeated by the same code.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.files import read_json, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.settings import ManySettings, TrainSettings  # noqa: E402
from core.task import TASKS as ALL_TASKS  # noqa: E402
from experiments.aggregate import aggregate, format_means  # noqa: E402
from experiments.jobs import LEARNED, Job  # noqa: E402
from experiments.run_jobs import Measurement, run_jobs  # noqa: E402
from reports.figures import plot_ablation  # noqa: E402
from reports.rows import GREEDY, SAMPLED, Row  # noqa: E402

TASKS = ("KeyInBox", "ColoredDoorKey")
"""One with few distinct questions, and one with many."""
SEEDS = (0, 1)
Variants = Mapping[str, Mapping[str, Any]]
"""Name of a variant -> the training settings it changes; empty: the defaults."""


def _each(name: str, *values: Any) -> Variants:
    """A variant for each value of a setting; all choices share the runs of the defaults."""
    default = TrainSettings.__dataclass_fields__[name].default
    return {f"{value}": {} if value == default else {name: value} for value in values}


CHOICES: Mapping[str, Variants] = {
    "features": _each("features", "delta_codes", "delta_scene", "counts"),
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
        # the number of updates stays the same
        "32 episodes": {"traj_per_itr": 32, "num_envs": 32, "batch_size": 128},
        "64": {"traj_per_itr": 64, "num_envs": 64, "batch_size": 256},
        "128": {},
        "256": {"traj_per_itr": 256, "num_envs": 256, "batch_size": 1024},
    },
    "objective": _each("algo", "ppo", "vpg_ratio", "vpg_logp"),
}


def jobs_of(variant: Mapping[str, Any], settings: ManySettings) -> Iterator[Job]:
    """A training for each task and seed.

    Args:
        variant: training settings that it changes.
        settings: of all trainings.
    """
    name = "_".join(f"{key}-{value}" for key, value in variant.items()) or "default"
    common: dict[str, Any] = {"logdir": settings.logdir, "test_num": settings.test_num}
    if settings.n_itr:
        common["n_itr"] = settings.n_itr
    for task in settings.tasks:
        for seed in settings.seeds:
            training = TrainSettings(
                task=task,
                seed=seed,
                save_name=f"{name}_seed{seed}",
                eval_every=0,
                **{**common, **variant},
            )
            yield Job(LEARNED, training)


def rows_of(
    variants: Variants, settings: ManySettings, results: Mapping[Job, Sequence[Measurement]]
) -> list[Row]:
    """The rows of a choice, with the name of the variant as their policy."""
    return [
        replace(row, policy=name)
        for name, variant in variants.items()
        for row in aggregate(list(jobs_of(variant, settings)), results)
    ]


def as_markdown(rows: Sequence[Row]) -> str:
    """Questions / steps / success %, sampled and greedy, a line for each variant."""
    tasks = list(dict.fromkeys(row.task for row in rows))
    lines = ["| | " + " | ".join(f"{task}, {SAMPLED} | {GREEDY}" for task in tasks) + " |"]
    lines.append("|---|" + "---:|" * (2 * len(tasks)))
    cells = {(row.policy, row.task, row.action_selection): format_means(row) for row in rows}
    columns = list(product(tasks, (SAMPLED, GREEDY)))
    for variant in dict.fromkeys(row.policy for row in rows):
        lines.append(f"| {variant} | {' | '.join(cells[variant, *column] for column in columns)} |")
    return "\n".join(lines) + "\n"


def read_document(path: Path) -> dict[str, Any]:
    """The results of other choices, their rows under today's names; empty if there are none."""
    document = read_json(path) if path.exists() else {}
    for choice in document.values():
        choice["rows"] = [Row.from_json(row).to_json() for row in choice["rows"]]
    return document


def main(arguments: Sequence[str]) -> None:
    """Train every variant; write tables and figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", choices=CHOICES, default=list(CHOICES), metavar="CHOICE"
    )
    parser.add_argument("--tasks", nargs="+", choices=list(ALL_TASKS), default=list(TASKS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--n_itr", type=int, default=0, help="iterations; 0: the default of train")
    parser.add_argument("--test_num", type=int, default=100, help="evaluation seeds: 0, 1, ...")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--logdir", default="log/ablations")
    parser.add_argument(
        "--out", default="", help="directory of all files (default: those of the repository)"
    )
    given = parser.parse_args(arguments)

    settings = ManySettings(
        tasks=tuple(given.tasks),
        seeds=tuple(given.seeds),
        n_itr=given.n_itr,
        test_num=given.test_num,
        processes=given.processes,
        logdir=given.logdir,
    )
    choices = {name: variants for name, variants in CHOICES.items() if name in given.only}
    jobs = [
        job
        for variants in choices.values()
        for variant in variants.values()
        for job in jobs_of(variant, settings)
    ]
    results = run_jobs(list(dict.fromkeys(jobs)), settings)
    tables = Path(given.out or ROOT / "benchmarks" / "results")
    figures = Path(given.out or ROOT / "img")
    figures.mkdir(parents=True, exist_ok=True)
    document = read_document(tables / "ablations.json")
    command = " ".join(["python", *sys.argv])
    for name, variants in choices.items():
        rows = rows_of(variants, settings, results)
        of_choice = {"command": command, **provenance(), "rows": [row.to_json() for row in rows]}
        document[name] = of_choice
        plot_ablation(rows, figures / f"ablation_{name}.png")
        print(f"## {name}\n\n{as_markdown(rows)}")
    write_json(tables / "ablations.json", document)


if __name__ == "__main__":
    main(sys.argv[1:])
