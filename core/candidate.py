"""A candidate of a learning run: a library of functions, how it was made, and its score."""

from dataclasses import dataclass
from typing import Literal

from core.chat import Usage
from core.library import Library

BASE, WINNER = "base", "winner"
"""Names of the agent without functions, and of the best candidate without its unused functions."""


def candidate_name(iteration: int, sample: int) -> str:
    """For example ``0_3``; the functions of iteration 0 are new, those of later ones improved."""
    return f"{iteration}_{sample}"


Change = Literal["none", "create", "update", "note", "prune"]
"""How a candidate was made. ``none``: it has no functions, or those of its parent, because no answer was usable."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A decision in which a function of a library failed.

    Attributes:
        case: that was played.
        function: the innermost one in which the code ended, or the one that was called in a wrong way.
        code: of the decision.
        observation: after it: which actions were carried out, and where and why the code ended.
    """

    case: str
    function: str
    code: str
    observation: str


@dataclass(frozen=True, slots=True)
class Score:
    """What an agent did with a library in the training cases.

    Attributes:
        num_decisions: answers of the agent, unreadable ones included.
        num_calls: decisions whose code calls a function of the library.
        num_successful_calls: those of them whose code ran to its end.
        success: share of the cases that were solved.
    """

    num_decisions: int
    num_calls: int
    num_successful_calls: int
    success: float

    @property
    def step_correction(self) -> float:
        """Share of the calls that were successful; 0 without calls."""
        return self.num_successful_calls / self.num_calls if self.num_calls else 0.0

    @property
    def call_ratio(self) -> float:
        """Successful calls for each decision."""
        return self.num_successful_calls / self.num_decisions if self.num_decisions else 0.0

    @property
    def used_ratio(self) -> float:
        """Calls for each decision; not part of `total`."""
        return self.num_calls / self.num_decisions if self.num_decisions else 0.0

    def total(self, *, counts_correction: bool) -> float:
        """The published score: call ratio + success, in robotic planning also + step correction."""
        correction = self.step_correction if counts_correction else 0.0
        return correction + self.call_ratio + self.success


@dataclass(frozen=True, slots=True)
class Proposal:
    """The result of a learner's conversation.

    Attributes:
        change: how the library was made.
        library: the functions.
        changed: names of the functions that are new, rewritten or annotated.
        refusals: why answers, or functions in them, were not used; one line each.
        usage: of the answers.
        paid: digests of the requests that a model had to answer (`planner.cache.request_digest`).
    """

    change: Change
    library: Library
    changed: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    usage: Usage = Usage()
    paid: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A library that was tested in the training cases.

    Attributes:
        name: see `candidate_name`; or `BASE` or `WINNER`.
        parent: name of the candidate whose functions were changed; empty for new functions.
        proposal: what the learner made.
        failure: what the learner was shown; None for new functions.
        score: None until it was tested.
    """

    name: str
    parent: str
    proposal: Proposal
    failure: Failure | None = None
    score: Score | None = None
