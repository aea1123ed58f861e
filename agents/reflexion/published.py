"""The files of Reflexion's published code, ``env_results_trial_N.json``: written, and read to go on from them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from msgspec import Meta

from core.console import count, echo
from core.decode import damaged, decode
from core.errors import RunDirectoryError
from core.files import read_bytes, write_bytes
from core.reflection import Reflection
from core.run import ENV_RESULTS
from reports.trials import Trial
from runner.player import Case

TrialNumber = Annotated[int, Meta(ge=0, lt=1000)]


@dataclass(frozen=True, slots=True)
class EnvResult:
    """A case after a trial.

    Attributes:
        name: ``env_z`` for the z-th case, from 0.
        memory: the notes so far.
        is_success: whether it is solved.
        skip: never true in published files.
        case: the case's name; the published code has none.
        trials: of each note, its trial; the published code has a note for each trial, from 0.
    """

    name: str
    memory: tuple[str, ...]
    is_success: bool
    skip: bool = False
    case: Case = ""
    trials: tuple[TrialNumber, ...] | None = None

    def notes(self, where: str) -> list[Reflection]:
        """The notes with their trials.

        Raises:
            RunDirectoryError: there are not as many trials as notes.
        """
        numbers = range(len(self.memory)) if self.trials is None else self.trials
        if len(numbers) != len(self.memory):
            raise damaged(where, f"{self.name} has not as many `trials` as `memory`")
        return [Reflection(number, text) for number, text in zip(numbers, self.memory, strict=True)]


def env_results_path(directory: Path, trial: int) -> Path:
    """The file of a trial."""
    return directory / f"{ENV_RESULTS}{trial}.json"


def write_env_results(
    path: Path,
    cases: Sequence[Case],
    solved: frozenset[Case],
    notes: Mapping[Case, Sequence[Reflection]],
) -> None:
    """Write the file of a trial.

    Args:
        path: of the file.
        cases: of the run, in its order.
        solved: in this trial or an earlier one.
        notes: so far; unreadable ones are left out.
    """
    results = []
    for number, case in enumerate(cases):
        readable = [note for note in notes.get(case, ()) if note.is_readable]
        texts, trials = [note.text for note in readable], [note.trial for note in readable]
        results.append(
            EnvResult(
                f"env_{number}", tuple(texts), case in solved, case=case, trials=tuple(trials)
            )
        )
    write_bytes(path, json.dumps([asdict(one) for one in results], indent=4).encode())


def read_env_results(path: Path, cases: Sequence[Case]) -> dict[Case, EnvResult]:
    """Read the file of a trial, of this program or the published code.

    Args:
        path: of the file.
        cases: of the run; in a file that names no cases, ``env_z`` is the z-th of them.

    Raises:
        RunDirectoryError: it is missing or damaged, or is about other cases.
    """
    results = decode(read_bytes(path), tuple[EnvResult, ...], str(path))
    names = [f"env_{number}" for number in range(len(results))]
    if [result.name for result in results] != names:
        raise damaged(path.name, f"its names are not env_0 to env_{len(results) - 1} in order")
    if len(results) != len(cases):
        raise RunDirectoryError(
            f"{path} is about {count(len(results), 'case')}, and this run has {len(cases)}: "
            f"give --num_envs {len(results)}, or the --split and --case it was made with"
        )
    named = [result.case for result in results]
    if not any(named):
        return dict(zip(cases, results, strict=True))
    if set(named) != set(cases):
        raise RunDirectoryError(f"{path} is about other cases than this run")
    return dict(zip(named, results, strict=True))


def read_trials_from(directory: Path, number: int, cases: Sequence[Case]) -> list[Trial]:
    """The trials before one, without their attempts.

    The file of the last one has all notes. What was solved when is read from those of the others that are there.

    Args:
        directory: of ``env_results_trial_N.json``.
        number: of the first trial that is not read.
        cases: of the run.

    Raises:
        RunDirectoryError: the file of the last one is missing, or one is damaged; or a solved case is not
            solved later.
    """
    last_path = env_results_path(directory, number - 1)
    last = read_env_results(last_path, cases)
    notes = {case: result.notes(str(last_path)) for case, result in last.items()}
    trials: list[Trial] = []
    before: frozenset[Case] = frozenset()
    for trial in range(number):
        path = env_results_path(directory, trial)
        solved = before
        if path.exists():
            results = read_env_results(path, cases)
            solved = frozenset(case for case, result in results.items() if result.is_success)
        if not before <= solved:
            raise RunDirectoryError(f"{path}: a case is not solved that was solved before")
        own = {case: note for case, of in notes.items() for note in of if note.trial == trial}
        trials.append(Trial(trial, (), own, solved - before))
        before = solved
    if not any(result.case for result in last.values()):
        echo(
            f"{directory} names no cases: env_0 is taken for {cases[0]}, and so on in the order of this run; the "
            "published code has another order"
        )
    return trials
