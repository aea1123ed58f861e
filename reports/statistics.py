"""Means over episodes with 95 % intervals, as numbers and as a table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from rich import box
from rich.table import Table

from core.chat import Usage
from core.episode import Episode

CONFIDENCE = 0.95
RESAMPLES = 2000

QUANTITIES: Mapping[str, Callable[[Episode], float]] = {
    "return": lambda episode: episode.total_return,
    "return_without_cost": lambda episode: episode.reward,
    "steps": lambda episode: episode.num_steps,
    "asks": lambda episode: episode.asks,
    "llm_calls": lambda episode: episode.usage.llm_calls,
    "success": lambda episode: episode.success,
}
"""Quantity of an episode in a room -> how it is measured; the names are those of the metrics."""

TEXT_QUANTITIES: Mapping[str, Callable[[Episode], float]] = {
    "success": lambda episode: episode.success,
    "score": lambda episode: episode.score,
    "steps": lambda episode: episode.num_steps,
    "primitive_steps": lambda episode: episode.primitive_steps,
    "llm_calls": lambda episode: episode.usage.llm_calls,
    "prompt_tokens": lambda episode: episode.usage.prompt_tokens,
    "completion_tokens": lambda episode: episode.usage.completion_tokens,
    "invalid_actions": lambda episode: episode.invalid_actions,
    "unreadable_answers": lambda episode: episode.unreadable_answers,
}
"""The same in text worlds, where each step is one answer of a language model."""

LABELS: Mapping[str, str] = {
    "success": "success",
    "score": "score",
    "asks": "questions",
    "steps": "steps",
    "primitive_steps": "environment steps",
    "return": "return",
    "return_without_cost": "return without ask cost",
    "llm_calls": "model calls",
    "prompt_tokens": "prompt tokens",
    "completion_tokens": "completion tokens",
    "invalid_actions": "invalid actions",
    "unreadable_answers": "unreadable answers",
}
"""Name of a quantity -> what tables, figures and the page call it, in the order of a table's columns."""


class Estimate(NamedTuple):
    """A mean and the ends of its 95 % interval."""

    mean: float
    low: float
    high: float


def summarize(episodes: Sequence[Episode]) -> dict[str, Estimate]:
    """The mean of each quantity over episodes, with its interval.

    Success is a proportion, so its interval is Wilson's. The other intervals are percentile bootstraps
    from a fixed generator: the same episodes always give the same interval.
    """
    return summarize_runs([episodes])


def summarize_runs(runs: Sequence[Sequence[Episode]]) -> dict[str, Estimate]:
    """The same over several training seeds, evaluated on the same environment seeds.

    Args:
        runs: the episodes of each training seed, in the same order of environment seeds.
    """
    quantities = TEXT_QUANTITIES if runs[0] and runs[0][0].is_text else QUANTITIES
    return {
        name: mean_over_training_and_env_seeds(
            name, np.array([[float(measure(one)) for one in run] for run in runs])
        )
        for name, measure in quantities.items()
    }


def _estimate(name: str, values: npt.NDArray[np.float64]) -> Estimate:
    """The mean of ``(episodes,)`` values with its interval."""
    mean = float(values.mean())
    if name == "success":
        from scipy import stats  # slow to import

        test = stats.binomtest(int(values.sum()), len(values))
        interval = test.proportion_ci(CONFIDENCE, method="wilson")
    elif len(values) < 2:
        return Estimate(mean, mean, mean)
    else:
        return _bootstrap((values,), np.mean)
    return Estimate(mean, float(interval.low), float(interval.high))


def mean_over_training_and_env_seeds(name: str, values: npt.NDArray[np.float64]) -> Estimate:
    """The mean over training seeds and environment seeds, with an interval that generalises to both.

    Percentile bootstrap from a fixed generator: training seeds and environment seeds are resampled independently
    (Owen 2007, doi:10.1214/07-AOAS122). A single seed, or identical seeds, are treated as in `summarize`.

    Args:
        name: the quantity's name.
        values: ``(training seeds, environment seeds)``.
    """

    def mean(seeds: Any, env_seeds: Any, axis: int) -> Any:  # noqa: ARG001 scipy passes it; always -1
        return values[seeds[..., :, None], env_seeds[..., None, :]].mean(axis=(-2, -1))

    if (values == values[0]).all():
        return _estimate(name, values[0])
    if values.shape[1] < 2:
        return _estimate(name, values.mean(axis=0))
    return _bootstrap(tuple(np.arange(size) for size in values.shape), mean)


def mean_over_runs(runs: Sequence[Sequence[float]]) -> Estimate:
    """The mean over runs of the means over their cases, which may be others in each run.

    Percentile bootstrap from a fixed generator: runs are resampled, and the cases within each. A single run and
    equal runs are treated as in `summarize`; so is the longest run where all values are equal, since resampling
    cannot show how uncertain their mean is.

    Args:
        runs: a value for each case of each run; bools if it is a share.

    Raises:
        ValueError: a run has no case.
    """
    values = [np.array(run, dtype=np.float64) for run in runs]
    if not all(len(run) for run in values):
        raise ValueError("a run without cases has no mean")
    is_constant = len(set(np.concatenate(values))) == 1
    if is_constant or all(np.array_equal(run, values[0]) for run in values):
        longest = max(values, key=len)
        is_share = all(isinstance(value, bool) for run in runs for value in run)
        return _estimate("success" if is_share else "", longest)
    return _estimate_with(float(np.mean([run.mean() for run in values])), _resampled_means(values))


