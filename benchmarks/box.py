"""How long a box for a model's code takes to start, and a call of an action in it (`sandbox/box.py`).

    python benchmarks/box.py              (part of: make bench)

Medians of wall time, with an action that only returns a text: what a world takes is not in it.
Written to benchmarks/results/box.json.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from core.files import write_json  # noqa: E402
from core.provenance import provenance  # noqa: E402
from sandbox.box import Action, Box  # noqa: E402

ROUNDS = 100
CALLS = 200
SEEN = "On the desk 1, you see a mug 1, a pencil 2, and a book 3. " * 5


def measured() -> Iterator[tuple[float, float, float]]:
    """Of each round the seconds of a start with its first run, of a later run, and of a call."""
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
        yield started - before, ran - started, (called - ran) / CALLS


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="speed of the box")
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results" / "box.json")
    out = parser.parse_args().out
    names = (
        "start of a session, with its first code",
        "another piece of code",
        "call of an action",
    )
    rows = [
        {"name": name, "value": statistics.median(seconds) * 1000, "unit": "ms"}
        for name, seconds in zip(names, zip(*measured(), strict=True), strict=True)
    ]
    for row in rows:
        print(f"{row['name']}: {row['value']:.3f} {row['unit']}")
    write_json(out, {"command": "python benchmarks/box.py", **provenance(), "figures": rows})


if __name__ == "__main__":
    main()
