"""Ways of asking: who decides when a question is put.

A new way is a class with a `decide` here (or in a file of its own) and a line in `ASK_POLICIES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

ASK, GO_ON = 1, 0
BASELINE_PATIENCE = 100
"""Steps in one option after which the hard-coded baseline asks again (paper, section 5)."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Observations:
    """Batched policy input, B rooms.

    Attributes:
        options: ``(B,)`` option in progress (index in `core.rooms.plan.OPTIONS`).
        plans: ``(B,)`` id of the current plan, `core.rooms.plan_ids.NO_PLAN` before the first answer.
        are_finished: ``(B,)`` the current plan is finished: a question follows, whatever is decided.
        steps_in_option: ``(B,)`` actions made in the current option.
        questions: ``(B,)`` the situation as the engine's number: what a planner would be asked now.
        answer_slots: ``(B,)`` which of its answers the question would get (`mediator.answer_table`).
        features: gives ``(B, width, height, C)`` int8, encoded by `mediator.features` when first
            called; that must be before the engine moves (`runner.engine.LazyFeatures`).
    """

    options: Ints
    plans: Ints
    are_finished: Bools
    steps_in_option: Ints
    questions: Ints
    answer_slots: Ints
    features: Callable[[], npt.NDArray[np.int8]]

    def __len__(self) -> int:
        """B."""
        return len(self.options)


Lookahead = Callable[[Observations], Ints]
"""The plans that asking now would bring, ``(B,)``; only the oracle may look."""


@dataclass(frozen=True, slots=True)
class PolicyOutput:
    """One decision a room; B rooms.

    Attributes:
        actions: ``(B,)`` int64.
        probabilities: ``(B,)`` float32, of the action taken.
        values: ``(B,)`` float32, the critic's estimate, 0 where there is no critic.
    """

    actions: Ints
    probabilities: npt.NDArray[np.float32]
    values: npt.NDArray[np.float32]

    @classmethod
    def deterministic(cls, actions: Bools) -> "PolicyOutput":
        """Decisions of a rule."""
        ones = np.ones(len(actions), dtype=np.float32)
        return cls(actions.astype(np.int64), ones, 0 * ones)


class Policy(Protocol):
    """Decides, for some rooms at once, whether to ask (or, for other methods, what to do)."""

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """One decision for each situation.

        Args:
            observations: B of them.
            uniforms: ``(B,)`` random numbers in [0, 1), from each episode's own generator.
            lookahead: what asking now would bring.
        """
        ...


class AlwaysAsk:
    """Asks at every step."""

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Yes."""
        return PolicyOutput.deterministic(np.ones(len(observations), dtype=np.bool_))


class BaselineAsk:
    """Asks when the plan is through, or after `BASELINE_PATIENCE` steps in one option."""

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Whether the option has taken too long; a finished plan is asked about anyway."""
        return PolicyOutput.deterministic(observations.steps_in_option >= BASELINE_PATIENCE)


class RandomAsk:
    """Tosses a fair coin."""

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Heads or tails, from each room's own generator."""
        halves = np.full(len(uniforms), 0.5, dtype=np.float32)
        return PolicyOutput((uniforms < 0.5).astype(np.int64), halves, 0 * halves)


class OracleAsk:
    """Asks exactly when the answer would differ from the plan in hand: no news is missed.

    Its looks ahead are not questions: nobody counts or charges them.
    """

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Whether the answer would be news; a finished plan is asked about anyway."""
        are_news = lookahead(observations) != observations.plans
        return PolicyOutput.deterministic(are_news & ~observations.are_finished)


ASK_POLICIES: Mapping[str, Callable[[], Policy]] = {
    "always": AlwaysAsk,
    "baseline": BaselineAsk,
    "random": RandomAsk,
    "oracle": OracleAsk,
}
"""Ways that need no training, by the verb that runs them."""
