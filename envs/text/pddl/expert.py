"""A player of robotic planning that knows only what an agent reads: it plans, and plans again after a surprise."""

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache, lru_cache

from envs.text.pddl.language import Query
from envs.text.pddl.plain import ALWAYS, NOT_TRUE, OBJECTS, SITUATION, TASK, WORDINGS, Plain
from envs.text.pddl.problems import find_domain
from envs.text.pddl.search import Plan, find_plan, mend_plan
from envs.text.pddl.strips import Fact, GroundProblem, Operator, Problem, State

Precondition = tuple[str, int]
"""An action and the number of one of its preconditions."""
_SENTENCE_END = re.compile(r"(?<=\.)\s+")


class Expert:
    """Plays one episode in the plain wording; see `envs.text.scripted.Expert`.

    Args:
        introduction: the first observation.
        ignored: preconditions that it does not know of.

    Attributes:
        problem: that it solves.
        state: as it was observed last.

    Raises:
        ValueError: it is not one of the plain wording.
    """

    def __init__(self, introduction: str, ignored: frozenset[Precondition] = frozenset()) -> None:
        self._known = introduction, ignored
        self.problem = ground(*self._known)
        self.domain = self.problem.problem.domain.name
        self._language = Plain(self.domain)
        self.state = self.problem.init
        self._plan: Plan | None = None  # none is made for this state yet

    def act(self) -> str:
        """The next action of the plan; without a plan, a look at the valid actions."""
        operator = self._next()
        return Query.ACTIONS.value if operator is None else self._command(operator)

    def plan(self) -> list[str]:
        """The rest of the plan; without a plan, a look at the valid actions."""
        self._next()
        return [*map(self._command, self._plan or ())] or [Query.ACTIONS.value]

    def plan_from(self, state: State) -> Plan:
        """A plan from any state on; where it is, the rest of its plan. Empty if there is none."""
        if state == self.state:
            self._next()
            return self._plan or ()
        return _plan(self._known, state)

    def thought(self) -> str:
        """What the next action brings about."""
        operator = self._next()
        if operator is None:
            return "I see no way to what is asked, so I look at what can be done."
        gained = self.problem.true_facts(operator.added & ~self.state)
        return f"Next, this has to become true: {' '.join(map(self._language.fact, gained))}"

    def other_action(self, rng: random.Random) -> str:
        """Any action that can be carried out."""
        return self._command(rng.choice(list(self.problem.applicable(self.state))))

    def observe(self, action: str, observation: str) -> None:
        """What came of an action; if it is not as planned, the plan is mended or a new one is made."""
        operator, expected = self._next(), None
        if operator is not None and action == self._command(operator):
            expected = operator.apply(self.state)
        before = self.state
        facts = set(read_facts(observation.partition(NOT_TRUE)[0], self.problem.problem))
        if facts:
            self.state = self.problem.bits(facts) | self.problem.static
        if self._plan and self.state == expected:
            self._plan = self._plan[1:]
        elif self._plan and self.state != before:
            self._plan = _mended_plan(self._known, self.state, before, self._plan)
        else:
            self._plan = None

    def _next(self) -> Operator | None:
        if self._plan is None:
            self._plan = _plan(self._known, self.state)
        return self._plan[0] if self._plan else None

    def _command(self, operator: Operator) -> str:
        return self._language.action(operator.name, operator.arguments)


@lru_cache(maxsize=256)
def ground(introduction: str, ignored: frozenset[Precondition] = frozenset()) -> GroundProblem:
    """The problem that a first observation describes, without some preconditions of its actions.

    Raises:
        ValueError: it is not one of the plain wording.
    """
    problem = read_problem(introduction)
    actions = {
        name: replace(
            action,
            preconditions=tuple(
                fact
                for number, fact in enumerate(action.preconditions)
                if (name, number) not in ignored
            ),
        )
        for name, action in problem.domain.actions.items()
    }
    return GroundProblem(replace(problem, domain=replace(problem.domain, actions=actions)))


@lru_cache(maxsize=4096)
def _plan(known: tuple[str, frozenset[Precondition]], state: State) -> Plan:
    """A plan from a state on, empty if there is none; kept, because a search may take seconds."""
    return find_plan(ground(*known), state) or ()


@lru_cache(maxsize=4096)
def _mended_plan(
    known: tuple[str, frozenset[Precondition]], state: State, start: State, plan: Plan
) -> Plan | None:
    return mend_plan(ground(*known), state, start, plan)


def read_problem(introduction: str) -> Problem:
    """The problem that a first observation of the plain wording describes.

    Raises:
        ValueError: it is no such observation.
    """
    first, *lines = introduction.split("\n")
    names = [name for name, wording in WORDINGS.items() if wording.about == first]
    parts = dict.fromkeys((OBJECTS, TASK, SITUATION, ALWAYS), "")
    parts |= {
        label: line.removeprefix(label)
        for label in parts
        for line in lines
        if line.startswith(label)
    }
    if not (names and parts[OBJECTS] and parts[TASK] and parts[SITUATION]):
        raise ValueError(f"not the first observation of a planning problem: {introduction!r}")
    domain = find_domain(names[0])
    problem = Problem("", domain, dict(_objects(parts[OBJECTS])), (), ())
    facts = read_facts(f"{parts[ALWAYS]} {parts[SITUATION]}", problem)
    goal = read_facts(parts[TASK], problem)
    return replace(problem, init=tuple(facts), goal=tuple(goal))


def read_facts(text: str, problem: Problem) -> Iterator[Fact]:
    """The facts that the sentences of a text state; other sentences are passed over."""
    patterns = _patterns(problem.domain.name)
    for sentence in _SENTENCE_END.split(text.strip()):
        for predicate, pattern in patterns.items():
            match = pattern.fullmatch(sentence)
            if match is not None and all(name in problem.objects for name in match.groups()):
                yield (predicate, *match.groups())
                break


def _objects(text: str) -> Iterator[tuple[str, str]]:
    for group in text.strip().removesuffix(".").split("; "):
        kind, _, names = group.partition(" ")
        for name in names.split(", "):
            yield name, kind


@cache
def _patterns(domain: str) -> dict[str, re.Pattern[str]]:
    """For each predicate what its sentences look like."""
    return {
        predicate: re.compile(re.escape(template).replace(r"\{\}", r"(\S+)"))
        for predicate, template in WORDINGS[domain].facts.items()
    }
