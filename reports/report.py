"""One self-contained HTML page about some runs: numbers, curves, settings, and an episode player."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup
from minigrid.core.constants import COLOR_TO_IDX, COLORS, OBJECT_TO_IDX, STATE_TO_IDX
from plotly.offline import get_plotlyjs

from core.console import echo
from core.episode import Episode, PolicyTrace
from core.errors import RunDirectoryError
from core.files import read_json, read_lines, write_bytes
from core.rooms.object_memory import ObjectMemory
from core.rooms.view import GridView
from core.run import CONFIG, EVALUATION, METRICS, REPORT
from core.settings import ReportSettings
from core.task import is_all_tasks
from mediator.policies import ASK
from reports.paper import PAPER
from reports.replay import replay
from reports.statistics import QUANTITIES, Estimate

TEMPLATES = Path(__file__).parent / "page"
SHOWN = ("success", "asks", "return", "steps")
"""Which metrics are drawn against the steps and the seconds of training."""
_NO_TRACE = PolicyTrace(decision=ASK, probability=1.0, value=0.0)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run directory holds; a part that is not there is empty.

    Attributes:
        label: what the page calls it.
        title: who was evaluated, and how.
        task: the task's name.
        settings, provenance: as the run kept them.
        metrics: rows of metrics.jsonl.
        summary: quantity -> estimate, of the evaluation.
        episodes: of the evaluation.
        asks: whether decisions are about asking.
    """

    label: str
    title: str
    task: str
    settings: dict[str, Any]
    provenance: dict[str, Any]
    metrics: list[dict[str, float]]
    summary: dict[str, Estimate]
    episodes: list[Episode]
    asks: bool


def report(settings: ReportSettings, given: frozenset[str]) -> None:  # noqa: ARG001 a verb
    """Write the page and say where it is."""
    paths = [Path(name) for name in settings.runs]
    runs = [load_run(path, label) for path, label in zip(paths, _labels(paths), strict=True)]
    place = Path(settings.out) if settings.out else paths[0] / REPORT
    write_bytes(place, render(runs).encode())
    echo(f"written to {place}: open it in a browser")


