"""Planning problems: actions with preconditions and effects over facts (STRIPS with types and constants)."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import chain
from operator import or_

Fact = tuple[str, ...]
"""A predicate and its arguments, for example ``("at", "ball1", "rooma")``."""
State = int
"""The facts that hold, one bit each, see `GroundProblem.facts`."""
ALL: State = -1
"""All bits, as a mask."""


@dataclass(frozen=True, slots=True)
class Action:
    """An action with variables.

    Attributes:
        name: as in the domain.
        parameters: each variable with its type.
        preconditions, added, removed: facts over the variables and the domain's constants.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]
    preconditions: tuple[Fact, ...]
    added: tuple[Fact, ...]
    removed: tuple[Fact, ...]

    @property
    def kinds(self) -> list[str]:
        """The type of each parameter, with a number where several have the same."""
        kinds = [kind for _, kind in self.parameters]
        return [
            kind if kinds.count(kind) == 1 else f"{kind}{kinds[: index + 1].count(kind)}"
            for index, kind in enumerate(kinds)
        ]


@dataclass(frozen=True)
class Domain:
    """What can be true and what can be done.

    Attributes:
        name: of the domain.
        supertypes: of each type; ``object`` has none.
        constants: the objects that every problem has, with their types.
        predicates: the types of each predicate's arguments.
        actions: by name.
    """

    name: str
    supertypes: Mapping[str, str]
    constants: Mapping[str, str]
    predicates: Mapping[str, tuple[str, ...]]
    actions: Mapping[str, Action]

    def is_a(self, kind: str, wanted: str) -> bool:
        """Whether a type is another one or one of its subtypes."""
        while kind != wanted:
            if kind not in self.supertypes:
                return False
            kind = self.supertypes[kind]
        return True

    @cached_property
    def static_predicates(self) -> frozenset[str]:
        """Predicates that no action changes."""
        changed = {
            fact[0] for action in self.actions.values() for fact in action.added + action.removed
        }
        return frozenset(self.predicates) - changed


