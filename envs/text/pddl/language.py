"""What both wordings of robotic planning offer; `published` repeats LearnAct's, `plain` is ours."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from envs.text.pddl.strips import Fact, GroundProblem, State


class Query(Enum):
    """A command that changes nothing and is answered with a list."""

    ACTIONS = "check valid actions"
    FACTS = "look around"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A command that names an action and enough objects; whether it can be carried out is another matter."""

    name: str
    arguments: tuple[str, ...]


class Language(Protocol):
    """How facts, actions and results are written, and how commands are read."""

    credits_initial_goals: bool
    """Whether goals that hold at the start count before the first action."""

    def fact(self, fact: Fact) -> str:
        """The sentence of a fact in an observation."""
        ...

    def shown(self, problem: GroundProblem) -> State:
        """The facts that observations state where they hold, as bits."""
        ...

    def static_sentences(self, problem: GroundProblem) -> list[str]:
        """Sentences that every observation has."""
        ...

    def goal(self, problem: GroundProblem) -> str:
        """What shall be reached."""
        ...

    def action(self, name: str, arguments: Iterable[str]) -> str:
        """The command for an action."""
        ...

    def introduction(self, problem: GroundProblem, situation: str) -> str:
        """The first observation."""
        ...

    def queries(self, problem: GroundProblem) -> tuple[Query, ...]:
        """The queries that a list of valid actions names."""
        ...

    def read(self, problem: GroundProblem, state: State, text: str) -> Attempt | Query | None:
        """What a command asks for; None if that cannot be said."""
        ...

    def not_understood(self, problem: GroundProblem) -> str:
        """The observation after a command that `read` does not understand."""
        ...

    def not_possible(self, problem: GroundProblem, state: State, attempt: Attempt) -> str:
        """The observation after an action that cannot be carried out, or changes nothing."""
        ...
