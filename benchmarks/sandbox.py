"""How fast a model's code runs: a box for code that acts (`sandbox/box.py`), and whole programs (`sandbox/programs.py`).

    python benchmarks/sandbox.py              (part of: make bench)

Medians of wall time. The action of the box only returns a text: what a world takes is not in it. The published
solutions of HumanEval's 164 problems run with their tests, as many at a time as there are processors.
Written to benchmarks/results/sandbox.json.
"""

import os
import statistics
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from envs.text.coding.judge import judge  # noqa: E402
from envs.text.coding.problems import read_problems  # noqa: E402
from sandbox.action import Action  # noqa: E402
from sandbox.box import Box  # noqa: E402
from sandbox.programs import Programs  # noqa: E402
from sandbox.wall import second_wall  # noqa: E402

OUT = ROOT / "benchmarks" / "results" / "sandbox.json"
ROUNDS = 100
CALLS = 200
LIBRARY = {f"look_{n}": f"def look_{n}(place):\n    return go_to(place)" for n in range(10)}
SEEN = "On the desk 1, you see a mug 1, a pencil 2, and a book 3. " * 5


def boxes() -> Iterator[tuple[float, float, float, float]]:
    """Of each round the seconds of a start with its first run, of a later run, of a call, and of a start with functions."""
    actions = {"go_to": Action(("place",), lambda _: SEEN)}
    for _ in range(ROUNDS):
        before = time.perf_counter()
        with Box(actions, 2 * CALLS) as box:
            box.run("x = 1")
            started = time.perf_counter()
            box.run("x = 2")
            ran = time.perf_counter()
            box.run(f"for i in range({CALLS}):\n    seen = go_to('desk 1')")
            called = time.perf_counter()
        again = time.perf_counter()
        with Box(actions, 2 * CALLS, library=LIBRARY) as box:
            box.run("x = 1")
            began = time.perf_counter()
        yield started - before, ran - started, (called - ran) / CALLS, began - again


def programs() -> Iterator[tuple[float, float]]:
    """Of each round the seconds of a start, and of a program."""
    for _ in range(ROUNDS // 10):
        before = time.perf_counter()
        with Programs() as running:
            started = time.perf_counter()
            running.run("x = 1")
            yield started - before, time.perf_counter() - started


def solutions() -> dict[str, Any]:
    """How many published solutions pass their tests, and in which time."""
    problems = [problem for problem in read_problems("humaneval").values() if problem.solution]
    before = time.perf_counter()
    with Programs() as running, ThreadPoolExecutor(os.cpu_count()) as pool:
        errors = list(pool.map(lambda problem: judge(running, problem, problem.solution), problems))
    seconds = time.perf_counter() - before
    name = f"{errors.count('')} of {len(problems)} published solutions pass, all together"
    return {"name": name, "value": seconds, "unit": "s"}


def medians(names: tuple[str, ...], rounds: Iterator[tuple[float, ...]]) -> list[dict[str, Any]]:
    """A row for each name."""
    return [
        {"name": name, "value": statistics.median(seconds) * 1000, "unit": "ms"}
        for name, seconds in zip(names, zip(*rounds, strict=True), strict=True)
    ]


def main() -> None:
    """Measure, print and write."""
    rows = [
        *medians(
            ("box: start, with its first code", "box: another piece of code", "box: call of an action",
             "box: start with ten learned functions"), boxes()
        ),
        *medians(("programs: start", "programs: one program"), programs()),
        solutions(),
    ]  # fmt: skip
    for row in rows:
        print(f"{row['name']}: {row['value']:.3f} {row['unit']}")
    write_json(
        OUT,
        {
            "command": "python benchmarks/sandbox.py",
            **provenance(),
            "wall": second_wall().holds,
            "figures": rows,
        },
    )


if __name__ == "__main__":
    main()
