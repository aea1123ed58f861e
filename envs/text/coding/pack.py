"""Packs the published problems into the files of this folder.

    python -m envs.text.coding.pack ../shared/data/coding

The folder holds ``humaneval-py.jsonl``, ``humaneval-py_hardest50.jsonl`` and ``mbpp-py.jsonl`` of
https://github.com/noahshinn/reflexion. What is written depends on them only.
"""

import json
import lzma
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from core.task import PROGRAMMING
from envs.text.coding.problems import DATA, Problem

_FILES = {
    "humaneval": "humaneval-py.jsonl",
    "humaneval_hardest50": "humaneval-py_hardest50.jsonl",
    "mbpp": "mbpp-py.jsonl",
}
_CALL = "\ndef test_check():"
"""Begins the end of some tests, which only calls ``check``."""


def read_rows(folder: Path, task: str) -> list[Problem]:
    """The problems of a task in the order of their numbers."""
    with (folder / _FILES[task]).open(encoding="utf-8") as lines:
        problems = [_problem(json.loads(line)) for line in lines]
    return sorted(problems, key=lambda problem: int(problem.case.split("/")[1]))


def _problem(row: dict[str, Any]) -> Problem:
    """Of a row with ``task_id`` (HumanEval's form), or with ``name`` (MultiPL-E's)."""
    case = row.get("task_id", "")
    if not case:
        collection, number, _ = row["name"].split("_", 2)
        case = f"{collection.replace('mbpp', 'MBPP')}/{number}"
    tests = row["test"].partition(_CALL)[0].strip() + "\n"
    return Problem(
        case, row["entry_point"], row["prompt"], tests, row.get("canonical_solution", "")
    )


def _lines(problems: list[Problem]) -> Iterator[str]:
    for problem in problems:
        yield json.dumps(asdict(problem)) + "\n"


def pack(folder: Path, target: Path) -> None:
    """Write all files into an existing directory."""
    for task in PROGRAMMING:
        with lzma.open(target / f"{task}.jsonl.xz", "wt", encoding="utf-8", preset=9) as file:
            file.writelines(_lines(read_rows(folder, task)))


if __name__ == "__main__":
    pack(Path(sys.argv[1]), DATA)
