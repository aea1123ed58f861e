"""What lessons from training cases bring the scripted beginner: act against act_reflexion in held-out cases.

    python benchmarks/lessons.py                 robotic planning and the kinds of ALFWorld, three experiments each
    python benchmarks/lessons.py --only gripper  one task

Without lessons the same beginner plays the first trial of reflexion. Runs are kept in log/lessons_benchmark, and
those that are finished are not repeated. Written to benchmarks/results/lessons.json.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.episode import Episode  # noqa: E402
from core.files import read_json, write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.run import LEARN_RESULTS, SUMMARY  # noqa: E402
from core.task import HOUSEHOLD_KINDS, PLANNING_DOMAINS  # noqa: E402
from main import run_verb  # noqa: E402
from reports.statistics import mean_over_runs  # noqa: E402

EXPERIMENTS = (0, 1, 2)
LOGDIR = ROOT / "log" / "lessons_benchmark"
RESULTS = ROOT / "benchmarks" / "results" / "lessons.json"


def main() -> None:
    """Play, compare and write."""
    parser = argparse.ArgumentParser()
    tasks = (*PLANNING_DOMAINS, *HOUSEHOLD_KINDS)
    parser.add_argument("--only", nargs="+", choices=tasks, default=tasks)
    only = parser.parse_args().only
    compared = read_json(RESULTS)["tasks"] if RESULTS.exists() else {}
    for task in only:
        compared[task] = compare(task)
        command = f"python benchmarks/lessons.py --only {' '.join(compared)}"
        write_json(RESULTS, {"command": command, **provenance(), "tasks": compared})


def compare(task: str) -> dict[str, Any]:
    """One task: success and steps in held-out cases, with lessons and without, over all experiments."""
    flags = {"task": task, "logdir": str(LOGDIR), "resume": True}
    learned = run_verb("act_reflexion", save_name="lessons", exp_id=EXPERIMENTS, **flags)
    with_lessons, without, rounds = [], [], []
    for number, evaluation in zip(EXPERIMENTS, learned, strict=True):
        [plain] = run_verb(
            "reflexion",
            save_name=f"none{number}",
            agent="act",
            num_trials=1,
            loop_rule="none",
            seed=number,
            **flags,
        )
        cases = [episode.case for episode in evaluation.held_out]
        [trial] = plain.trials.trials
        with_lessons.append(list(evaluation.held_out))
        without.append([episode for episode in trial.episodes if episode.case in cases])
        places = sorted((evaluation.path.parent / LEARN_RESULTS).glob("round_*"))
        rounds.append(
            [
                round(3 * read_json(place / SUMMARY)["summary"]["success"]["mean"])
                for place in places
            ]
        )
    return {
        "held_out_cases": [len(episodes) for episodes in with_lessons],
        "training_cases_solved_by_round": rounds,
        "without lessons": _means(without),
        "with lessons": _means(with_lessons),
    }


def _means(runs: list[list[Episode]]) -> dict[str, Any]:
    """Success and steps: mean, and the ends of its 95 % interval."""
    return {
        "success": list(mean_over_runs([[one.success for one in run] for run in runs])),
        "steps": list(mean_over_runs([[float(one.num_steps) for one in run] for run in runs])),
    }


if __name__ == "__main__":
    main()
