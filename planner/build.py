"""From settings to a planner. A new chat model is a file in planner/ and a line in `MODELS`."""

from collections.abc import Callable, Mapping
from pathlib import Path

from core.errors import SettingsError
from core.settings import RunSettings
from core.task import Task
from planner.chat import ChatModel
from planner.memory import RememberingPlanner
from planner.planner import ChatPlanner
from planner.prompt import load_prompt
from planner.record import RecordingModel, ReplayModel
from planner.scripted import ScriptedModel
from planner.server import ServerModel


def _replay(settings: RunSettings) -> ChatModel:
    if not settings.record_file:
        raise SettingsError("--planner replay needs --record_file: the recorded answers")
    return ReplayModel(Path(settings.record_file))


def _server(settings: RunSettings) -> ChatModel:
    return ServerModel(
        settings.llm_url,
        settings.llm_model,
        temperature=settings.temperature,
        max_tokens=settings.max_tokens,
        timeout=settings.llm_timeout,
        seed=settings.seed,
    )


MODELS: Mapping[str, Callable[[RunSettings], ChatModel]] = {
    "scripted": lambda _: ScriptedModel(),
    "fastchat": _server,
    "replay": _replay,
}


def build_planner(settings: RunSettings, task: Task) -> RememberingPlanner:
    """The planner a run asks, with its memory.

    Raises:
        SettingsError: the planner's name or its settings make no sense.
        PlannerError: it cannot be used.
    """
    if settings.planner not in MODELS:
        raise SettingsError(
            f"unknown planner {settings.planner!r}: choose one of {', '.join(MODELS)}"
        )
    model = MODELS[settings.planner](settings)
    if settings.record_file and settings.planner != "replay":
        model = RecordingModel(model, Path(settings.record_file))
    return RememberingPlanner(ChatPlanner(model, load_prompt(task)))
