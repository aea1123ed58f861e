"""What the page's script reads about a learning run: its candidates, and the history of its functions."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from core.candidate import Candidate, Change, Failure
from core.chat import Usage
from envs.text.code import read_ended
from reports.learning import Learning, Tested, Version


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRow:
    """What a candidate did in the training cases (`core.candidate.Score`)."""

    success: float
    num_decisions: int
    num_calls: int
    num_successful_calls: int
    step_correction: float
    call_ratio: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidateRow:
    """A candidate.

    Attributes:
        functions: names of all that it has.
        score: None until it was tested.
        learning, testing: what the answers of the learner, and those of the agent in the training cases, took.
        episode: number of its first episode among the run's episodes; None before it has one.
    """

    name: str
    parent: str
    change: Change
    changed: tuple[str, ...]
    functions: tuple[str, ...]
    refusals: tuple[str, ...]
    score: ScoreRow | None
    learning: Usage
    testing: Usage
    episode: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a function or a note; is_new: it is not in the version before."""

    text: str
    is_new: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """A decision in which a function failed.

    Attributes:
        where: function and line in which the code ended; empty if they are not known.
        reason: why it ended there; empty if it is not known.
        episode, step: numbers of the decision among the run's episodes and their steps; None without a record of it.
    """

    case: str
    code: str
    observation: str
    where: str
    reason: str
    episode: int | None
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionRow:
    """A version of a function; failure: that the learner was shown, None for a new function."""

    candidate: str
    parent: str
    change: Change
    number: int
    signature: str
    description: str
    source: list[Line]
    notes: list[Line]
    failure: FailureRow | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionRow:
    """All versions of a function.

    Attributes:
        is_kept: whether the winner has it.
        history: the versions that led to the one of the best candidate, in order.
        others: those of other candidates.
    """

    name: str
    is_kept: bool
    history: list[VersionRow]
    others: list[VersionRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningData:
    """A run that learned functions; best: the candidate that was chosen, or that is the best one so far."""

    best: str
    is_finished: bool
    candidates: list[CandidateRow]
    functions: list[FunctionRow]


class LearningRows:
    """Makes the rows of a run.

    Args:
        learning: of the run.
        first: number of the first training episode among the run's episodes; the others follow in their order.
    """

    def __init__(self, learning: Learning, first: int) -> None:
        self._learning = learning
        self._places: dict[str, int] = {}
        self._tested: dict[str, Tested] = {}
        for one in learning.tested:
            self._places[one.candidate.name] = first
            self._tested[one.candidate.name] = one
            first += len(one.episodes)

    def data(self) -> LearningData:
        """All of them."""
        learning = self._learning
        functions: dict[str, list[Version]] = {}
        for version in learning.versions():
            functions.setdefault(version.function.name, []).append(version)
        rows = [self._function(name, versions) for name, versions in functions.items()]
        return LearningData(
            best=learning.best.name,
            is_finished=learning.winner is not None,
            candidates=[self._candidate(one) for one in learning.tested],
            functions=sorted(rows, key=lambda row: (not row.is_kept, not row.history)),
        )

    def _candidate(self, tested: Tested) -> CandidateRow:
        candidate, score = tested.candidate, tested.candidate.score
        proposal = candidate.proposal
        return CandidateRow(
            name=candidate.name,
            parent=candidate.parent,
            change=proposal.change,
            changed=proposal.changed,
            functions=proposal.library.names,
            refusals=proposal.refusals,
            score=None
            if score is None
            else ScoreRow(
                success=score.success,
                num_decisions=score.num_decisions,
                num_calls=score.num_calls,
                num_successful_calls=score.num_successful_calls,
                step_correction=score.step_correction,
                call_ratio=score.call_ratio,
                total=self._learning.total(candidate),
            ),
            learning=proposal.usage,
            testing=sum((episode.usage for episode in tested.episodes), Usage()),
            episode=self._places[candidate.name] if tested.episodes else None,
        )

    def _function(self, name: str, versions: Sequence[Version]) -> FunctionRow:
        chain = self._learning.ancestors(self._learning.best.name)
        history = [one for one in versions if one.candidate.name in chain]
        others = [one for one in versions if one.candidate.name not in chain]
        return FunctionRow(
            name=name,
            is_kept=name in self._learning.kept.names,
            history=[self._version(one) for one in history],
            others=[self._version(one) for one in others],
        )

    def _version(self, version: Version) -> VersionRow:
        function, before, candidate = version.function, version.before, version.candidate
        return VersionRow(
            candidate=candidate.name,
            parent=candidate.parent,
            change=candidate.proposal.change,
            number=function.version,
            signature=function.signature,
            description=function.description,
            source=_compared(
                function.source.splitlines(), before.source.splitlines() if before else None
            ),
            notes=_compared(function.notes, before.notes if before else None),
            failure=self._failure(candidate.failure, candidate) if candidate.failure else None,
        )

    def _failure(self, failure: Failure, candidate: Candidate) -> FailureRow:
        ended = read_ended(failure.observation)
        where = ""
        if ended is not None and ended.function:
            where = f"{ended.function}, line {ended.line}" if ended.line else ended.function
        episode, step = self._find(failure, candidate.parent)
        return FailureRow(
            case=failure.case,
            code=failure.code,
            observation=failure.observation,
            where=where,
            reason=ended.reason if ended is not None else "",
            episode=episode,
            step=step,
        )

    def _find(self, failure: Failure, name: str) -> tuple[int, int] | tuple[None, None]:
        """Numbers of the episode and the step of a failure of the candidate with this name."""
        for number, episode in enumerate(self._tested[name].episodes if name else ()):
            codes = (step.action for step in episode.steps)
            decisions = list(zip(codes, episode.results, strict=True))
            decision = (failure.code, failure.observation)
            if episode.case == failure.case and decision in decisions:
                return self._places[name] + number, decisions.index(decision)
        return None, None


def _compared(lines: Sequence[str], before: Sequence[str] | None) -> list[Line]:
    """Lines, those marked that are not in the version before; none are marked in a first version."""
    if before is None:
        return [Line(text=line, is_new=False) for line in lines]
    same = {
        number
        for block in SequenceMatcher(None, before, lines, autojunk=False).get_matching_blocks()
        for number in range(block.b, block.b + block.size)
    }
    return [Line(text=line, is_new=number not in same) for number, line in enumerate(lines)]