@dataclass(frozen=True, slots=True)
class Problem:
    """A situation and a goal.

    Attributes:
        name: unique within the domain.
        domain: what can be done.
        objects: with their types; the domain's constants are among them.
        init: the facts that hold at the start.
        goal: the facts that shall hold.
    """

    name: str
    domain: Domain
    objects: Mapping[str, str]
    init: tuple[Fact, ...]
    goal: tuple[Fact, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Operator:
    """An action with objects in place of its variables, over the bits of one `GroundProblem`.

    Attributes:
        name: of the action.
        arguments: the objects.
        needed, added, removed: bits of its preconditions and effects.
    """

    name: str
    arguments: tuple[str, ...]
    needed: State
    added: State
    removed: State

    def is_applicable(self, state: State) -> bool:
        """Whether the preconditions hold."""
        return state & self.needed == self.needed

    def apply(self, state: State) -> State:
        """The state after the action: first the removed facts go, then the added ones come."""
        return state & ~self.removed | self.added


class ByFact:
    """Operators by the facts that they need and add; a set of them is a number, with one bit for each.

    Args:
        operators: of one `GroundProblem`; the first is the lowest bit.
    """

    def __init__(self, operators: Sequence[Operator]) -> None:
        self._operators = operators
        self._all: int = (1 << len(operators)) - 1
        self._needing: dict[State, int] = defaultdict(int)
        self._adding: dict[State, int] = defaultdict(int)
        for number, operator in enumerate(operators):
            for fact in each_bit(operator.needed):
                self._needing[fact] |= 1 << number
            for fact in each_bit(operator.added):
                self._adding[fact] |= 1 << number

    def applicable(self, state: State) -> int:
        """The set of those whose preconditions hold."""
        missing = (operators for fact, operators in self._needing.items() if not fact & state)
        return self._all & ~reduce(or_, missing, 0)

    def added(self, operators: int) -> State:
        """The facts that those of a set add."""
        return sum(fact for fact, adding in self._adding.items() if adding & operators)

    def first_adding(self, fact: State, operators: int) -> Operator:
        """The first of a set that adds a fact."""
        those = self._adding[fact] & operators
        return self._operators[(those & -those).bit_length() - 1]

    def each(self, operators: int) -> Iterator[Operator]:
        """Those of a set, in order."""
        return (self._operators[one.bit_length() - 1] for one in each_bit(operators))


class GroundProblem:
    """A problem with its facts numbered and its actions grounded.

    Attributes:
        problem: it was made from.
        facts: by number, which is the bit in a state; more may be added by `operator`.
        init, goal: as bits.
        static: those of the facts of `init` that no action changes, as bits.
        operators: by name of the action: all groundings with the right types, different objects and the
            static preconditions fulfilled.
        all_operators: the same in one sequence.
        by_fact: the same by what they need and add.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.facts: list[Fact] = []
        self._numbers: dict[Fact, int] = {}
        self.init = self.bits(problem.init)
        self.goal = self.bits(problem.goal)
        is_static = problem.domain.static_predicates.__contains__
        self.static = self.bits(fact for fact in problem.init if is_static(fact[0]))
        self.operators: Mapping[str, tuple[Operator, ...]] = {
            name: tuple(self._bind(action, objects) for objects in self._groundings(action))
            for name, action in problem.domain.actions.items()
        }
        self.all_operators = tuple(chain.from_iterable(self.operators.values()))
        self.by_fact = ByFact(self.all_operators)
        self._by_arguments = {(one.name, one.arguments): one for one in self.all_operators}

    def bits(self, facts: Iterable[Fact]) -> State:
        """The state in which exactly these facts hold."""
        state = 0
        for fact in facts:
            number = self._numbers.setdefault(fact, len(self._numbers))
            if number == len(self.facts):
                self.facts.append(fact)
            state |= 1 << number
        return state

    def true_facts(self, state: State) -> Iterator[Fact]:
        """The facts that hold in a state, by number."""
        return (self.facts[fact.bit_length() - 1] for fact in each_bit(state))

    def operator(self, name: str, arguments: tuple[str, ...]) -> Operator | None:
        """The action with these objects, which may be the same twice; None if a type does not fit."""
        known = self._by_arguments.get((name, arguments))
        if known is not None:
            return known
        action = self.problem.domain.actions[name]
        types = (kind for _, kind in action.parameters)
        if not all(map(self._fits, arguments, types)):
            return None
        return self._bind(action, arguments)

    def applicable(self, state: State) -> Iterator[Operator]:
        """The operators whose preconditions hold."""
        return self.by_fact.each(self.by_fact.applicable(state))

    def progress(self, state: State) -> float:
        """The share of the goal's facts that hold."""
        return (state & self.goal).bit_count() / self.goal.bit_count()

    def _fits(self, name: str, kind: str) -> bool:
        return self.problem.domain.is_a(self.problem.objects[name], kind)

    def _bind(self, action: Action, objects: tuple[str, ...]) -> Operator:
        binding = dict(zip((name for name, _ in action.parameters), objects, strict=True))
        needed, added, removed = (
            self.bits(substitute(fact, binding) for fact in facts)
            for facts in (action.preconditions, action.added, action.removed)
        )
        return Operator(action.name, objects, needed, added, removed)

    def _groundings(self, action: Action) -> Iterator[tuple[str, ...]]:
        """Different objects for the variables that fulfil types and static preconditions."""
        place = {name: index for index, (name, _) in enumerate(action.parameters)}
        candidates = [
            [name for name in self.problem.objects if self._fits(name, kind)]
            for _, kind in action.parameters
        ]
        # each static precondition is checked as soon as its last variable has an object
        checks: list[list[Fact]] = [[] for _ in action.parameters]
        for fact in action.preconditions:
            if fact[0] in self.problem.domain.static_predicates:
                checks[max(place[name] for name in fact[1:] if name in place)].append(fact)
        holds = set(self.problem.init)

        def extend(binding: dict[str, str]) -> Iterator[tuple[str, ...]]:
            depth = len(binding)
            if depth == len(candidates):
                yield tuple(binding.values())
                return
            for name in candidates[depth]:
                if name in binding.values():
                    continue
                longer = {**binding, action.parameters[depth][0]: name}
                if all(substitute(fact, longer) in holds for fact in checks[depth]):
                    yield from extend(longer)

        return extend({})


def each_bit(bits: int) -> Iterator[int]:
    """The numbers with one bit of which a number is made, the lowest first."""
    while bits:
        lowest = bits & -bits
        yield lowest
        bits ^= lowest


def substitute(fact: Fact, binding: Mapping[str, str]) -> Fact:
    """A fact with objects in place of its variables."""
    return tuple(binding.get(name, name) for name in fact)
