"""From settings to a planner. A new chat model is a file in planner/ and a line in `MODELS`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from core.errors import PlannerError, SettingsError
from core.settings import PlannerSettings, RunSettings
from core.task import RoomTask
from planner.cache import CacheableModel, CachedModel, ResponseCache
from planner.chat import ChatModel, Sampling
from planner.memoize import MemoizedPlanner
from planner.openai_client import ServerModel
from planner.planner import ChatPlanner
from planner.prompt import load_prompt
from planner.record_replay import RecordingModel, ReplayModel
from planner.scripted import ScriptedModel

NO_STORE = "none"
P = TypeVar("P", bound=PlannerSettings)


def _replay(settings: RunSettings) -> ChatModel:
    if not settings.record_file:
        raise SettingsError("--planner replay needs --record_file: the recorded answers")
    return ReplayModel(Path(settings.record_file))


def _server(settings: RunSettings) -> ChatModel:
    model = ServerModel(
        settings.llm_url,
        settings.llm_model,
        sampling=_sampling(settings),
        in_flight=settings.llm_in_flight,
        template=settings.llm_template,
        timeout=settings.llm_timeout,
    )
    return _stored(model, settings)


def _local(settings: RunSettings) -> ChatModel:
    try:
        # slow to import, and only there where a language model is to run in this process
        from planner.local import LocalModel
        from planner.smollm import default_model
    except ImportError as error:
        raise PlannerError(f"--planner local needs {error.name}: make install-llm") from None
    path = settings.model_path or str(default_model())
    return _stored(LocalModel(path, _sampling(settings), settings.device), settings)


def _sampling(settings: RunSettings) -> Sampling:
    return Sampling(settings.temperature, settings.max_tokens, settings.stop, settings.seed)


def _stored(model: CacheableModel, settings: RunSettings) -> ChatModel:
    if settings.answer_store == NO_STORE:
        return model
    return CachedModel(model, ResponseCache(Path(settings.logdir) / settings.answer_store))


MODELS: Mapping[str, Callable[[RunSettings], ChatModel]] = {
    "scripted": lambda _: ScriptedModel(),
    "fastchat": _server,
    "local": _local,
    "replay": _replay,
}


def with_model_name(settings: P) -> P:
    """The settings, and in them the name of the model that a server offers if none was given.

    A run is of one model: who goes on with it is not to meet another one unawares.

    Raises:
        PlannerError: the server cannot be reached, or names none.
    """
    if settings.planner != "fastchat" or settings.llm_model:
        return settings
    server = ServerModel(settings.llm_url, timeout=settings.llm_timeout)
    return replace(settings, llm_model=server.identity["model"])


def build_planner(settings: RunSettings, task: RoomTask) -> MemoizedPlanner:
    """The planner a run asks about a task, with its memory.

    Raises: see `build_planners`.
    """
    [planner] = build_planners(settings, [task])
    return planner


def build_planners(settings: RunSettings, tasks: Sequence[RoomTask]) -> list[MemoizedPlanner]:
    """A planner for each task, all with the same chat model.

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
    prompts = [load_prompt(task, shows_examples=not settings.no_examples) for task in tasks]
    ranks = settings.planner_mode == "rank"
    return [MemoizedPlanner(ChatPlanner(model, prompt, ranks=ranks)) for prompt in prompts]
