"""Published results: When2Ask's table (arXiv 2306.03604) and Reflexion's trials (arXiv 2303.11366)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class PaperResult(NamedTuple):
    """Means over episodes; success is between 0 and 1."""

    asks: float
    steps: float
    success: float


PAPER_RESULTS: Mapping[str, Mapping[str, PaperResult]] = {
    "SimpleDoorKey": {
        "baseline": PaperResult(1.58, 64.9, 0.59),
        "always": PaperResult(25.78, 25.78, 1.0),
        "random": PaperResult(12.75, 26.55, 1.0),
        "learned": PaperResult(4.24, 29.20, 1.0),
    },
    "KeyInBox": {
        "baseline": PaperResult(1.58, 65.49, 0.59),
        "always": PaperResult(26.78, 26.78, 1.0),
        "random": PaperResult(15.3, 27.46, 1.0),
        "learned": PaperResult(4.33, 29.01, 1.0),
    },
    "RandomBoxKey": {
        "baseline": PaperResult(1.93, 61.71, 0.56),
        "always": PaperResult(30.26, 30.26, 0.94),
        "random": PaperResult(16.09, 30.2, 0.95),
        "learned": PaperResult(3.61, 34.41, 0.95),
    },
    "ColoredDoorKey": {
        "baseline": PaperResult(2.01, 75.54, 0.43),
        "always": PaperResult(61.96, 61.96, 0.49),
        "random": PaperResult(23.75, 44.64, 0.81),
        "learned": PaperResult(3.29, 47.87, 0.83),
    },
    "MovingObstacle": {
        "baseline": PaperResult(2.29, 82.36, 0.43),
        "always": PaperResult(39.49, 39.49, 0.94),
        "random": PaperResult(20.70, 44.90, 0.93),
        "learned": PaperResult(6.94, 48.63, 0.92),
    },
}
"""Table 1 (5 training seeds x 100 held-out rooms): task -> asking policy -> results; `learned` is the paper's When2Ask."""

REFLEXION_CASES = 134
"""Games of ALFWorld's valid_unseen."""
REFLEXION_SOLVED: Mapping[str, Sequence[int]] = {
    "with notes": (84, 103, 111, 113, 117, 118, 123, 126, 128, 129, 130, 130, 131, 133, 134),
    "without notes": (84, 94, 97, 98, 100, 101, 101),
}
"""Games counted as solved so far, by trial: env_results_trial_*.json of the ALFWorld runs that are published in
github.com/noahshinn/reflexion at 218cf0e. The model is text-davinci-002, and an attempt that lasts to the limit of
50 steps without two equal actions in a row counts, too (docs/REFLEXION.md)."""
