"""Plans for robotic planning in calls of learned functions: few decisions, each with the most of a plan's actions."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from core.task import TEXT_TASKS
from envs.text.functions import functions_of, identifier
from envs.text.macros.patterns import Line, Pattern, bind, read_patterns
from envs.text.macros.traces import Call
from envs.text.macros.tryout import Tryout
from envs.text.pddl.expert import Expert
from envs.text.pddl.language import Query
from envs.text.pddl.plain import Plain
from envs.text.pddl.search import Plan
from envs.text.pddl.strips import GroundProblem, Operator, State

MAX_BINDINGS = 300
"""Ways to fill in a function that are looked at for one decision."""
MAX_TRIED = 12
"""Calls that are tried out for one decision."""
BEAM = 4
"""Ways that are followed side by side."""


class Way(NamedTuple):
    """A call, and where it leads.

    Attributes:
        call: of a function.
        rest: of the plan, after it.
        state: after it.
    """

    call: Call
    rest: Plan
    state: State


class ImaginedProblem:
    """A planning problem as a player imagines it; see `envs.text.macros.tryout.ImaginedWorld`."""

    def __init__(self, problem: GroundProblem, state: State) -> None:
        self.state = state
        self._problem = problem
        self._language = Plain(problem.problem.domain.name)

    @property
    def observation(self) -> str:
        """The situation."""
        facts = self._problem.true_facts(self.state & ~self._problem.static)
        return " ".join(sorted(map(self._language.fact, facts)))

    @property
    def is_over(self) -> bool:
        """Whether the goal is reached."""
        return not self._problem.goal & ~self.state

    def act(self, name: str, arguments: tuple[str, ...]) -> bool:
        """Carry out an action."""
        operator = find_operator(self._problem, name, arguments)
        if operator is None or not _is_useful(operator, self.state):
            return False
        self.state = operator.apply(self.state)
        return True


def next_call(expert: Expert, source: str) -> Call:
    """The next decision of an agent with a library; without a plan, a look at the valid actions.

    Args:
        expert: has observed the episode so far.
        source: of the library.
    """
    state = expert.state
    for begin in (expert.problem.init, state):
        plan = expert.plan_from(begin)
        calls = dict(_plan_calls(expert.problem, begin, plan, source))
        if state in calls:
            return calls[state]
    return Call(identifier(Query.ACTIONS.value), ())


def all_calls(expert: Expert, source: str) -> list[Call]:
    """All decisions until the goal; none without a plan."""
    state = expert.state
    plan = expert.plan_from(state)
    return [call for _, call in _plan_calls(expert.problem, state, plan, source)]


@lru_cache(maxsize=1024)
def _plan_calls(
    problem: GroundProblem, state: State, plan: Plan, source: str
) -> tuple[tuple[State, Call], ...]:
    """Calls from a state to the goal, each with the state in which it is made.

    Beam search: after each decision the ways are kept that leave least of the plan to do.
    """
    functions = functions_of(TEXT_TASKS[problem.problem.domain.name])
    patterns = read_patterns(source, [function.name for function in functions])
    beam = [_Node(state, plan, ())]
    with closing(Tryout(functions, source)) as tryout:
        while all(node.plan for node in beam):
            following = {
                way.state: _Node(way.state, way.rest, (*node.calls, (node.state, way.call)))
                for node in reversed(beam)
                for way in _working_ways(problem, node, patterns, tryout)
            }
            beam = sorted(following.values(), key=lambda node: len(node.plan))[:BEAM]
    return beam[0].calls


class _Node(NamedTuple):
    """Where some calls lead.

    Attributes:
        state: after them.
        plan: the rest of it.
        calls: each with the state in which it is made.
    """

    state: State
    plan: Plan
    calls: tuple[tuple[State, Call], ...]


def _working_ways(
    problem: GroundProblem, node: _Node, patterns: Sequence[Pattern], tryout: Tryout
) -> Iterator[Way]:
    """The next action, and the calls that leave least of the plan to do and that work when they are tried."""
    state, plan = node.state, node.plan
    first = plan[0]
    yield Way(Call(identifier(first.name), first.arguments), plan[1:], first.apply(state))
    ways = {
        way.call: way
        for pattern in patterns
        for way in islice(_ways(problem, state, plan, pattern), MAX_BINDINGS)
        if len(way.rest) < len(plan) - 1
    }
    for way in sorted(ways.values(), key=lambda way: len(way.rest))[:MAX_TRIED]:
        world = ImaginedProblem(problem, state)
        if tryout.succeeds(str(way.call), world):
            rest = _still_possible(problem, world.state, plan)
            if rest is not None:
                yield Way(way.call, rest, world.state)


def _ways(problem: GroundProblem, state: State, plan: Plan, pattern: Pattern) -> Iterator[Way]:
    """Calls of a function that carry out actions of a plan, in any order in which the rest stays possible."""
    for values, reached in _bindings(problem, state, plan, pattern.lines, {}):
        if len(values) == len(pattern.parameters):
            rest = _still_possible(problem, reached, plan)
            if rest is not None:
                words = tuple(values[name] for name in pattern.parameters)
                yield Way(Call(pattern.name, words), rest, reached)


def _bindings(
    problem: GroundProblem,
    state: State,
    plan: Plan,
    lines: Sequence[Line],
    values: dict[str, str],
) -> Iterator[tuple[dict[str, str], State]]:
    """Values of parameters with which all lines, some optional ones left out, are possible one after the other."""
    if not lines or not problem.goal & ~state:
        yield values, state
        return
    line, *others = lines
    tried: set[Operator] = set()
    for operator in _fitting(problem, plan, line, values):
        bound = bind(line, operator.arguments, values)
        if bound is None or operator in tried or not _is_useful(operator, state):
            continue
        tried.add(operator)
        yield from _bindings(problem, operator.apply(state), plan, others, bound)
    if line.is_optional:
        yield from _bindings(problem, state, plan, others, values)


def _fitting(
    problem: GroundProblem, plan: Plan, line: Line, values: dict[str, str]
) -> Iterator[Operator]:
    """Actions of a plan with the name of a line; another one if nothing of it is open."""
    for operator in plan:
        if identifier(operator.name) == line.name:
            yield operator
    words = [word if is_text else values.get(word, "") for word, is_text in line.arguments]
    other = find_operator(problem, line.name, tuple(words))
    if other is not None:
        yield other


def _still_possible(problem: GroundProblem, state: State, plan: Plan) -> Plan | None:
    """What can still be done of a plan, without detours; None if that does not reach the goal."""
    rest: list[Operator] = []
    passed = [state]
    for operator in plan:
        if _is_useful(operator, state):
            state = operator.apply(state)
            if state in passed:
                del rest[passed.index(state) :], passed[passed.index(state) + 1 :]
            else:
                rest.append(operator)
                passed.append(state)
    return None if problem.goal & ~state else tuple(rest)


def _is_useful(operator: Operator, state: State) -> bool:
    return operator.is_applicable(state) and operator.apply(state) != state


@lru_cache(maxsize=256)
def _operators(problem: GroundProblem) -> dict[tuple[str, tuple[str, ...]], Operator]:
    return {(identifier(one.name), one.arguments): one for one in problem.all_operators}


def find_operator(problem: GroundProblem, name: str, arguments: tuple[str, ...]) -> Operator | None:
    """The action of a call; None if there is none."""
    return _operators(problem).get((name, arguments))
