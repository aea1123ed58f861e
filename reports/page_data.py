"""What the page's script reads: runs and episodes as plain values that become JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any

import numpy as np
from minigrid.core.constants import COLOR_TO_IDX, COLORS, OBJECT_TO_IDX, STATE_TO_IDX

from core.episode import Episode, PolicyTrace
from core.rooms.object_memory import ObjectMemory
from core.rooms.view import GridView
from core.task import is_all_tasks
from mediator.policies import ASK
from reports.replay import replay
from reports.saved_run import Run
from reports.trials import case_order, estimate_by_trial


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
_NO_TRACE = PolicyTrace(decision=ASK, probability=1.0, value=0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What changed in the agent's view of a room since the frame before.

    Attributes:
        cells: ``[x, y, object, colour, state]`` of changed cells, in MiniGrid's codes.
        agent: x, y and direction.
        carried: the object that the agent carries.
        object_memory: every remembered object with its place; None where nothing changed.
    """

    cells: list[list[int]]
    agent: tuple[int, int, int]
    carried: str | None
    object_memory: list[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedQuestion:
    """A question before a step, and its answer."""

    step: int
    question: str
    answer: str
    plan: str
    is_forced: bool
    cost: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomEpisode:
    """An episode in a room, column by column; frame n is the room before step n.

    Attributes:
        name: what the page calls it.
        probabilities: of asking, or of the chosen skill for a method without a planner.
        values: the critic's; all 0 without one.
    """

    name: str
    success: bool
    total_return: float
    size: int
    frames: list[Frame]
    skills: list[str]
    actions: list[str]
    values: list[float]
    probabilities: list[float]
    plans: list[str]
    questions: list[AskedQuestion]
    kind: str = "room"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStep:
    """A step in a text world, with what its answer cost; an unreadable answer has no action."""

    observation: str
    thought: str
    action: str
    answer: str
    is_valid: bool
    reward: float
    primitive_steps: int
    llm_calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    cache_hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextEpisode:
    """An episode in a text world; `name` is what the page calls it."""

    name: str
    success: bool
    looped: bool
    score: float
    goal: str
    steps: list[TextStep]
    final_observation: str
    kind: str = "text"


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
    """The episodes, and of a run of trials what was solved by which trial and the attempts at each case."""
    if run.trials is None:
        return {"episodes": [asdict(_episode(episode, run)) for episode in run.episodes]}
    episodes: list[TextEpisode] = []
    cases = []
    for case in sorted(run.trials.cases, key=case_order):
        attempts = []
        for trial, episode in run.trials.attempts_at(case):
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
            episodes.append(_text_episode(f"{case}, trial {trial.number}", episode))
        cases.append(CaseTrials(name=case, attempts=attempts))
    return {
        "episodes": [asdict(episode) for episode in episodes],
        "trials": {
            "by_trial": {
                name: [one._asdict() for one in estimates]
                for name, estimates in estimate_by_trial([run.trials]).items()
            },
            "cases": [asdict(case) for case in cases],
        },
    }


def _episode(episode: Episode, run: Run) -> RoomEpisode | TextEpisode:
    name = f"{episode.task} {episode.case}" if is_all_tasks(run.task) else episode.case
    if episode.is_text:
        return _text_episode(name, episode)
    return _room_episode(name, episode, uses_planner=run.uses_planner)


def _text_episode(name: str, episode: Episode) -> TextEpisode:
    return TextEpisode(
        name=name,
        success=episode.success,
        looped=episode.looped,
        score=episode.score,
        goal=episode.goal,
        steps=[
            TextStep(
                observation=step.observation,
                thought=step.thought,
                action=step.action,
                answer=step.answer,
                is_valid=step.is_valid,
                reward=step.reward,
                primitive_steps=step.primitive_steps,
                **asdict(step.usage),
            )
            for step in episode.steps
        ],
        final_observation=episode.final_observation,
    )


def _room_episode(name: str, episode: Episode, *, uses_planner: bool) -> RoomEpisode:
    frames = list(_frames(episode))
    traces = [step.policy or _NO_TRACE for step in episode.steps]
    return RoomEpisode(
        name=name,
        success=episode.success,
        total_return=episode.total_return,
        size=1 + max(x for x, *_ in frames[0].cells),
        frames=frames,
        skills=[step.skill for step in episode.steps],
        actions=[step.action for step in episode.steps],
        values=[trace.value for trace in traces],
        probabilities=[
            1 - trace.probability if uses_planner and trace.decision != ASK else trace.probability
            for trace in traces
        ],
        plans=episode.plans,
        questions=[
            AskedQuestion(
                step=number,
                question=asked.question,
                answer=asked.answer,
                plan=asked.plan,
                is_forced=asked.is_forced,
                cost=asked.cost,
            )
            for number, step in enumerate(episode.steps)
            if (asked := step.consultation) is not None
        ],
    )


def _frames(episode: Episode) -> Iterator[Frame]:
    memory, remembered = ObjectMemory(), None
    before = None
    for env in replay(episode):
        image = env.gen_obs()["image"]
        view = GridView(image)
        memory.update(view)
        is_changed = (
            np.ones(image.shape[:2], dtype=bool)
            if before is None
            else (image[..., :3] != before[..., :3]).any(axis=-1)
        )
        objects = [
            f"{name} at {tuple(memory.locate(name) or ())}"
            for name in sorted(memory.known, key=str)
        ]
        x, y = view.agent_position
        yield Frame(
            cells=[[int(x), int(y), *image[x, y, :3].tolist()] for x, y in np.argwhere(is_changed)],
            agent=(int(x), int(y), int(view.agent_direction)),
            carried=None if view.carried is None else str(view.carried),
            object_memory=None if objects == remembered else objects,
        )
        before, remembered = image, objects


def _finite(data: Any) -> Any:
    """The same with null for numbers that are not finite, which JSON cannot hold."""
    if isinstance(data, dict):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not isfinite(data) else data
