"""A run directory, read for the page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.episode import Episode
from core.errors import RunDirectoryError
from core.files import read_json, read_lines
from core.metric_rows import read_metrics
from core.old_names import translate_settings
from core.run import CONFIG, EPISODES, EVALUATION, METRICS, SUMMARY
from reports.statistics import Estimate


@dataclass(frozen=True, slots=True)
class Run:
    """The contents of a run directory; what is missing there is empty here.

    Attributes:
        label: what the page calls it.
        method: the method that was trained or played; empty for asking policies that are rules.
        title: what was evaluated, and how; empty if there was no evaluation.
        task: the task's name.
        settings, provenance: as saved with the run.
        metrics: rows of metrics.jsonl.
        summary: quantity -> estimate, of the evaluation.
        episodes: of the evaluation.
    """

    label: str
    method: str
    title: str
    task: str
    settings: dict[str, Any]
    provenance: dict[str, Any]
    metrics: list[dict[str, float]]
    summary: dict[str, Estimate]
    episodes: list[Episode]

    @property
    def policy(self) -> str:
        """Name of the method or of the asking policy, for the run's colour."""
        return self.method or self.title.split(",")[0]

    @property
    def is_evaluated(self) -> bool:
        """Whether there are results of an evaluation."""
        return bool(self.summary)

    @property
    def uses_planner(self) -> bool:
        """Whether any question was asked, in training or evaluation."""
        return any(row.get("rollout/asks", 0) > 0 for row in self.metrics) or any(
            episode.asks for episode in self.episodes
        )


def holds_run(path: Path) -> bool:
    """Whether a run was trained or evaluated in a directory."""
    return (path / CONFIG).exists() or (path / EVALUATION / SUMMARY).exists()


def load_run(path: Path, label: str) -> Run:
    """Read a run directory.

    Raises:
        RunDirectoryError: there is neither training nor evaluation in it, or a file is damaged.
    """
    config, metrics = path / CONFIG, path / METRICS
    summary, episodes = path / EVALUATION / SUMMARY, path / EVALUATION / EPISODES
    if not holds_run(path):
        raise RunDirectoryError(
            f"{path} holds no run: give a run directory, for example log/ppo/simpledoorkey/experiment01"
        )
    evaluation = read_json(summary) if summary.exists() else {}
    training = read_json(config) if config.exists() else {}
    document = {**training, **evaluation}
    try:
        return Run(
            label=label,
            method=str(training.get("method", "")),
            title=str(evaluation.get("title", "")),
            task=str(document["settings"]["task"]),
            # the evaluation's settings come last: they made the numbers
            settings=translate_settings({**training.get("settings", {}), **document["settings"]}),
            provenance={"commit": document["commit"], **document["versions"]},
            metrics=read_metrics(metrics) if metrics.exists() else [],
            summary={
                name: Estimate(**_numbers(estimate))
                for name, estimate in evaluation.get("summary", {}).items()
            },
            episodes=_in_order(read_lines(episodes, Episode.from_json))
            if episodes.exists()
            else [],
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RunDirectoryError(f"{path} is damaged: {error!r}") from error


def _numbers(row: dict[str, Any]) -> dict[str, float]:
    """A row of JSON in which every value is a number.

    Raises:
        TypeError, ValueError, AttributeError: the row is something else.
    """
    return {name: float(value) for name, value in row.items()}


def shortest_labels(paths: Sequence[Path]) -> list[str]:
    """The last parts of each path, as many as it takes to tell the paths apart."""
    parts = [path.resolve().parts for path in paths]
    for number in range(1, max(map(len, parts)) + 1):
        labels = ["/".join(one[-number:]) for one in parts]
        if len(set(labels)) == len(set(parts)):
            break
    return labels


def _in_order(episodes: list[Episode]) -> list[Episode]:
    """By task and case, numbers in cases as numbers; text episodes are saved in the order in which they end."""
    tasks = list(dict.fromkeys(episode.task for episode in episodes))

    def key(episode: Episode) -> tuple[int, list[tuple[int, str]]]:
        parts = re.findall(r"\d+|\D+", episode.case)
        return tasks.index(episode.task), [
            (int(part), "") if part.isdecimal() else (-1, part) for part in parts
        ]

    return sorted(episodes, key=key)
