"""From settings to a language model. A new one is a file in planner/ and a line in `MODELS`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from core.chat import Sampling
from core.errors import ModelMissing, SettingsError
from core.settings import BaseRunSettings, PlannerSettings, RunSettings
from core.task import RoomTask
from planner.account import Account, new_id
from planner.cache import CacheableModel, CachedModel
from planner.chat import ChatModel
from planner.metered import MeteredModel
from planner.openai_client import ServerModel
from planner.planner import Planner
from planner.prompt import load_prompt
from planner.record_replay import RecordingModel, ReplayModel
from planner.scripted import ScriptedModel
from planner.sqlite_cache import SqliteCache

if TYPE_CHECKING:
    from planner.local import LocalModel

NO_CACHE = "none"
P = TypeVar("P", bound=PlannerSettings)


def _replay(settings: BaseRunSettings, _: Account) -> ChatModel:
    if not settings.record_file:
        raise SettingsError("--planner replay needs --record_file: the recorded answers")
    return ReplayModel(Path(settings.record_file))


def _server(settings: BaseRunSettings, account: Account) -> ChatModel:
    model = ServerModel(
        settings.llm_url,
        settings.llm_model,
        in_flight=settings.llm_in_flight,
        template=settings.llm_template,
        timeout=settings.llm_timeout,
        max_bytes=settings.max_answer_bytes,
        seed=settings.seed,
    )
    return _cached(model, settings, account)


def _local(settings: BaseRunSettings, account: Account) -> ChatModel:
    return _cached(load_local(settings.model_path, settings.device), settings, account)


def load_local(path: str, device: str) -> "LocalModel":
    """A language model in this process.

    Args:
        path: its directory or hub name; empty for the small model of ``make install-llm``.
        device: where it computes.

    Raises:
        ModelMissing: it cannot be used, or a package is missing.
    """
    try:
        # slow to import, and not always installed
        from planner.local import LocalModel
        from planner.smollm import default_model
    except ImportError as error:
        raise ModelMissing(f"--planner local needs {error.name}: make install-llm") from None
    return LocalModel(path or str(default_model()), device)


def _cached(model: CacheableModel, settings: BaseRunSettings, account: Account) -> ChatModel:
    if settings.answer_store == NO_CACHE:
        return model
    path = Path(settings.logdir) / settings.answer_store
    account.store = str(path)
    return CachedModel(model, SqliteCache(path), account)


MODELS: Mapping[str, Callable[[BaseRunSettings, Account], ChatModel]] = {
    "scripted": lambda *_: ScriptedModel(),
    "fastchat": _server,
    "local": _local,
    "replay": _replay,
}


def with_model_name(settings: P) -> P:
    """The settings with the name of the model that the server offers, if none was given.

    A run belongs to one model: it must not be resumed with another one by accident.

    Raises:
        ModelError: the server cannot be reached, or names none.
    """
    if settings.planner != "fastchat" or settings.llm_model:
        return settings
    server = ServerModel(
        settings.llm_url, timeout=settings.llm_timeout, max_bytes=settings.max_answer_bytes
    )
    return replace(settings, llm_model=server.served_model())


def sampling_of(settings: BaseRunSettings) -> Sampling:
    """How a run's answers are picked."""
    return Sampling(settings.temperature, settings.max_tokens, settings.stop, settings.seed)


def build_model(settings: BaseRunSettings, scripted: ChatModel | None = None) -> MeteredModel:
    """The language model of a run, with its cache, its recording and its meter.

    Args:
        settings: of the run.
        scripted: what ``--planner scripted`` is, if not the one for door rooms.

    Raises:
        SettingsError: a setting that the model needs is missing, or it is invalid.
        ModelError, RunDirectoryError: it cannot be used.
    """
    account = Account(new_id(settings.save_name))
    if scripted is not None and settings.planner == "scripted":
        model = scripted
    else:
        model = MODELS[settings.planner](settings, account)
    if settings.record_file and settings.planner != "replay":
        model = RecordingModel(model, Path(settings.record_file))
    return MeteredModel(model, account)


def build_two_models(
    settings: BaseRunSettings, scripted: ChatModel, second: str
) -> tuple[MeteredModel, MeteredModel]:
    """The language model of a run, and the one with the name `second` at the same server; without a name the same.

    Raises: see `build_model`.
    """
    model = build_model(settings, scripted)
    return model, build_model(replace(settings, llm_model=second)) if second else model


def build_planner(settings: RunSettings, task: RoomTask) -> Planner:
    """The planner of a run on one task.

    Raises: see `build_model`.
    """
    [planner] = build_planners(settings, [task], build_model(settings))
    return planner


def build_planners(
    settings: RunSettings, tasks: Sequence[RoomTask], model: ChatModel
) -> list[Planner]:
    """A planner for each task of door rooms; all of them ask the same model.

    Raises:
        SettingsError: a task has no prompt.
    """
    prompts = [load_prompt(task, shows_examples=not settings.no_examples) for task in tasks]
    ranks, sampling = settings.planner_mode == "rank", sampling_of(settings)
    return [Planner(model, prompt, sampling, ranks) for prompt in prompts]