def ratio_over_runs(runs: Sequence[Sequence[tuple[float, float]]]) -> Estimate:
    """The mean of first values over that of second values, where each case of each run has both.

    Resampled as in `mean_over_runs`, both values of a case together.

    Args:
        runs: both values of each case of each run; at least one case a run.
    """
    values = [np.array(run, dtype=np.float64) for run in runs]
    first, second = np.mean([run.mean(axis=0) for run in values], axis=0)
    resampled = _resampled_means(values)
    return _estimate_with(first / second, resampled[:, 0] / resampled[:, 1])


def _resampled_means(runs: Sequence[npt.NDArray[np.float64]]) -> npt.NDArray[np.float64]:
    """Means of runs and of the cases within them, both resampled; ``(RESAMPLES, ...)`` of ``(cases, ...)`` a run."""
    rng = np.random.default_rng(0)
    chosen = rng.integers(len(runs), size=(RESAMPLES, len(runs)))
    resampled = np.array([rng.choice(run, (RESAMPLES, len(run))).mean(axis=1) for run in runs])
    means: npt.NDArray[np.float64] = resampled[chosen, np.arange(RESAMPLES)[:, None]].mean(axis=1)
    return means


def _estimate_with(value: float, resampled: npt.NDArray[np.float64]) -> Estimate:
    """A value with the percentile interval of its resampled values."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(resampled, (tail, 1 - tail))
    return Estimate(float(value), float(low), float(high))


def _bootstrap(samples: Sequence[npt.NDArray[Any]], statistic: Callable[..., Any]) -> Estimate:
    """The statistic of the samples with its percentile interval."""
    from scipy import stats  # slow to import

    result = stats.bootstrap(
        samples,
        statistic,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        vectorized=True,
        method="percentile",
        rng=np.random.default_rng(0),
    )
    low, high = result.confidence_interval
    return Estimate(float(statistic(*samples, axis=-1)), float(low), float(high))


def as_table(summary: Mapping[str, Estimate]) -> Table:
    """The summary as a table for the terminal."""
    table = Table()
    table.add_column("mean over episodes")
    for column in ("mean", "95 % interval"):
        table.add_column(column, justify="right")
    for name, estimate in summary.items():
        scale, unit = (100, " %") if name == "success" else (1, "")
        mean, low, high = (f"{scale * value:.4g}" for value in estimate)
        table.add_row(LABELS[name], mean + unit, f"{low} .. {high}{unit}")
    return table


def as_table_by_kind(
    episodes: Sequence[Episode], kinds: Sequence[str], token_prices: Sequence[float] = ()
) -> Table:
    """Episodes of text worlds by their kind, one row each; it fits into 80 columns.

    Calls, tokens, seconds and price are means over the episodes. They are left out where there are none.

    Args:
        episodes: of one evaluation, or of several.
        kinds: of each episode.
        token_prices: see `core.chat.Usage.cost`; empty: unknown.
    """
    spent = sum((episode.usage for episode in episodes), Usage())
    costs = _costs(token_prices) if spent.llm_calls else {}
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0)
    table.add_column("kind", overflow="fold")
    for column in ("cases", "success", "score", "steps", "valid", *costs):
        table.add_column(column, justify="right", no_wrap=True)
    for kind in sorted(set(kinds)):
        same = [one for one, its in zip(episodes, kinds, strict=True) if its == kind]
        mean = summarize(same)
        low, high = (round(100 * end) for end in mean["success"][1:])
        refused = mean["invalid_actions"].mean + mean["unreadable_answers"].mean
        table.add_row(
            kind,
            str(len(same)),
            f"{100 * mean['success'].mean:.0f}% ({low}-{high})",
            f"{mean['score'].mean:.3f}",
            f"{mean['steps'].mean:.1f}",
            f"{100 * (1 - refused / mean['steps'].mean):.0f}%",
            *(
                say(float(np.mean([measure(one.usage) for one in same])))
                for measure, say in costs.values()
            ),
        )
    return table


def _costs(
    token_prices: Sequence[float],
) -> dict[str, tuple[Callable[[Usage], float], Callable[[float], str]]]:
    """What an episode took of a model: column -> how it is measured, and how its mean is written."""
    costs: dict[str, tuple[Callable[[Usage], float], Callable[[float], str]]] = {
        "calls": (lambda usage: usage.llm_calls, "{:.1f}".format),
        "tokens": (lambda usage: usage.tokens, "{:.0f}".format),
        "seconds": (lambda usage: usage.seconds, "{:.1f}".format),
    }
    if token_prices:
        costs["price"] = (lambda usage: usage.cost(token_prices), "{:.2g}".format)
    return costs
