"""Asking policies: when to ask the planner.

A new one is a class with a `decide` here (or in its own file) and a line in `ASK_POLICIES`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

ASK, CONTINUE = 1, 0
"""The actions of an asking policy."""
BASELINE_PATIENCE = 100
"""Steps in one option after which the baseline asks again (arXiv 2306.03604, section 5)."""

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
            called; that must be before the engine moves (`runner.rooms.engine.LazyFeatures`).
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
"""``(B,)`` ids of the plans that asking now would bring; only the oracle may use it."""


@dataclass(frozen=True, slots=True)
class PolicyOutput:
    """Decisions in B rooms.

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
        """Actions that a rule takes with probability 1."""
        ones = np.ones(len(actions), dtype=np.float32)
        return cls(actions.astype(np.int64), ones, 0 * ones)


class Policy(Protocol):
    """Chooses an action in each of several rooms: to ask or not, or, for other methods, a skill."""

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Choose an action in each of B rooms.

        Args:
            observations: of B rooms.
            uniforms: ``(B,)`` random numbers in [0, 1), from each episode's own generator.
            lookahead: the plans that asking now would bring.
        """
        ...


class AlwaysAsk:
    """Asks at every step."""

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Ask in every room."""
        return PolicyOutput.deterministic(np.ones(len(observations), dtype=np.bool_))


class BaselineAsk:
    """Asks when the plan is finished, or after `BASELINE_PATIENCE` steps in one option."""

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Ask where the option takes too long; a finished plan forces a question anyway."""
        return PolicyOutput.deterministic(observations.steps_in_option >= BASELINE_PATIENCE)


class RandomAsk:
    """Asks with probability one half."""

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Ask where the room's random number is below one half."""
        halves = np.full(len(uniforms), 0.5, dtype=np.float32)
        return PolicyOutput((uniforms < 0.5).astype(np.int64), halves, 0 * halves)


class OracleAsk:
    """Asks exactly when the planner's plan would differ from the current one.

    Its lookaheads are not asks and have no ask cost; the calls that they cause are usage of the step.
    """

    def decide(
        self, observations: Observations, uniforms: npt.NDArray[np.float64], lookahead: Lookahead
    ) -> PolicyOutput:
        """Ask where the plan would change; a finished plan forces a question anyway."""
        would_change = lookahead(observations) != observations.plans
        return PolicyOutput.deterministic(would_change & ~observations.are_finished)


ASK_POLICIES: Mapping[str, Callable[[], Policy]] = {
    "always": AlwaysAsk,
    "baseline": BaselineAsk,
    "random": RandomAsk,
    "oracle": OracleAsk,
}
"""Policies that need no training, by the verb that runs them."""
