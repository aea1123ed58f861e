"""Ways of asking: who decides when a question is put.

A new way is a class with a `decide` here (or in a file of its own) and a line in `WAYS`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from core.plan import Plan

ASK, GO_ON = 1, 0
PATIENCE = 100
"""Steps in one option after which the hard-coded baseline asks again (paper, section 5)."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What there is to know before a decision in one room.

    Attributes:
        features: ``(width, height, C)`` int8, see `mediator.features`.
        option: index of the sub-goal being carried out (`core.plan.OPTIONS`).
        plan: the plan in hand, None before the first answer.
        is_plan_finished: the plan is through, so there will be a question whatever is decided.
        steps_in_option: actions made in the current option.
        answer: what the planner would answer now; only the oracle may look.
        rng: the episode's generator for decisions.
    """

    features: npt.NDArray[np.int8]
    option: int
    plan: Plan | None
    is_plan_finished: bool
    steps_in_option: int
    answer: Callable[[], Plan]
    rng: np.random.Generator


@dataclass(frozen=True, slots=True)
class Decisions:
    """One decision a room; B rooms.

    Attributes:
        actions: ``(B,)`` int64.
        probabilities: ``(B,)`` float32, of the action taken.
        values: ``(B,)`` float32, the critic's estimate, 0 where there is no critic.
    """

    actions: npt.NDArray[np.int64]
    probabilities: npt.NDArray[np.float32]
    values: npt.NDArray[np.float32]

    @classmethod
    def certain(cls, actions: Sequence[bool]) -> "Decisions":
        """Decisions of a rule."""
        ones = np.ones(len(actions), dtype=np.float32)
        return cls(np.array(actions, dtype=np.int64), ones, 0 * ones)


class Policy(Protocol):
    """Decides, for some rooms at once, whether to ask (or, for other methods, what to do)."""

    def decide(self, situations: Sequence[Situation]) -> Decisions:
        """One decision for each situation."""
        ...


class AlwaysAsk:
    """Asks at every step."""

    def decide(self, situations: Sequence[Situation]) -> Decisions:
        """Yes."""
        return Decisions.certain([True] * len(situations))


class BaselineAsk:
    """Asks when the plan is through, or after `PATIENCE` steps in one option."""

    def decide(self, situations: Sequence[Situation]) -> Decisions:
        """Whether the option has taken too long; a finished plan is asked about anyway."""
        return Decisions.certain([at.steps_in_option >= PATIENCE for at in situations])


class RandomAsk:
    """Tosses a fair coin."""

    def decide(self, situations: Sequence[Situation]) -> Decisions:
        """Heads or tails, from each room's own generator."""
        halves = np.full(len(situations), 0.5, dtype=np.float32)
        coins = [at.rng.random() < 0.5 for at in situations]
        return Decisions(np.array(coins, dtype=np.int64), halves, np.zeros_like(halves))


class OracleAsk:
    """Asks exactly when the answer would differ from the plan in hand: the limit to reach.

    Its looks ahead are not questions: nobody counts or charges them.
    """

    def decide(self, situations: Sequence[Situation]) -> Decisions:
        """Whether the answer would be news; a finished plan is asked about anyway."""
        return Decisions.certain(
            [not at.is_plan_finished and at.answer() != at.plan for at in situations]
        )


WAYS: Mapping[str, Callable[[], Policy]] = {
    "always": AlwaysAsk,
    "baseline": BaselineAsk,
    "random": RandomAsk,
    "oracle": OracleAsk,
}
"""Ways that need no training, by the verb that runs them."""