def load_run(path: Path, label: str) -> Run:
    """Read a run directory.

    Raises:
        RunDirectoryError: there is neither training nor evaluation in it, or a file is damaged.
    """
    config, metrics = path / CONFIG, path / METRICS
    summary, episodes = path / EVALUATION / "summary.json", path / EVALUATION / "episodes.jsonl"
    if not config.exists() and not summary.exists():
        raise RunDirectoryError(
            f"{path} holds no run: give a run directory, for example log/ppo/simpledoorkey/experiment01"
        )
    evaluation = read_json(summary) if summary.exists() else {}
    training = read_json(config) if config.exists() else {}
    document = {**training, **evaluation}
    try:
        return Run(
            label=label,
            title=str(evaluation.get("title", "not evaluated")),
            task=document["settings"]["task"],
            # the evaluation's come last: they made the numbers
            settings={**training.get("settings", {}), **document["settings"]},
            provenance={"commit": document["commit"], **document["versions"]},
            metrics=read_lines(metrics) if metrics.exists() else [],
            summary={k: Estimate(**v) for k, v in evaluation.get("summary", {}).items()},
            episodes=[Episode.from_json(line) for line in read_lines(episodes)]
            if episodes.exists()
            else [],
            asks=training.get("method") != "skill_rl",
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise RunDirectoryError(f"{path} is damaged: {error!r}") from error


def render(runs: Sequence[Run]) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    names = list(dict.fromkeys(name for run in runs for name in run.settings))
    return environment.get_template("report.html.j2").render(
        runs=runs,
        quantities=list(QUANTITIES),
        paper={
            task: PAPER[task] for task in dict.fromkeys(run.task for run in runs) if task in PAPER
        },
        settings=[(name, [run.settings.get(name, "") for run in runs]) for name in names],
        data=_finite(
            {"shown": SHOWN, "codes": _legend(), "runs": [_run_data(run) for run in runs]}
        ),
        plotly=Markup(get_plotlyjs()),
        style=Markup((TEMPLATES / "report.css").read_text()),
        script=Markup((TEMPLATES / "report.js").read_text()),
    )


def _labels(paths: Sequence[Path]) -> list[str]:
    """The runs' names, with as much of their paths before them as tells them apart."""
    parts = [path.resolve().parts for path in paths]
    for number in range(1, max(map(len, parts)) + 1):
        labels = ["/".join(one[-number:]) for one in parts]
        if len(set(labels)) == len(set(parts)):
            break
    return labels


def _finite(data: Any) -> Any:
    """The same with null for what is not a number: JSON has no other word for it."""
    if isinstance(data, dict):
        return {name: _finite(value) for name, value in data.items()}
    if isinstance(data, (list, tuple)):
        return [_finite(value) for value in data]
    return None if isinstance(data, float) and not isfinite(data) else data


def _legend() -> dict[str, Any]:
    """What the numbers of a cell mean."""
    return {
        "objects": list(OBJECT_TO_IDX),
        "states": list(STATE_TO_IDX),
        "colors": [f"rgb({', '.join(map(str, COLORS[name]))})" for name in COLOR_TO_IDX],
    }


def _run_data(run: Run) -> dict[str, Any]:
    """A run as the page's script takes it."""
    return {
        "label": run.label,
        "task": run.task,
        "asks": run.asks,
        "curves": {
            f"{group}/{name}": [row.get(f"{group}/{name}") for row in run.metrics]
            for group in ("rollout", "eval")
            for name in SHOWN
        },
        "env_steps": [row["env_steps"] for row in run.metrics],
        "seconds": [row.get("time/total_seconds") for row in run.metrics],
        "episodes": [
            _episode_data(episode, asks=run.asks, names_task=is_all_tasks(run.task))
            for episode in run.episodes
        ],
    }


def _episode_data(episode: Episode, *, asks: bool, names_task: bool) -> dict[str, Any]:
    """An episode for the player: column by column; frame n is the room before step n."""
    traces = [step.policy or _NO_TRACE for step in episode.steps]
    return {
        "name": f"{episode.task} {episode.case}" if names_task else episode.case,
        "success": episode.success,
        "return": episode.total_return,
        "frames": list(_frames(episode)),
        "skills": [step.skill for step in episode.steps],
        "actions": [step.action for step in episode.steps],
        "values": [trace.value for trace in traces],
        "probabilities": [
            1 - trace.probability if asks and trace.decision != ASK else trace.probability
            for trace in traces
        ],
        "plans": episode.plans,
        "questions": [
            {
                "step": number,
                "question": asked.question,
                "answer": asked.answer,
                "plan": asked.plan,
                "is_forced": asked.is_forced,
                "cost": asked.cost,
            }
            for number, step in enumerate(episode.steps)
            if (asked := step.consultation) is not None
        ],
    }


def _frames(episode: Episode) -> Iterator[dict[str, Any]]:
    """What the agent has seen, as what changed since the frame before.

    Cells are ``[x, y, object, colour, state]`` in MiniGrid's codes; `sightings` are all places that are
    remembered, where they changed.
    """
    memory, remembered = ObjectMemory(), None
    before = None
    for env in replay(episode):
        image = env.gen_obs()["image"]
        view = GridView(image)
        memory.update(view)
        old = np.zeros_like(image) if before is None else before
        changed = np.argwhere((image[..., :3] != old[..., :3]).any(axis=-1)).tolist()
        frame: dict[str, Any] = {
            "cells": [[x, y, *image[x, y, :3].tolist()] for x, y in changed],
            "agent": [*view.agent_position, view.agent_direction],
            "hand": None if view.carried is None else str(view.carried),
        }
        places = [
            f"{name} at {tuple(memory.locate(name) or ())}"
            for name in sorted(memory.known, key=str)
        ]
        if before is None:
            frame["size"] = env.width
        if places != remembered:
            frame["sightings"] = remembered = places
        before = image
        yield frame
