"""What some episodes come to: means with 95 % intervals, as numbers and as a table."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from rich.table import Table
from scipy import stats

from core.episode import Episode

CONFIDENCE = 0.95
RESAMPLES = 2000

QUANTITIES: Mapping[str, Callable[[Episode], float]] = {
    "return": lambda episode: episode.total_return,
    "return_without_cost": lambda episode: episode.reward,
    "steps": lambda episode: episode.num_steps,
    "asks": lambda episode: episode.asks,
    "llm_calls": lambda episode: sum(asked.llm_calls for asked in episode.consultations),
    "success": lambda episode: episode.success,
}


class Estimate(NamedTuple):
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def summarize(episodes: Sequence[Episode]) -> dict[str, Estimate]:
    """The mean of each quantity over episodes, with an interval.

    Success is a share, so its interval is Wilson's; the others are bootstrapped (percentile) from a
    fixed generator, so that the same episodes always give the same interval.
    """
    return {
        name: _estimate(name, np.array([float(measure(episode)) for episode in episodes]))
        for name, measure in QUANTITIES.items()
    }


def _estimate(name: str, values: npt.NDArray[np.float64]) -> Estimate:
    mean = float(values.mean())
    if name == "success":
        test = stats.binomtest(int(values.sum()), len(values))
        interval = test.proportion_ci(CONFIDENCE, method="wilson")
    elif len(values) < 2:
        return Estimate(mean, mean, mean)
    else:
        interval = stats.bootstrap(
            (values,),
            np.mean,
            n_resamples=RESAMPLES,
            confidence_level=CONFIDENCE,
            method="percentile",
            rng=np.random.default_rng(0),
        ).confidence_interval
    return Estimate(mean, float(interval.low), float(interval.high))


def as_table(summary: Mapping[str, Estimate]) -> Table:
    """The summary for a terminal."""
    table = Table()
    table.add_column("mean over episodes")
    for column in ("mean", "95 % interval"):
        table.add_column(column, justify="right")
    for name, estimate in summary.items():
        scale, unit = (100, " %") if name == "success" else (1, "")
        mean, low, high = (f"{scale * value:.4g}" for value in estimate)
        table.add_row(name.replace("_", " "), mean + unit, f"{low} .. {high}{unit}")
    return table
