"""A profile of training as a flame graph: img/profile.png.

    python benchmarks/flame.py

Iterations with default settings, sampled after a warm-up. A bar is a function, the bars below it are
the functions it called; width is time.
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

from benchmarks.speed import make_trainer  # noqa: E402

WARM_UP, ITERATIONS = 20, 60
DEPTH = 9


def draw(axis: Any, name: str, frames: Sequence[Frame], left: float, depth: int) -> float:
    """Draw all calls of a function by the same caller as one bar, and below it what they called.

    Returns:
        Left end of the next bar, in seconds.
    """
    seconds = sum(frame.time for frame in frames)
    if depth < DEPTH:
        axis.barh(
            -depth, seconds, left=left, height=0.95, color=f"C{depth}", edgecolor="white", alpha=0.7
        )
        room = int(seconds / axis.get_xlim()[1] * 150)
        if room > 3:
            style = {"ha": "center", "va": "center", "fontsize": 8}
            axis.text(left + seconds / 2, -depth, name[:room], **style)
        called: dict[str, list[Frame]] = defaultdict(list)
        for frame in frames:
            for child in frame.children:
                called[child.function].append(child)
        start = left
        for function, calls in sorted(
            called.items(), key=lambda item: -sum(f.time for f in item[1])
        ):
            start = draw(axis, function, calls, start, depth + 1)
    return left + seconds


def find(frame: Frame, name: str) -> list[Frame]:
    """The frames of a function's calls, at any depth."""
    if frame.function == name:
        return [frame]
    return [found for child in frame.children for found in find(child, name)]


def main() -> None:
    """Profile a training and draw the figure."""
    trainer = make_trainer()
    for _ in range(WARM_UP):
        trainer.step()
    with Profiler(interval=0.0005) as profiler:
        for _ in range(ITERATIONS):
            trainer.step()
    session = profiler.last_session
    root = session.root_frame() if session is not None else None
    assert root is not None
    iterations = find(root, "step")
    figure = Figure(figsize=(13, 4.5), layout="constrained")
    axis = figure.subplots()
    axis.set_xlim(0, sum(frame.time for frame in iterations))
    draw(axis, "iteration", iterations, 0.0, 0)
    axis.set_yticks([])
    axis.set_xlabel(f"seconds of {ITERATIONS} iterations")
    figure.savefig(ROOT / "img" / "profile.png", dpi=110)


if __name__ == "__main__":
    main()
