"""The policies of trained runs, ready to be evaluated."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.console import echo
from core.errors import RunDirectoryError
from core.run import MODEL, RunDirectory
from core.secrets import hidden_url
from core.settings import FROM_THE_MODEL, EvalSettings, from_json, to_json
from mediator.network_policy import NetworkPolicy
from mediator.policies import Policy
from planner.build import with_model_name
from runner.device import set_up_device
from runner.evaluation.runs import find_runs
from runner.refuse import as_flag
from runner.training.checkpoint import SavedModel

SAY_WHICH_PLANNER = ("planner", "llm_url", "llm_model", "model_path", "record_file")
"""Settings that say which model answers."""


@dataclass(frozen=True, slots=True)
class EvalTarget:
    """A policy to evaluate, and the settings to do it with.

    Attributes:
        settings: of the evaluation; they name the run directory.
        own: of the run's own evaluation, which differs from others in nothing that was typed.
        policy: decides.
        features: name of its feature set.
        title: what tables call it.
        features_shape: input of its network; None for a rule.
    """

    settings: EvalSettings
    own: EvalSettings
    policy: Policy
    features: str
    title: str
    features_shape: tuple[int, int, int] | None = None

    @property
    def rule(self) -> str:
        """Name of an asking policy that needs no training; empty for a trained policy."""
        return self.title if self.features_shape is None else ""


def load_target(settings: EvalSettings, explicit: Collection[str], method: str) -> EvalTarget:
    """A trained policy; `FROM_THE_MODEL` settings are the training's unless they were typed.

    Prints a line if the settings differ from those of the training.

    Args:
        settings: of the evaluation.
        explicit: names of the settings that were typed.
        method: name of the method that trained it.

    Raises:
        RunDirectoryError: the model is missing, damaged, or of another task or method.
    """
    device = set_up_device(settings.device, settings.num_envs)
    path = RunDirectory.of(settings).file(MODEL)
    model = SavedModel.load(path, device)
    if model.method != method:
        raise RunDirectoryError(
            f"{path} is a model of the method {model.method}, not {method}: evaluate it with that "
            "method's verb"
        )
    own, names = _own_evaluation(settings, model.settings)
    taken = {name: getattr(own, name) for name in names if name not in explicit}
    settings = with_model_name(replace(settings, **taken))
    difference = _difference(model.settings, settings)
    if difference:
        echo(difference)
    return EvalTarget(
        settings,
        own,
        NetworkPolicy(model.network(device), device, greedy=settings.greedy),
        str(model.settings["features"]),
        f"{settings.save_name} ({'greedy' if settings.greedy else 'sampled'})",
        model.image_shape,
    )


def _own_evaluation(
    settings: EvalSettings, saved: Mapping[str, Any]
) -> tuple[EvalSettings, Collection[str]]:
    """The settings of the run's own evaluation, and the names of those that the training decides."""
    taken = {name: saved[name] for name in FROM_THE_MODEL if name in saved}  # early runs lack some
    if saved.get("planner") != "fastchat":
        taken.pop("llm_model", None)  # it was not asked
    if saved.get("planner") != "replay":
        taken.pop("record_file", None)  # it was written, not read
    default = EvalSettings(task=settings.task, save_name=settings.save_name)
    return from_json(EvalSettings, {**to_json(default), **taken}), taken.keys()


def _difference(saved: Mapping[str, Any], settings: EvalSettings) -> str:
    """One line that says what differs from the training; empty if nothing does."""
    now = to_json(settings)
    planners = [_planner(saved), _planner(now)]
    sides = [[f"with {planner}"] if planners[0] != planners[1] else [] for planner in planners]
    for name in (*FROM_THE_MODEL, "planner_noise"):
        if name in saved and name not in SAY_WHICH_PLANNER and saved[name] != now[name]:
            for side, value in zip(sides, (saved[name], now[name]), strict=True):
                side.append(as_flag(name, value))
    then, today = (" and ".join(side) for side in sides)
    return f"trained {then}, evaluated {today}" if then else ""


def _planner(saved: Mapping[str, Any]) -> str:
    """Which planner, and which model behind it."""
    name = saved.get("planner", "scripted")
    models = {
        "fastchat": f"{saved.get('llm_model') or 'its model'} at {hidden_url(str(saved.get('llm_url')))}",
        "local": saved.get("model_path") or "the small model",
        "replay": saved.get("record_file"),
    }
    return f"{name} ({models[name]})" if name in models else str(name)


def iter_trained(
    settings: EvalSettings, explicit: Collection[str], method: str
) -> Iterator[EvalTarget]:
    """The trained policy of each run in `find_runs`, loaded one at a time; see `load_target`.

    Raises:
        RunDirectoryError: a model is missing, damaged, or of another task or method.
    """
    for one in find_runs(settings):
        yield load_target(one, explicit, method)
