"""What learning from failures brings beside supervised training: ETO and its controls, three experiments each.

    python benchmarks/eto.py               all suites
    python benchmarks/eto.py --only rooms  one of them

Each experiment draws other weights and other explorations. Runs are kept in log/eto_benchmark; what is finished is not
repeated. Written to benchmarks/results/eto.json, and printed as Markdown.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from agents.eto.run import EtoRun, rows_of  # noqa: E402
from benchmarks.imitation import AMONG_OTHERS, FLAGS, by_kind, imitate  # noqa: E402
from benchmarks.reflexion import table  # noqa: E402
from core.files import read_json, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from main import run_verb  # noqa: E402
from reports.statistics import summarize_runs  # noqa: E402

EXPERIMENTS = (0, 1, 2)
LOGDIR = ROOT / "log" / "eto_benchmark"
RESULTS = ROOT / "benchmarks" / "results" / "eto.json"
ROOMS: Mapping[str, Any] = {
    "task": "RandomBoxKey",
    "model_path": "tiny:96x2",
    "agent": "act",
    "expert": "novice",
    "train_num": 100,
    "dev_num": 40,
    "test_num": 50,
    "max_steps": 12,
    "max_tokens": 12,
    "num_active": 50,
    "sft_batch_size": 4,
    "sft_epochs": 8,
    "num_iterations": 2,
    "explore_temperature": 1.0,
}
HOUSEHOLD: Mapping[str, Any] = {**FLAGS, "num_processes": 1, "expert": "forgetful", "max_steps": 25}
SUITES: Mapping[str, Mapping[str, Any]] = {
    "rooms": ROOMS,
    "more_rooms": {**ROOMS, "train_num": 200, "dev_num": 60, "test_num": 100, "num_iterations": 3},
    "household": {
        **HOUSEHOLD,
        **AMONG_OTHERS,
        "train_num": 6_000,
        "explore_num": 600,
        "dev_num": 70,
        "num_iterations": 3,
        "dpo_lr": (1e-4, 5e-5),
        "beta": (0.1, 0.5),
    },
}
"""Flags of each suite: ``rooms`` are those of ``make demo-eto``, ``more_rooms`` has twice the cases and three rounds, and
``household`` is ALFWorld with an expert that forgets to clean, heat and cool. Its model has seen games with other goals
before (`BEFORE`), see benchmarks/imitation.py; from the second round on, the learning rate is half and beta five times
as large, as published for large models: without that, the second round lost what the first had won."""
BEFORE: Mapping[str, Mapping[str, Any]] = {
    "household": {**HOUSEHOLD, "train_num": 20_000, "sft_epochs": 1}
}
"""Flags of the supervised training with which the model of a suite begins, once for all experiments."""
QUANTITIES = ("success", "score", "steps")


def measure(suite: str, experiments: Sequence[int]) -> dict[str, Any]:
    """Run experiments of a suite.

    Returns:
        For each agent the means over experiments and test cases with 95 % intervals, the success of each experiment,
        and how many cases of each kind were solved; and which round was the best on the dev cases, and how many pairs
        there were.
    """
    start = {}
    if suite in BEFORE:
        stage, _ = imitate(f"before_{suite}", LOGDIR, {**BEFORE[suite], "no_eval": True})
        start = {"model_path": str(stage / "model")}
    runs: list[EtoRun] = run_verb(
        "eto",
        **{**SUITES[suite], **start},
        save_name=suite,
        logdir=str(LOGDIR),
        exp_id=tuple(experiments),
        resume=True,
    )
    agents = {}
    for name, episodes in rows_of(runs).items():
        estimates = summarize_runs(episodes)
        agents[name] = {
            **{quantity: list(estimates[quantity]) for quantity in QUANTITIES},
            "success of each experiment": [
                sum(one.success for one in each) / len(each) for each in episodes
            ],
            "kinds": by_kind(SUITES[suite]["task"], chain(*episodes)),
        }
    ids = " ".join(map(str, experiments))
    return {
        "command": f"python benchmarks/eto.py --only {suite} --experiments {ids}",
        **provenance(),
        "flags": dict(SUITES[suite]),
        "flags before": dict(BEFORE.get(suite, {})),
        "experiments": list(experiments),
        "agents": agents,
        "best": [run.best.name for run in runs],
        "pairs": [[len(one.pairs.kept) for one in run.rounds] for run in runs],
        "gradient_steps": [[one.num_steps for one in run.rounds] for run in runs],
    }


def as_markdown(suite: str, measured: Mapping[str, Any]) -> str:
    """A table of a suite."""
    head = [suite, "success, % (95 %)", "of each experiment", "steps"]
    return "\n".join([*table(head, list(_rows(measured["agents"]))), ""])


def _rows(agents: Mapping[str, Mapping[str, Sequence[float]]]) -> Iterable[list[str]]:
    for name, of_agent in agents.items():
        mean, low, high = (f"{100 * value:.0f}" for value in of_agent["success"])
        each = ", ".join(f"{100 * value:.0f}" for value in of_agent["success of each experiment"])
        yield [name, f"{mean} ({low}-{high})", each, f"{of_agent['steps'][0]:.1f}"]


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", nargs="+", choices=SUITES, default=list(SUITES))
    parser.add_argument("--experiments", nargs="+", type=int, default=list(EXPERIMENTS))
    given = parser.parse_args()
    measured = read_json(RESULTS)["suites"] if RESULTS.exists() else {}
    for suite in given.only:
        measured[suite] = measure(suite, given.experiments)
        write_json(RESULTS, {"suites": measured})
        print(as_markdown(suite, measured[suite]))


if __name__ == "__main__":
    main()
