"""Where the seconds of training go, as a picture: img/profile.png.

    python benchmarks/flame.py

A statistical profile of some iterations with default settings, the first ones aside. A bar is a
function, below it what it called; width is time.
"""

import sys
from pathlib import Path

from matplotlib.figure import Figure
from pyinstrument import Profiler
from pyinstrument.frame import Frame

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.speed import make_learner  # noqa: E402

WARM_UP, ITERATIONS = 20, 60
DEPTH = 9
THINNEST = 0.01
"""Share of the whole below which a bar is not drawn."""


def draw(axis: object, frame: Frame, left: float, depth: int, whole: float) -> None:
    """A bar for a frame, and below it those of its children from left to right."""
    share = frame.time / whole
    if share < THINNEST or depth == DEPTH:
        return
    axis.barh(
        -depth, share, left=left, height=0.95, color=f"C{depth}", edgecolor="white", alpha=0.7
    )
    name = frame.function if frame.function != "run" else frame.file_path_short
    room = int(share * 150)
    if room > 3:
        axis.text(left + share / 2, -depth, name[:room], ha="center", va="center", fontsize=8)
    for child in sorted(frame.children, key=lambda child: -child.time):
        draw(axis, child, left, depth + 1, whole)
        left += child.time / whole


def main() -> None:
    """Train, profile, draw."""
    learner = make_learner()
    for _ in range(WARM_UP):
        learner._iterate()
    with Profiler(interval=0.0005) as profiler:
        for _ in range(ITERATIONS):
            learner._iterate()
    frame = profiler.last_session.root_frame()
    while frame.function != "_iterate":
        frame = max(frame.children, key=lambda child: child.time)
    figure = Figure(figsize=(13, 4.5), layout="constrained")
    axis = figure.subplots()
    draw(axis, frame, 0.0, 0, frame.time)
    axis.set_xlim(0, 1)
    axis.set_yticks([])
    axis.set_xlabel("share of the time of an iteration")
    figure.savefig(ROOT / "img" / "profile.png", dpi=110)


if __name__ == "__main__":
    main()
