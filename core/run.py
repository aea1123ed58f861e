"""The directory of one run: its path, its lock, the names of its files, and how a new run replaces an old one."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from filelock import FileLock, Timeout

from core.decode import convert
from core.errors import RunDirectoryError
from core.files import TEMPORARY, read_json, remove, write_json
from core.flags import Settings
from core.provenance import provenance
from core.settings import to_json
from core.task import slug

CONFIG, MODEL, CHECKPOINT, METRICS = "config.json", "acmodel.pt", "checkpoint.pt", "metrics.jsonl"
RESULT = "result.json"
"""The result of one of many runs (`experiments.jobs`)."""
EVALUATION, EPISODES, SUMMARY = "eval", "episodes.jsonl", "summary.json"
"""The directory of a run's own evaluation, and the files of an evaluation; others are in ``eval_...``
(`runner.evaluation.places`)."""
TRIALS = "trials"
"""The directory of the trials of a Reflexion run, with a directory for each."""
ENV_RESULTS = "env_results_trial_"
"""How the names of the files begin that Reflexion's published code writes and reads."""
SELF_TESTS = "self_tests.jsonl"
"""The tests that a model made for itself, and what they gave (`agents.reflexion.programmer`)."""
LEARN_RESULTS, EVAL_RESULTS = "learn_results", "eval_results"
"""The directories of what was learned from training cases, and of the evaluation with it."""
CANDIDATE = "candidate.json"
"""The record of a candidate, in its directory in ``learn_results``."""
DEMONSTRATIONS, EXPLORED, PAIRS = "sft.json", "explored.json", "pairs.json"
"""The trajectories of an expert and of a model, and the pairs, in the form of ETO's published data (`tuning.formats`)."""
TUNED = "tuned.json"
"""The file of a finished stage of tuning, in its directory."""
BEST_MODEL, BEST = "best", "best.json"
"""Link to the model of the best round, and which round that is."""
TUNING_FILES = (
    "expert", "untuned", "base", "sft", "dpo", "iterations", "controls",
    DEMONSTRATIONS, EXPLORED, PAIRS, BEST_MODEL, BEST,
)  # fmt: skip
"""What is left where a model was tuned (`agents.eto`)."""
PLANNER_TUNING_FILES = (
    "eto", "more_sft", "rft", "eto.json", "more_sft.json", "rft.json",
    "questions.json", "outcomes.json", "results.json",
)  # fmt: skip
"""What is left where a planner was tuned (`experiments.tune_planner`), beside those."""
REPORT = "report.html"
EVENTS = "events.out.tfevents*"
"""The files of TensorBoard."""
_LOCK = ".lock"
_FILES = (
    CONFIG,
    MODEL,
    CHECKPOINT,
    METRICS,
    RESULT,
    SELF_TESTS,
    REPORT,
    EVALUATION,
    f"{EVALUATION}_*",
    LEARN_RESULTS,
    TRIALS,
    f"{ENV_RESULTS}*.json",
    EVENTS,
    *TUNING_FILES,
    *PLANNER_TUNING_FILES,
    "*.damaged",
)
"""What a run leaves; a directory may hold other files, which nothing here touches."""
_DRAFT, _WHOLE, _MOVING = ".draft", ".draft-whole", ".draft-moving"
"""A new run before it replaces an old one, when it is about to, and when the old one is gone."""


class NamesRun(Protocol):
    """Settings that say where a run is kept."""

    @property
    def logdir(self) -> str:
        """Where all runs are kept."""
        ...

    @property
    def group(self) -> str:
        """What runs are grouped by: the objective of a mediator, or the method."""
        ...

    @property
    def task(self) -> str:
        """Name of the task, in upper or lower case."""
        ...

    @property
    def save_name(self) -> str:
        """Name of the run."""
        ...


