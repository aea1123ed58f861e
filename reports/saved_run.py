"""A run directory, read for the page."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.decode import damaged
from core.episode import Episode
from core.errors import RunDirectoryError
from core.files import read_lines
from core.metric_rows import read_metrics
from core.old_names import translate_settings
from core.run import CONFIG, EPISODES, EVALUATION, LEARN_RESULTS, METRICS, SUMMARY, TRIALS
from core.untrusted import clean
from mediator.policies import ASK_POLICIES
from reports.documents import NOTHING, read_document
from reports.learning import Learning, read_learning
from reports.lessons import Round, read_rounds
from reports.statistics import Estimate
from reports.trials import Trials, case_order, read_trials
from reports.tuned import TUNING_METHODS, Tuned, read_tuned

MAX_DEPTH = 4
"""Directories between the one that `report` is given and a run: LOGDIR/GROUP/TASK/NAME."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run directory with one of its evaluations; what is missing there is empty here.

    Attributes:
        path: the directory.
        label: what the page calls it.
        method: the method that was trained or played; empty for asking policies that are rules.
        title: what was evaluated, and how; empty if there was no evaluation.
        task: the task's name.
        settings, provenance: as saved with the run.
        metrics: rows of metrics.jsonl.
        summary: quantity -> estimate, of the evaluation.
        episodes: of the evaluation.
        trials: of a Reflexion run, which has no evaluation; None for any other.
        learning: of a run that learned functions from training cases; None for any other.
        rounds: of a run that learned lessons from training cases; empty for any other.
        held_out: the summary without the training cases; empty without any.
        tuned: of a run that tuned a language model; None for any other.
    """

    path: Path
    label: str
    method: str
    title: str
    task: str
    settings: dict[str, Any]
    provenance: dict[str, Any]
    metrics: list[dict[str, float]]
    summary: dict[str, Estimate]
    episodes: list[Episode]
    trials: Trials | None = None
    learning: Learning | None = None
    rounds: Sequence[Round] = ()
    held_out: dict[str, Estimate] = field(default_factory=dict)
    tuned: Tuned | None = None

    @property
    def policy(self) -> str:
        """Name of the method or of the asking policy, for the run's colour."""
        evaluated = self.title.split(",")[0]
        return evaluated if evaluated in ASK_POLICIES else self.method or evaluated

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
    return os.access(path / CONFIG, os.R_OK) or bool(_evaluations(path))


def find_runs(path: Path) -> list[Path]:
    """The run directories at or below a path, in alphabetical order; what cannot be read is left out.

    They are searched for as deep as a directory of several LOGDIRs has them.
    """
    found = []
    for folder, below, _ in os.walk(path):
        is_run = holds_run(Path(folder))
        if is_run:
            found.append(Path(folder))
        if is_run or len(Path(folder).relative_to(path).parts) == MAX_DEPTH:
            below.clear()
        below[:] = sorted(name for name in below if not name.startswith("."))
    return found


def _evaluations(path: Path) -> list[str]:
    """Names of the directories of a run's finished evaluations, the run's own first (`runner.evaluation.places`)."""
    places = [path / EVALUATION, *sorted(path.glob(f"{EVALUATION}_*"))]
    return [place.name for place in places if os.access(place / SUMMARY, os.R_OK)]


def load_runs(path: Path, label: str) -> list[Run]:
    """Read a run directory: a run for each evaluation, of which only the first has what is known of the training.

    Raises:
        RunDirectoryError: there is neither training nor evaluation in it, or a file is damaged.
    """
    first, *others = _evaluations(path) or [EVALUATION]
    runs = [load_run(path, f"{label}/{name}", name) for name in others]
    return [load_run(path, label, first), *(replace(run, metrics=[], tuned=None) for run in runs)]


def load_run(path: Path, label: str, evaluation: str = EVALUATION) -> Run:
    """Read a run directory and one of its evaluations.

    Raises:
        RunDirectoryError: there is neither training nor evaluation in it, or a file is damaged.
    """
    metrics = path / METRICS
    summary, episodes = path / evaluation / SUMMARY, path / evaluation / EPISODES
    if not holds_run(path):
        raise RunDirectoryError(
            f"{path} holds no run: give a run directory, for example log/ppo/simpledoorkey/experiment01"
        )
    has_trials, has_learned = (path / TRIALS).exists(), (path / LEARN_RESULTS).exists()
    training, evaluated = read_document(path / CONFIG), read_document(summary)
    newest = training if evaluated is NOTHING else evaluated
    played = _in_order(read_lines(episodes, Episode.from_json)) if episodes.exists() else []
    is_tuned = training.method in TUNING_METHODS
    learning = read_learning(path / LEARN_RESULTS) if has_learned else None
    rounds = read_rounds(path / LEARN_RESULTS) if has_learned else ()
    trained = learning.tested if learning is not None else rounds
    # the evaluation's settings come last: they made the numbers
    settings = translate_settings({**training.settings, **evaluated.settings})
    if "task" not in settings:
        raise damaged(str(path), "its settings name no task")
    return Run(
        path=path,
        label=label,
        method=training.method,
        title=evaluated.title,
        task=_task(
            settings["task"], (*played, *(one for each in trained for one in each.episodes))
        ),
        settings=settings,
        provenance={"commit": newest.commit, **newest.versions},
        metrics=read_metrics(metrics)
        if metrics.exists() and not (has_trials or has_learned or is_tuned)
        else [],
        summary=evaluated.estimates,
        episodes=played,
        trials=read_trials(path / TRIALS) if has_trials else None,
        learning=learning,
        rounds=rounds,
        held_out=evaluated.held_out_estimates,
        tuned=read_tuned(path) if is_tuned else None,
    )


def _task(given: object, episodes: Sequence[Episode]) -> str:
    """The task of a run; the settings may name a group of tasks of which it is one."""
    played = {episode.task for episode in episodes}
    return played.pop() if len(played) == 1 else str(given)


def shortest_labels(paths: Sequence[Path]) -> list[str]:
    """The last parts of each path, as many as it takes to tell the paths apart."""
    parts = [path.resolve().parts for path in paths]
    for number in range(1, max(map(len, parts)) + 1):
        labels = [clean("/".join(one[-number:])) for one in parts]
        if len(set(labels)) == len(set(parts)):
            break
    return labels


def _in_order(episodes: list[Episode]) -> list[Episode]:
    """By task and case; text episodes are saved in the order in which they end."""
    tasks = list(dict.fromkeys(episode.task for episode in episodes))
    return sorted(
        episodes, key=lambda episode: (tasks.index(episode.task), case_order(episode.case))
    )
