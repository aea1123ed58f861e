"""Trained runs: which ones a name means, and their policies, ready to be evaluated."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from core.errors import RunDirectoryError
from core.run import MODEL, RunDirectory
from core.settings import FROM_THE_MODEL, EvalSettings, with_seed
from mediator.network_policy import NetworkPolicy
from mediator.policies import Policy
from runner.checkpoint import SavedModel
from runner.device import set_up_device


@dataclass(frozen=True, slots=True)
class EvalTarget:
    """A policy to evaluate, and the settings to do it with.

    Attributes:
        settings: of the evaluation; they name the run directory.
        policy: decides.
        features: name of its feature set.
        title: what tables call it.
        features_shape: input of its network; None for a rule.
    """

    settings: EvalSettings
    policy: Policy
    features: str
    title: str
    features_shape: tuple[int, int, int] | None = None


def find_runs(settings: EvalSettings) -> list[EvalSettings]:
    """The trained runs of a name: those of --run_seed_list, the run itself, or all NAME_seedN.

    Raises:
        RunDirectoryError: a model is missing.
    """
    if settings.run_seed_list:
        runs = [with_seed(settings, seed) for seed in settings.run_seed_list]
        for run in runs:
            _require_model(RunDirectory.of(run))
        return runs
    directory = RunDirectory.of(settings)
    if directory.file(MODEL).exists():
        return [settings]
    prefix = f"{settings.save_name}_seed"
    siblings = sorted(directory.path.parent.glob(f"{prefix}*/{MODEL}"))
    seeds = [path.parent.name.removeprefix(prefix) for path in siblings]
    found = [with_seed(settings, int(seed)) for seed in seeds if seed.isdecimal()]
    if not found:
        _require_model(directory)
    return sorted(found, key=lambda one: one.seed)


def _require_model(directory: RunDirectory) -> None:
    if not directory.file(MODEL).exists():
        raise RunDirectoryError(
            f"no model in {directory.path}: train it first, with the same --task, --save_name, "
            "--algo and --logdir"
        )


def load_target(settings: EvalSettings, explicit: Collection[str], method: str) -> EvalTarget:
    """A trained policy; `FROM_THE_MODEL` settings are the training's unless they were typed.

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
    # models of earlier versions know fewer settings
    wanted = [name for name in FROM_THE_MODEL if name not in explicit and name in model.settings]
    settings = replace(settings, **{name: model.settings[name] for name in wanted})
    return EvalTarget(
        settings,
        NetworkPolicy(model.network(device), device, greedy=settings.greedy),
        str(model.settings["features"]),
        f"{settings.save_name} ({'greedy' if settings.greedy else 'sampled'})",
        model.image_shape,
    )


def iter_trained(
    settings: EvalSettings, explicit: Collection[str], method: str
) -> Iterator[EvalTarget]:
    """The trained policy of each run in `find_runs`, loaded one at a time; see `load_target`.

    Raises:
        RunDirectoryError: a model is missing, damaged, or of another task or method.
    """
    for one in find_runs(settings):
        yield load_target(one, explicit, method)
