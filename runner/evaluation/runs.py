"""Which trained runs a name means; without torch, so that a missing one is said at once."""

from core.errors import RunDirectoryError
from core.run import MODEL, RunDirectory
from core.settings import EvalSettings, with_seed


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
