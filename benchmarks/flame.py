"""A profile of training as a flame graph: img/profile.png.

    python benchmarks/flame.py

A statistical profile of some iterations with default settings after a warm-up. A bar is a function, with
the functions it called below; width is time.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from pyinstrument import Profiler
from pyinstrument.frame import Frame

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.speed import make_learner  # noqa: E402

WARM_UP, ITERATIONS = 20, 60
DEPTH = 9


def draw(axis: Any, name: str, frames: Sequence[Frame], left: float, depth: int) -> float:
    """A bar for all calls of a function by the same caller; below it the functions they called.

    Returns:
        Where the next bar begins; the axis is in seconds.
    """
    seconds = sum(frame.time for frame in frames)
    if depth < DEPTH:
        axis.barh(
            -depth, seconds, left=left, height=0.95, color=f"C{depth}", edgecolor="white", alpha=0.7
        )
        room = int(seconds / axis.get_xlim()[1] * 150)
        if room > 3:
            words = {"ha": "center", "va": "center", "fontsize": 8}
            axis.text(left + seconds / 2, -depth, name[:room], **words)
        called: dict[str, list[Frame]] = defaultdict(list)
        for frame in frames:
            for child in frame.children:
                called[child.function].append(child)
        place = left
        for function, calls in sorted(
            called.items(), key=lambda item: -sum(f.time for f in item[1])
        ):
            place = draw(axis, function, calls, place, depth + 1)
    return left + seconds


def find(frame: Frame, name: str) -> list[Frame]:
    """The frames of a function's calls, wherever they are."""
    if frame.function == name:
        return [frame]
    return [found for child in frame.children for found in find(child, name)]


def main() -> None:
    """Train, profile, draw."""
    learner = make_learner()
    for _ in range(WARM_UP):
        learner.step()
    with Profiler(interval=0.0005) as profiler:
        for _ in range(ITERATIONS):
            learner.step()
    session = profiler.last_session
    root = session.root_frame() if session is not None else None
    assert root is not None
    iterations = find(root, "_iterate")
    figure = Figure(figsize=(13, 4.5), layout="constrained")
    axis = figure.subplots()
    axis.set_xlim(0, sum(frame.time for frame in iterations))
    draw(axis, "iteration", iterations, 0.0, 0)
    axis.set_yticks([])
    axis.set_xlabel(f"seconds of {ITERATIONS} iterations")
    figure.savefig(ROOT / "img" / "profile.png", dpi=110)


if __name__ == "__main__":
    main()
