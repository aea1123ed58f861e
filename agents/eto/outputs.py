"""The files of `eval_agent`, in the form of ETO's published code: one for each case, written as a whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.chat import Message
from core.console import count, echo, warn
from core.decode import damaged, decode
from core.episode import Episode
from core.errors import RunDirectoryError
from core.files import read_bytes, write_json
from core.settings import EvalAgentSettings, to_json
from reports.statistics import mean_over_runs
from runner.evaluation.text import MAY_CHANGE_ON_RESUME
from runner.player import Case
from runner.refuse import as_flag
from runner.text import is_refused, reward_of
from tuning.formats import published_turns

MOST_NAMED = 10
"""Cases without a file that `Outputs.show` names."""
MAY_DIFFER = MAY_CHANGE_ON_RESUME | {"split", "part_num", "part_idx", "debug", "exp_name"}
"""Settings that may differ between the files of a directory; all others decide what stands in them."""


@dataclass(frozen=True, slots=True)
class Meta:
    """How an episode ended.

    Attributes:
        steps: number of the agent's answers.
        reward: see `runner.text.reward_of`.
        finished: whether the episode has ended.
        success: whether the world says that the task was solved.
        terminate_reason: ``success``, ``failure``, ``max_steps`` or ``refused``.
        error: why the model refused the conversation; None if it did not.
    """

    steps: int
    reward: float | None
    finished: bool
    success: bool
    terminate_reason: str
    error: str | None = None

    @classmethod
    def of(cls, episode: Episode) -> "Meta":
        """How an episode of a text world ended."""
        refused = is_refused(episode)
        if refused:
            reason = "refused"
        elif episode.success:
            reason = "success"
        else:
            reason = "failure" if episode.terminated else "max_steps"
        return cls(
            steps=episode.num_steps,
            reward=reward_of(episode),
            finished=True,
            success=episode.success,
            terminate_reason=reason,
            error=episode.final_observation if refused else None,
        )


@dataclass(frozen=True, slots=True)
class Output:
    """What the file of a case holds.

    Attributes:
        meta: how its episode ended.
        conversations: the turns, each with its ``from`` and ``value``; see `tuning.formats`.
        id: the case.
        settings: those that decide it.
    """

    meta: Meta
    conversations: Sequence[Mapping[str, str]]
    id: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)


class Outputs:
    """The directory ``LOGDIR/MODEL/TASK`` + ``EXP_NAME``, in which several commands may write at the same time.

    Args:
        settings: of the evaluation.
    """

    def __init__(self, settings: EvalAgentSettings) -> None:
        name = settings.task.lower() + settings.exp_name
        self.path = Path(settings.logdir) / file_name(settings.model) / file_name(name)
        self._deciding = {
            name: value for name, value in to_json(settings).items() if name not in MAY_DIFFER
        }

    def file(self, case: Case) -> Path:
        """The file of a case."""
        return self.path / f"{file_name(case)}.json"

    def write(self, episode: Episode, messages: Iterable[Message]) -> None:
        """Write the file of an episode.

        Args:
            episode: that has ended.
            messages: of its conversation.

        Raises:
            RunDirectoryError: it cannot be written.
        """
        output = Output(Meta.of(episode), published_turns(messages), episode.case, self._deciding)
        write_json(self.file(episode.case), asdict(output))

    def read(self, case: Case, fate: str) -> Output | None:
        """What the file of a case holds; None if there is none, or a damaged one, which is said.

        Args:
            case: whose file.
            fate: what becomes of a case whose file is damaged, for the warning.
        """
        if not self.file(case).exists():
            return None
        where = str(self.file(case))
        try:
            output = decode(read_bytes(self.file(case)), Output, where)
            if output.id not in ("", case):
                raise damaged(where, f"it is of the case {output.id}")
            return output
        except RunDirectoryError as error:
            warn(f"{error}: {fate}")
            return None

    def missing(self, cases: Sequence[Case]) -> list[Case]:
        """Those of some cases that are still to be played.

        Raises:
            RunDirectoryError: a file was written with other settings.
        """
        missing = []
        for case in cases:
            output = self.read(case, "its case is played again")
            if output is None:
                missing.append(case)
            else:
                self._refuse_other_settings(case, output.settings)
        return missing

    def _refuse_other_settings(self, case: Case, saved: Mapping[str, Any]) -> None:
        differing = [
            as_flag(name, saved[name])
            for name, value in self._deciding.items()
            if saved.get(name, value) != value
        ]
        if differing:
            raise RunDirectoryError(
                f"{self.file(case)} was made with other settings: go on {' and '.join(differing)}, replace it with "
                "--override, or choose another --exp_name"
            )

    def show(self, cases: Sequence[Case]) -> None:
        """Print the means over all files of the cases, whichever command wrote them, and which are missing."""
        found = {case: self.read(case, "it is left out") for case in cases}
        outputs = [output for output in found.values() if output is not None]
        missing = [case for case, output in found.items() if output is None]
        refused = [output.meta for output in outputs if output.meta.error is not None]
        if refused:
            lost = all(meta.reward is None for meta in refused)
            how = "rewards count as 0" if lost else "rewards are what was reached before"
            echo(f"{count(len(refused), 'conversation')} refused by the model: their {how}")
        if missing:
            more = len(missing) - MOST_NAMED
            named = ", ".join(missing[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
            echo(f"{len(missing)} of {count(len(cases), 'case')} missing: {named}")
        if outputs:
            _show_mean("Average reward", [output.meta.reward or 0.0 for output in outputs])
            _show_mean("Success rate", [output.meta.success for output in outputs])
        echo(f"{count(len(outputs), 'file')} in {self.path}")


def _show_mean(name: str, values: Sequence[float]) -> None:
    mean, low, high = mean_over_runs([values])
    echo(f"{name}: {mean:.4f}   (95 % interval {low:.4f} .. {high:.4f})")


def file_name(text: str) -> str:
    """A text as the name of one file; a slash becomes ``_``."""
    name = quote(text.strip("/").replace("/", "_"), safe=" +,=@")
    return name.replace(".", "%2E", 1) if name.startswith(".") else name
