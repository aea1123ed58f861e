"""Train a method: each seed's run from its directory to its model."""

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from core.console import echo
from core.errors import RunDirectoryError, SettingsError
from core.run import RunDirectory
from core.settings import TrainSettings
from runner.rooms.build import RoomMethod
from runner.training.checkpoint import Checkpoint
from runner.training.resume import each_run, load_if_resumed
from runner.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Training:
    """A finished training run.

    Attributes:
        settings: of the run.
        path: its directory.
        metrics: the last row of its metrics; empty if there was nothing left to do.
    """

    settings: TrainSettings
    path: Path
    metrics: dict[str, float]

    def __str__(self) -> str:
        """Where the model is, and how good the policy was in the last iteration."""
        last = {name: self.metrics.get(f"rollout/{name}") for name in ("success", "asks", "steps")}
        means = [f"{name} {mean:.4g}" for name, mean in last.items() if mean is not None]
        return f"{self.path}: {self.settings.n_itr} iterations; {', '.join(means)}"

    __repr__ = __str__


def train(
    method: RoomMethod, settings: TrainSettings, explicit: Collection[str] = ()
) -> list[Training]:
    """Train once for each seed; a run that is refused is refused before anything is compiled or loaded.

    Args:
        method: what is trained.
        settings: of the runs.
        explicit: names of the settings that were typed.

    Raises:
        SettingsError: --ask_budget with a cost rule that cannot keep it.
        RunDirectoryError: a directory is in use or holds another run.
        ModelError: the planner gave no answer.
    """
    if settings.ask_budget:
        if "ask_cost" in explicit and settings.ask_cost != "each":
            raise SettingsError(
                f"--ask_budget needs --ask_cost each: by {settings.ask_cost}, some questions are free"
            )
        settings = replace(settings, ask_cost="each")
    with ExitStack() as stack:
        runs = []
        for one in each_run(settings):
            directory = RunDirectory.of(one)
            if one.resume and not directory.path.exists():
                raise RunDirectoryError(f"{directory.path} does not exist: train this run first")
            stack.enter_context(directory)
            runs.append((one, directory, load_if_resumed(directory, one, method)))
        return [_train_one(method, *run) for run in runs]


def _train_one(
    method: RoomMethod,
    settings: TrainSettings,
    directory: RunDirectory,
    checkpoint: Checkpoint | None,
) -> Training:
    if checkpoint is not None and checkpoint.progress["iteration"] >= settings.n_itr:
        echo(
            f"{directory.path} is finished: {settings.n_itr} iterations; "
            "a larger --n_itr trains it further"
        )
        return Training(settings, directory.path, {})
    trainer = Trainer(settings, method)
    names = dict.fromkeys(trainer.planner_names)
    echo(f"planner: {', '.join(names) or 'none, the policy chooses among skills'}")
    row = trainer.run(directory, checkpoint)
    if trainer.answers:
        usage = trainer.total_usage.describe(settings.token_prices)
        echo(f"{trainer.planner_names[0]}: {trainer.num_questions} distinct questions, {usage}")
        trainer.account.show()
        trainer.answer_counts.show("plan", settings.max_tokens)
    return Training(settings, directory.path, row)
