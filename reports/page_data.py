"""What the page's script reads: runs and episodes as plain values that become JSON."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

from minigrid.core.constants import COLOR_TO_IDX, COLORS, OBJECT_TO_IDX, STATE_TO_IDX

from core.chat import Usage
from core.episode import Episode
from core.task import is_all_tasks
from reports.episode_data import RoomEpisode, TextEpisode, room_episode, text_episode
from reports.learning import Learning
from reports.learning_data import LearningRows
from reports.lessons import Round
from reports.saved_run import Run
from reports.trials import Trials, case_order, estimate_by_trial
from reports.tuned import Tuned
from reports.tuned_data import tested_episodes, tuned_data


@dataclass(frozen=True, slots=True)
class Chart:
    """A quantity that is drawn over the course of training.

    Attributes:
        name: of the metric, without its group.
        title: what the page calls it.
        is_share: whether it lies between 0 and 1.
        is_about_questions: whether it says nothing about a method without a planner.
    """

    name: str
    title: str
    is_share: bool = False
    is_about_questions: bool = False


CHARTS = (
    Chart("success", "success rate", is_share=True),
    Chart("asks", "questions per episode", is_about_questions=True),
    Chart("return", "return"),
    Chart("steps", "steps per episode"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One trial's attempt at a case.

    Attributes:
        trial: its number.
        episode: number of the attempt among the run's episodes.
        solved: whether the trial counts the case as solved.
        note: written after the attempt; None without one.
        note_is_used: whether later attempts are told it (`core.reflection.Reflection.is_readable`).
    """

    trial: int
    episode: int
    solved: bool
    note: str | None
    note_is_used: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LessonRow:
    """A round of attempts at the training cases, with the lesson after it.

    Attributes:
        number: of the round.
        num_solved, num_cases: cases that were solved, and all.
        episode: number of its first attempt among the run's episodes.
        case: whose failure the lesson is about; empty without a lesson.
        text: of the lesson.
        is_used: whether the agent is told it (`core.reflection.Reflection.is_readable`).
        usage: what it took.
    """

    number: int
    num_solved: int
    num_cases: int
    episode: int
    case: str
    text: str
    is_used: bool
    usage: Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTrials:
    """All attempts at a case, in order; `name` is what the page calls it."""

    name: str
    attempts: list[Attempt]


def page_data(runs: Sequence[Run], colors: Sequence[str], dashes: Sequence[int]) -> dict[str, Any]:
    """All that the script reads, as values that JSON knows; runs of one colour differ in their `dashes`."""
    return {
        "charts": [asdict(chart) for chart in CHARTS],
        "codes": {
            "objects": list(OBJECT_TO_IDX),
            "states": list(STATE_TO_IDX),
            "colors": [f"rgb({', '.join(map(str, COLORS[name]))})" for name in COLOR_TO_IDX],
        },
        "runs": [
            _finite(_run_data(run, color, dash))
            for run, color, dash in zip(runs, colors, dashes, strict=True)
        ],
    }


def _run_data(run: Run, color: str, dash: int) -> dict[str, Any]:
    return {
        "label": run.label,
        "color": color,
        "dash": dash,
        "uses_planner": run.uses_planner,
        "curves": {
            f"{group}/{chart.name}": [row.get(f"{group}/{chart.name}") for row in run.metrics]
            for group in ("rollout", "eval")
            for chart in CHARTS
        },
        "env_steps": [row["env_steps"] for row in run.metrics],
        "seconds": [row.get("time/total_seconds") for row in run.metrics],
        **_episodes_data(run),
    }


def _episodes_data(run: Run) -> dict[str, Any]:
    """The episodes, and what was learned, tuned or solved in trials."""
    if run.tuned is not None:
        return _tuned_data(run.tuned)
    if run.trials is not None:
        return _trials_data(run.trials)
    if run.learning is not None:
        return _learning_data(run.episodes, run.learning)
    if run.rounds:
        return _lessons_data(run.episodes, run.rounds)
    return {"episodes": [asdict(_episode(episode, run)) for episode in run.episodes]}


def _learning_data(evaluated: Sequence[Episode], learning: Learning) -> dict[str, Any]:
    """The episodes of the evaluation, then those of the training cases, and what was learned from these."""
    kept = learning.kept.names
    episodes = [text_episode(episode.case, episode, kept) for episode in evaluated]
    for candidate, tested in ((one.candidate, one.episodes) for one in learning.tested):
        names, group = candidate.proposal.library.names, f"candidate {candidate.name}"
        episodes += [
            text_episode(f"{candidate.name}: {episode.case}", episode, names, group)
            for episode in tested
        ]
    return {
        "episodes": [asdict(episode) for episode in episodes],
        "learning": asdict(LearningRows(learning, len(evaluated)).data()),
    }


def _lessons_data(evaluated: Sequence[Episode], rounds: Sequence[Round]) -> dict[str, Any]:
    """The episodes of the evaluation, then those of the rounds, and the lessons after these."""
    episodes = [text_episode(episode.case, episode) for episode in evaluated]
    lessons = []
    for one in rounds:
        lesson = one.lesson
        lessons.append(
            LessonRow(
                number=one.number,
                num_solved=one.num_solved,
                num_cases=len(one.episodes),
                episode=len(episodes),
                case=lesson.case if lesson else "",
                text=lesson.text if lesson else "",
                is_used=lesson is not None and lesson.is_readable,
                usage=lesson.usage if lesson else Usage(),
            )
        )
        episodes += [
            text_episode(f"round {one.number}: {episode.case}", episode, (), f"round {one.number}")
            for episode in one.episodes
        ]
    return {
        "episodes": [asdict(episode) for episode in episodes],
        "lessons": [asdict(lesson) for lesson in lessons],
    }


def _tuned_data(tuned: Tuned) -> dict[str, Any]:
    """The test episodes of all agents, and what these were trained on."""
    return {
        "episodes": [asdict(episode) for episode in tested_episodes(tuned)],
        "tuned": asdict(tuned_data(tuned)),
    }


def _trials_data(trials: Trials) -> dict[str, Any]:
    """The attempts at each case, and what was solved by which trial."""
    episodes: list[TextEpisode] = []
    cases = []
    for case in sorted(trials.cases, key=case_order):
        attempts = []
        for trial, episode in trials.attempts_at(case):
            note = trial.notes.get(case)
            attempts.append(
                Attempt(
                    trial=trial.number,
                    episode=len(episodes),
                    solved=case in trial.solved,
                    note=note.text if note is not None else None,
                    note_is_used=note is not None and note.is_readable,
                )
            )
            episodes.append(text_episode(f"{case}, trial {trial.number}", episode))
        cases.append(CaseTrials(name=case, attempts=attempts))
    return {
        "episodes": [asdict(episode) for episode in episodes],
        "trials": {
            "by_trial": {
                name: [one._asdict() for one in estimates]
                for name, estimates in estimate_by_trial([trials]).items()
            },
            "cases": [asdict(case) for case in cases],
        },
    }


def _episode(episode: Episode, run: Run) -> RoomEpisode | TextEpisode:
    name = f"{episode.task} {episode.case}" if is_all_tasks(run.task) else episode.case
    if episode.is_text:
        return text_episode(name, episode)
    return room_episode(name, episode, uses_planner=run.uses_planner)


def _finite(data: Any) -> Any:
    """The same with null for numbers that are not finite, which JSON cannot hold."""
    if isinstance(data, dict):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not isfinite(data) else data
