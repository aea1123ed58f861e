"""The trials of a Reflexion run (arXiv 2303.11366): what was solved by which trial, and what each trial took."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from core.decode import decode
from core.episode import Episode
from core.errors import RunDirectoryError
from core.files import read_bytes, read_lines
from core.reflection import Reflection
from core.run import EPISODES, SUMMARY
from reports.statistics import Estimate, mean_over_training_and_env_seeds

T = TypeVar("T")

MEMORY = "memory.json"
"""The notes after a trial."""
TRIAL_LABELS: Mapping[str, str] = {
    "success": "solved so far",
    "attempts": "attempted",
    "answers": "model answers per case",
    "tokens": "tokens per case",
}
"""Quantity of a trial -> what tables and figures call it; see `Trials.measure`."""
SHARES = ("success", "attempts")
"""Quantities between 0 and 1, which are shown in percent."""
ByTrial = Mapping[str, Sequence[Estimate]]
"""Quantity -> its estimate in each trial."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt at each case that was not solved before.

    Attributes:
        number: of the trial, from 0.
        episodes: the attempts, at most one for a case.
        notes: case -> the note that was written after the attempt had failed.
        solved: the cases that this trial solved.
    """

    number: int
    episodes: tuple[Episode, ...]
    notes: Mapping[str, Reflection]
    solved: frozenset[str]


@dataclass(frozen=True, slots=True)
class Trials:
    """All trials of a run, in order, over the same cases."""

    cases: tuple[str, ...]
    trials: tuple[Trial, ...]

    def measure(self) -> dict[str, npt.NDArray[np.float64]]:
        """Each quantity of each case in each trial, ``(trials, cases)``.

        - success: 1 if the case was solved in this trial or an earlier one, so it never falls.
        - attempts: 1 if it was attempted in this trial.
        - answers: what the model was asked for: an answer for each step and one for a note, whether a server,
          the cache or a script gave it; 0 if the case was not attempted.
        - tokens: prompt and completion tokens of these answers, as the server counted them.
        """
        column = {case: number for number, case in enumerate(self.cases)}
        values = {name: np.zeros((len(self.trials), len(self.cases))) for name in TRIAL_LABELS}
        for row, trial in enumerate(self.trials):
            for case in trial.solved:
                values["success"][row:, column[case]] = 1
            usages = [(one.case, one.num_steps, one.usage) for one in trial.episodes]
            usages += [(case, 1, note.usage) for case, note in trial.notes.items()]
            for episode in trial.episodes:
                values["attempts"][row, column[episode.case]] = 1
            for case, answers, usage in usages:
                values["answers"][row, column[case]] += answers
                values["tokens"][row, column[case]] += usage.tokens
        return values

    def attempts_at(self, case: str) -> list[tuple[Trial, Episode]]:
        """Each trial that attempted a case, with the attempt."""
        return [
            (trial, episode)
            for trial in self.trials
            for episode in trial.episodes
            if episode.case == case
        ]


@dataclass(frozen=True, slots=True)
class _Summary:
    """``summary.json`` of a trial: all cases of the run, and those that the trial solved."""

    cases: tuple[str, ...]
    solved: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Memory:
    """``memory.json`` of a trial: the notes of this trial and those before it, by case."""

    notes: dict[str, tuple[Reflection, ...]]


def read_trials(path: Path) -> Trials:
    """Read the trials of a run, ``TRIALS/NN/{episodes.jsonl,memory.json,summary.json}``.

    A trial under way has no summary yet: what the environment says is solved counts, and its cases are those of
    the trial before, or those that have been attempted.

    Args:
        path: the directory of the trials.

    Raises:
        RunDirectoryError: a file is damaged, or there is no trial.
    """
    trials: list[Trial] = []
    cases: tuple[str, ...] = ()
    for place in sorted(one for one in path.iterdir() if one.name.isdecimal()):
        number = int(place.name)
        episodes = (
            read_lines(place / EPISODES, Episode.from_json) if (place / EPISODES).exists() else []
        )
        memory = _read(place / MEMORY, _Memory) or _Memory({})
        summary = _read(place / SUMMARY, _Summary)
        solved = {episode.case for episode in episodes if episode.success}
        if summary is not None:
            cases, solved = summary.cases, set(summary.solved)
        cases = tuple(dict.fromkeys((*cases, *(episode.case for episode in episodes))))
        notes = {
            case: note
            for case, notes in memory.notes.items()
            for note in notes
            if note.trial == number
        }
        trials.append(Trial(number, tuple(episodes), notes, frozenset(solved)))
    if not trials:
        raise RunDirectoryError(f"{path} holds no trial")
    return Trials(cases, tuple(trials))


def _read(path: Path, kind: type[T]) -> T | None:
    """A JSON file; None if it is not there."""
    return decode(read_bytes(path), kind, str(path)) if path.exists() else None


def case_order(case: str) -> list[tuple[int, str]]:
    """A key that sorts the names of cases, numbers in them as numbers."""
    parts = re.findall(r"\d+|\D+", case)
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in parts]


def estimate_by_trial(runs: Sequence[Trials]) -> dict[str, list[Estimate]]:
    """Each quantity by trial: its mean over runs and cases with a 95 % interval.

    Of one run, success has Wilson's interval over the cases. Of several runs, which differ in their seeds,
    runs and cases are resampled independently (`reports.statistics.mean_over_training_and_env_seeds`).
    There are as many trials as all runs have.

    Raises:
        ValueError: the runs are not over the same cases.
    """
    return {
        name: [mean_over_training_and_env_seeds(name, values) for values in by_trial]
        for name, by_trial in _stack(runs).items()
    }


def gain_by_trial(runs: Sequence[Trials], others: Sequence[Trials]) -> list[Estimate]:
    """The share of cases solved so far minus that of other runs with the same seeds, by trial.

    Differences are taken case by case, so that the interval is not widened by cases that are hard for both.

    Raises:
        ValueError: the runs are not over the same cases, or not as many.
    """
    if len(runs) != len(others):
        raise ValueError("not as many runs as there are to compare with")
    together = _stack([*runs, *others])["success"]
    return [
        mean_over_training_and_env_seeds("gain", values[: len(runs)] - values[len(runs) :])
        for values in together
    ]


def _stack(runs: Sequence[Trials]) -> dict[str, npt.NDArray[np.float64]]:
    """Each quantity of all runs, ``(trials, runs, cases)``, with the cases in the order of the first run."""
    if len({frozenset(run.cases) for run in runs}) != 1:
        raise ValueError("the runs are not over the same cases")
    length = min(len(run.trials) for run in runs)
    columns = [[run.cases.index(case) for case in runs[0].cases] for run in runs]
    measured = [run.measure() for run in runs]
    return {
        name: np.stack(
            [one[name][:length, own] for one, own in zip(measured, columns, strict=True)], axis=1
        )
        for name in TRIAL_LABELS
    }


def trial_rows(compared: Mapping[str, ByTrial]) -> list[list[str]]:
    """A table with a column for each trial: the names of the columns, then a row for each run and quantity.

    A mean is followed by its interval. Quantities that are 0 everywhere (tokens of a scripted model) are left
    out. A run with fewer trials than others has empty cells.

    Args:
        compared: label -> estimates by trial.
    """
    length = max(len(estimates["success"]) for estimates in compared.values())
    rows = [["", "", *(f"trial {number}" for number in range(length))]]
    for label, estimates in compared.items():
        for name, by_trial in estimates.items():
            if any(estimate.mean for estimate in by_trial):
                cells = [_cell(name, estimate) for estimate in by_trial]
                unit = ", %" if name in SHARES else ""
                empty = [""] * (length - len(cells))
                rows.append([label, TRIAL_LABELS[name] + unit, *cells, *empty])
                label = ""
    return rows


def _cell(name: str, estimate: Estimate) -> str:
    """A mean with its interval; of attempts only the mean, for it follows from success."""
    scale = 100 if name in SHARES else 1
    if name == "attempts":
        return f"{scale * estimate.mean:.0f}"
    digits = 1 if scale * estimate.mean < 1000 else 0
    mean, low, high = (f"{scale * value:,.{digits}f}" for value in estimate)
    return f"{mean} ({low}..{high})"
