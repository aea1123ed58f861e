"""What each choice is worth: one at a time away from the defaults, as tables and pictures.

    python benchmarks/ablations.py                  # writes benchmarks/results/ablations.json and img/ablation_*.png
    python benchmarks/ablations.py --only features heads

Runs are kept in log/ablations and found again by the next attempt of the same code.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.pictures import draw_choices  # noqa: E402
from agents.units import LEARNED, Unit, cell, play_all, summarize_rows  # noqa: E402
from core.run import provenance, read_json, write_json  # noqa: E402
from core.settings import ManySettings, TrainSettings  # noqa: E402

TASKS = ("KeyInBox", "ColoredDoorKey")
"""One whose questions are few, and one whose questions are many."""
SEEDS = (0, 1)


@dataclass(frozen=True)
class Choice:
    """One thing that could have been done otherwise.

    Attributes:
        name: of the picture.
        variants: what it is called -> settings of training; nothing means the defaults.
    """

    name: str
    variants: Mapping[str, Mapping[str, Any]]


def _each(name: str, *values: Any) -> Mapping[str, Mapping[str, Any]]:
    """A variant for each value of a setting; the default is shared by all choices."""
    default = TrainSettings.__dataclass_fields__[name].default
    return {f"{value}": {} if value == default else {name: value} for value in values}


CHOICES = (
    Choice("features", _each("features", "difference", "scene", "news")),
    Choice("heads", _each("heads", "single", "option")),
    Choice(
        "price",
        {
            "paper": {},
            "code": {"ask_cost": "code"},
            "each": {"ask_cost": "each"},
            "paper, 0.003": {"ask_lambda": 0.003},
            "paper, 0.03": {"ask_lambda": 0.03},
            "budget 3.5": {"ask_budget": 3.5, "ask_cost": "each"},
        },
    ),
    Choice("lam", _each("lam", 0.3, 0.6, 0.8, 0.95, 1.0)),
    Choice("entropy", _each("entropy_coef", 0.0, 0.01, 0.02, 0.05)),
    Choice(
        "rollout",
        {
            # as many updates each
            "32 episodes": {"traj_per_itr": 32, "num_envs": 32, "batch_size": 128},
            "64": {"traj_per_itr": 64, "num_envs": 64, "batch_size": 256},
            "128": {},
            "256": {"traj_per_itr": 256, "num_envs": 256, "batch_size": 1024},
        },
    ),
    Choice("objective", _each("policy", "ppo", "vpg_ratio", "vpg_logp")),
)


def units_of(variant: Mapping[str, Any], logdir: str) -> Iterator[Unit]:
    """A training for each task and seed."""
    name = "_".join(f"{key}-{value}" for key, value in variant.items()) or "default"
    for task in TASKS:
        for seed in SEEDS:
            common = {"task": task, "seed": seed, "logdir": logdir, "eval_every": 0}
            save_name = f"{name}_seed{seed}"
            yield Unit(LEARNED, TrainSettings(save_name=save_name, **common, **variant))


def rows_of(choice: Choice, logdir: str, results: Mapping[Unit, Any]) -> list[dict[str, Any]]:
    """The choice's lines, each with its variant's name."""
    return [
        {**row, "way": name}
        for name, variant in choice.variants.items()
        for row in summarize_rows(list(units_of(variant, logdir)), results)
    ]


def as_markdown(rows: Sequence[Mapping[str, Any]]) -> str:
    """Questions / steps / success %, sampled and by argmax, a line for each variant."""
    lines = ["| | " + " | ".join(f"{task}, sampled | by argmax" for task in TASKS) + " |"]
    lines.append("|---|" + "---:|" * (2 * len(TASKS)))
    cells: dict[str, list[str]] = {}
    for task in TASKS:
        for decide in ("sample", "argmax"):
            for row in rows:
                if (row["task"], row["decide"]) == (task, decide):
                    cells.setdefault(row["way"], []).append(cell(row))
    lines += [f"| {way} | {' | '.join(line)} |" for way, line in cells.items()]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Train every variant, write tables and pictures."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = [choice.name for choice in CHOICES]
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="CHOICE")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--logdir", default="log/ablations")
    given = parser.parse_args()

    choices = [choice for choice in CHOICES if choice.name in given.only]
    units = [
        unit
        for choice in choices
        for variant in choice.variants.values()
        for unit in units_of(variant, given.logdir)
    ]
    settings = ManySettings(logdir=given.logdir, processes=given.processes)
    results = play_all(list(dict.fromkeys(units)), settings)
    path = ROOT / "benchmarks" / "results" / "ablations.json"
    document = read_json(path) if path.exists() else {}
    command = " ".join(["python", *sys.argv])
    for choice in choices:
        rows = rows_of(choice, given.logdir, results)
        document[choice.name] = {"command": command, **provenance(), "rows": rows}
        draw_choices(rows, ROOT / "img" / f"ablation_{choice.name}.png")
        print(f"## {choice.name}\n\n{as_markdown(rows)}")
    write_json(path, document)


if __name__ == "__main__":
    main()