class RunDirectory:
    """One run's directory, ``LOGDIR/GROUP/TASK/NAME``.

    Entering its context creates the directory, locks it against other processes, and puts in order what a
    process left that was killed.

    A new run begins with `begin` and is published once it has something to keep. If there is an old run, the
    new one's files are in a hidden draft until then. Whenever the process is killed, the directory holds the
    files of the old run or of the new one, never of both.
    """

    def __init__(self, logdir: str | Path, group: str, task: str, name: str) -> None:
        self.path = Path(logdir) / group / task / name
        self._lock = FileLock(self.path / _LOCK)
        self._is_draft = False

    @classmethod
    def of(cls, settings: NamesRun) -> Self:
        """The directory that settings name.

        Raises:
            SettingsError: there is no such task.
        """
        return cls(settings.logdir, settings.group, slug(settings.task), settings.save_name)

    def __enter__(self) -> Self:
        """Create and lock the directory.

        Raises:
            RunDirectoryError: it cannot be written, or another process has locked it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self._finish_replacing()
            for path in self.path.rglob(TEMPORARY):
                remove(path)
        except Timeout:
            raise RunDirectoryError(
                f"{self.path} is in use by another process: wait for it or choose another --save_name"
            ) from None
        except OSError as error:
            self._lock.release()
            raise RunDirectoryError(
                f"{self.path} cannot be written: {error.strerror or error}"
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Release the lock; a draft that was not published is not the run."""
        self._is_draft = False
        self._lock.release()

    def file(self, name: str) -> Path:
        """Path of a file of the run; between `begin` and `publish` it may be in the draft.

        Where a process was killed while it replaced the run, and none has locked the directory since then, it
        is the file of the new run.
        """
        if self._is_draft:
            return self.path / _DRAFT / name
        moving = (self.path / place / name for place in (_WHOLE, _MOVING))
        return next((path for path in moving if path.exists()), self.path / name)

    @property
    def holds_training(self) -> bool:
        """Whether a training has begun here."""
        return self.file(CHECKPOINT).exists() or self.file(MODEL).exists()

    @property
    def is_used(self) -> bool:
        """Whether a run has left something here; a new one in a draft is not meant."""
        return any(self._files())

    @property
    def is_replacing(self) -> bool:
        """Whether an old run is still in its place."""
        return self._is_draft

    @property
    def command_to_go_on(self) -> str:
        """What to give after an error: a draft is begun again, a run is resumed."""
        return "the same command" if self._is_draft else "the same command with --resume"

    def begin(self) -> None:
        """Begin a new run."""
        self.drop_draft()
        self._is_draft = self.is_used

    def open_draft(self) -> bool:
        """Continue a new run that was not published; returns whether there is one."""
        self._is_draft = (self.path / _DRAFT).exists()
        return self._is_draft

    def drop_draft(self) -> None:
        """Forget a new run that was not published: the old one stays."""
        self._is_draft = False
        shutil.rmtree(self.path / _DRAFT, ignore_errors=True)

    def publish(self) -> None:
        """The files of a draft take the place of the old run's."""
        if self._is_draft:
            (self.path / _DRAFT).rename(self.path / _WHOLE)  # from here on the new run is the one
            self._is_draft = False
            self._finish_replacing()

    def write_config(self, method: str, settings: Settings, **more: Any) -> None:
        """Write the resolved settings, the versions of the code that uses them, and what else is to be kept."""
        document = {"method": method, **more, "settings": to_json(settings), **provenance()}
        write_json(self.file(CONFIG), document)

    def _files(self) -> list[Path]:
        """What a run has left here."""
        return [path for pattern in _FILES for path in self.path.glob(pattern)]

    def _finish_replacing(self) -> None:
        """Remove the old run, then move the new one to its place; the name of the draft says how far it is."""
        whole, moving = self.path / _WHOLE, self.path / _MOVING
        if whole.exists():
            if any(whole.iterdir()):  # an empty one, in a copy that was cut short, replaces nothing
                for path in self._files():
                    remove(path)
            whole.rename(moving)
        if moving.exists():
            for path in moving.iterdir():
                path.replace(self.path / path.name)
            moving.rmdir()


def saved_settings(path: Path) -> dict[str, Any]:
    """The settings in a file of a run, as `core.settings.to_json` wrote them.

    Raises:
        RunDirectoryError: it cannot be read, or has none.
    """
    return convert(read_json(path), _SavedSettings, str(path)).settings


@dataclass(frozen=True, slots=True)
class _SavedSettings:
    settings: dict[str, Any]
