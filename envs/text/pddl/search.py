"""Satisficing search for plans, with the FF heuristic (Hoffmann and Nebel, 2001) and helpful actions first."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from operator import or_

from envs.text.pddl.strips import ByFact, GroundProblem, Operator, State, each_bit

Plan = tuple[Operator, ...]
HELPFUL_BOOST = 1000
"""States by helpful actions that are looked at first after each progress (as in Fast Downward)."""
MAX_STATES = 20_000
"""States that a search for a first plan looks at before it gives up."""
MAX_STATES_SHORTER = 150
"""States that each search for a shorter part of a plan looks at."""
WINDOW = 10
"""Actions in a part of a plan that is searched for a shorter way."""


@dataclass(frozen=True, slots=True)
class RelaxedPlan:
    """A plan that reaches the goal if no action removes a fact.

    Attributes:
        length: number of its actions, the FF heuristic.
        first: those of its actions that can be carried out at once (helpful actions).
    """

    length: int
    first: frozenset[Operator]


class Relaxation:
    """What can be reached if no action removes a fact.

    Each step is kept: a search comes to the same facts again and again.
    """

    def __init__(self, operators: ByFact) -> None:
        self.operators = operators
        self._steps: dict[State, tuple[int, State]] = {}

    def step(self, state: State) -> tuple[int, State]:
        """The set of the operators that can be carried out, and the facts after all of them."""
        step = self._steps.get(state)
        if step is None:
            possible = self.operators.applicable(state)
            step = self._steps[state] = possible, state | self.operators.added(possible)
        return step


def relaxed_plan(relaxation: Relaxation, state: State, goal: State) -> RelaxedPlan | None:
    """A plan without removals; None if there is none, and so no plan at all."""
    layers = []
    reached = state
    while goal & ~reached:
        possible, after = relaxation.step(reached)
        if after == reached:
            return None
        layers.append((reached, possible))
        reached = after
    length, first = 0, frozenset[Operator]()
    wanted = goal
    for before, possible in reversed(layers):
        here, wanted = wanted & ~before, wanted & before
        first = frozenset(
            relaxation.operators.first_adding(fact, possible) for fact in each_bit(here)
        )
        wanted = reduce(or_, (operator.needed for operator in first), wanted)
        length += len(first)
    return RelaxedPlan(length, first)


def find_plan(problem: GroundProblem, state: State | None = None) -> Plan | None:
    """Actions that reach the goal, from the initial state or another one; None if none were found.

    The facts of the goal are reached one after the other, each time keeping those that hold already, and the
    one that seems nearest first. If that fails, all are searched for together. Then parts of the plan are
    replaced by shorter ones.
    """
    state = problem.init if state is None else state
    relaxation = Relaxation(problem.by_fact)
    plan = _one_by_one(relaxation, state, problem.goal)
    if plan is None:
        plan = _search(relaxation, state, problem.goal, MAX_STATES)
    return None if plan is None else _shortened(relaxation, state, problem.goal, plan)


def mend_plan(problem: GroundProblem, state: State, start: State, plan: Plan) -> Plan | None:
    """A plan made of an earlier one, after a surprise; much faster than a new plan, and it may be longer.

    It is what can still be done of the earlier plan, if that suffices; or a short way back to where the plan
    begins, and the plan.

    Args:
        problem: that is solved.
        state: the present one.
        start: where the plan begins.
        plan: from there to the goal.

    Returns:
        None if there is neither.
    """
    reached = state
    possible = []
    for operator in plan:
        if operator.is_applicable(reached) and operator.apply(reached) != reached:
            reached = operator.apply(reached)
            possible.append(operator)
    if not problem.goal & ~reached:
        return tuple(possible)
    back = _search(Relaxation(problem.by_fact), state, start, MAX_STATES_SHORTER, cost_weight=1)
    return None if back is None else back + plan


def _one_by_one(relaxation: Relaxation, state: State, goal: State) -> Plan | None:
    plan: list[Operator] = []
    while goal & ~state:
        held = goal & state
        relaxed = {
            bit: relaxed_plan(relaxation, state, held | bit) for bit in each_bit(goal & ~state)
        }
        lengths = {bit: one.length for bit, one in relaxed.items() if one is not None}
        for bit in sorted(lengths, key=lengths.__getitem__):
            part = _search(relaxation, state, held | bit, MAX_STATES // 10)
            if part is not None:
                break
        else:
            return None
        state = _after(part, state)
        plan += part
    return tuple(plan)


def _search(
    relaxation: Relaxation,
    start: State,
    goal: State,
    max_states: int,
    *,
    cost_weight: int = 0,
    shorter_than: float = math.inf,
) -> Plan | None:
    """Best-first search with two queues: all successors, and those by helpful actions.

    Args:
        relaxation: of what can be done.
        start: where to begin.
        goal: facts to reach.
        max_states: number of states to look at before giving up.
        cost_weight: of the number of actions so far, beside the heuristic; 0 is greedy.
        shorter_than: plans of this length or longer are of no use.
    """
    order = count()
    costs: dict[State, int] = {start: 0}
    parents: dict[State, tuple[State, Operator]] = {}
    queues: tuple[list[tuple[int, int, int, State]], ...] = ([(0, 0, 0, start)], [])
    priority, nearest = [0, 0], math.inf
    expanded: set[tuple[State, int]] = set()
    while len(expanded) < max_states and any(queues):
        which = min((index for index in (0, 1) if queues[index]), key=priority.__getitem__)
        priority[which] += 1
        _, _, cost, state = heapq.heappop(queues[which])
        if cost > costs[state] or (state, cost) in expanded:
            continue
        expanded.add((state, cost))
        relaxed = relaxed_plan(relaxation, state, goal)
        if relaxed is None or cost + (relaxed.length > 0) >= shorter_than:
            continue
        if not relaxed.length:
            return _path(parents, start, state)
        if relaxed.length < nearest:
            nearest = relaxed.length
            priority[1] -= HELPFUL_BOOST
        for operator in relaxation.operators.each(relaxation.step(state)[0]):
            successor = operator.apply(state)
            if costs.get(successor, math.inf) <= cost + 1:
                continue
            costs[successor] = cost + 1
            parents[successor] = state, operator
            # a successor has its parent's heuristic until it is looked at itself
            entry = (relaxed.length + cost_weight * (cost + 1), next(order), cost + 1, successor)
            heapq.heappush(queues[0], entry)
            if operator in relaxed.first:
                heapq.heappush(queues[1], entry)
    return None


def _shortened(relaxation: Relaxation, start: State, goal: State, plan: Plan) -> Plan:
    """The plan with shorter ways between its states, where a search finds them."""
    begin = 0
    while begin < len(plan):
        state = _after(plan[:begin], start)
        end = min(begin + WINDOW, len(plan))
        target = goal if end == len(plan) else _after(plan[:end], start)
        part = _search(
            relaxation, state, target, MAX_STATES_SHORTER, cost_weight=1, shorter_than=end - begin
        )
        if part is None:
            begin += 1
        else:
            plan = plan[:begin] + part + plan[end:]
            begin = max(0, begin - WINDOW)
    return plan


def _path(parents: dict[State, tuple[State, Operator]], start: State, state: State) -> Plan:
    plan: list[Operator] = []
    while state != start:
        state, operator = parents[state]
        plan.append(operator)
    return tuple(reversed(plan))


def _after(plan: Sequence[Operator], state: State) -> State:
    for operator in plan:
        state = operator.apply(state)
    return state
