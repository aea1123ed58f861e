"""Macro-operators: sequences of actions that recur in episodes, with variables in place of things.

The set is chosen by its description length: what is counted are the decisions that the episodes take with the
macros, and the lines of the macros (cf. Fikes, Hart and Nilsson, 1972, for the idea of macro-operators, and
Nevill-Manning and Witten, 1997, for replacing what recurs over and over again).
"""

import random
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations
from typing import NamedTuple

from envs.text.macros.traces import Call, Event, Trace

MAX_OPTIONAL = 2
"""Steps of a macro that may be optional."""
MAX_NAME = 40
"""Characters of a name with all actions of a macro; of a longer macro only the first and the last are named."""
_WORD = re.compile(r"\w(?:[\w-]*\w)?")
_VARIABLE = re.compile(r"\{\d+\}")
_SENTENCE = re.compile(r"(?:^|: |(?<=\. ))([^.:]*\.)(?= |$)")


class Guard(NamedTuple):
    """When an optional step is taken.

    Attributes:
        sentence: with ``{0}`` for the first variable of the macro, and so on.
        is_there: whether it has to be in the text that was read last, or must not be there.
    """

    sentence: str
    is_there: bool


class Step(NamedTuple):
    """A call in a macro.

    Attributes:
        name: of the action or of an earlier macro.
        variables: number of the variable in each place.
        guard: of an optional step.
    """

    name: str
    variables: tuple[int, ...]
    guard: Guard | None = None


class Occurrence(NamedTuple):
    """Where a macro is found in a trace.

    Attributes:
        start, end: of its events.
        values: of the variables.
        taken: for each step the number of its event; None for an optional step that is not there.
    """

    start: int
    end: int
    values: tuple[str, ...]
    taken: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class Macro:
    """A sequence of calls over variables.

    Attributes:
        name: of the function that it becomes.
        steps: in order.
        support: number of its occurrences.
    """

    name: str
    steps: tuple[Step, ...]
    support: int

    @property
    def num_variables(self) -> int:
        """Variables are numbered in the order of their first use."""
        return 1 + max(chain.from_iterable(step.variables for step in self.steps), default=-1)


@dataclass(frozen=True, slots=True)
class Criteria:
    """Which macros are found; the samples of a learner differ by them.

    Attributes:
        max_steps: of a macro.
        min_support: occurrences that it must have.
        line_cost: what a line of a macro counts, in decisions.
        max_macros: of a set.
    """

    max_steps: int = 2
    min_support: int = 2
    line_cost: float = 0.25
    max_macros: int = 12

    @classmethod
    def draw(cls, rng: random.Random) -> "Criteria":
        """Criteria at random. Few steps are no loss: macros can contain earlier ones, and so become long."""
        return cls(rng.randint(2, 6), rng.choice((2, 2, 3)), rng.choice((0.25, 0.5, 1.0)))


def mine(traces: Sequence[Trace], criteria: Criteria) -> list[Macro]:
    """The macros that shorten traces most; later ones may contain earlier ones.

    Args:
        traces: of the episodes.
        criteria: what a macro must fulfil.
    """
    names = {event.call.name for trace in traces for event in trace}
    actions: dict[str, tuple[str, ...]] = {name: (name,) for name in names}
    macros: list[Macro] = []
    while len(macros) < criteria.max_macros:
        found = max(_rated(traces, criteria), key=lambda pair: pair[0], default=None)
        if found is None:
            break
        steps, places = found[1], [occurrences(found[1], trace) for trace in traces]
        its_actions = tuple(chain.from_iterable(actions[step.name] for step in steps))
        macro = Macro(_name(its_actions, actions), steps, sum(map(len, places)))
        actions[macro.name] = its_actions
        macros.append(macro)
        traces = [_replaced(trace, macro, here) for trace, here in zip(traces, places, strict=True)]
    return macros


def occurrences(steps: Sequence[Step], trace: Trace) -> list[Occurrence]:
    """Where steps are found in a trace, from its beginning on; no two of them overlap."""
    found = []
    start = 0
    while start < len(trace):
        here = _match(steps, trace, start)
        if here is not None:
            found.append(here)
        start = here.end if here is not None else start + 1
    return found


def _rated(
    traces: Sequence[Trace], criteria: Criteria
) -> Iterator[tuple[tuple[float, int], tuple[Step, ...]]]:
    """Sequences that shorten the description, with by how much, and fewer variables before more."""
    for steps in _candidates(traces, criteria):
        places = [one for trace in traces for one in occurrences(steps, trace)]
        saved = sum(one.end - one.start - 1 for one in places) - criteria.line_cost * len(steps)
        if len(places) >= criteria.min_support and saved > 0:
            yield (saved, -len({number for step in steps for number in step.variables})), steps


def _candidates(traces: Sequence[Trace], criteria: Criteria) -> Iterator[tuple[Step, ...]]:
    """Sequences that occur, what those of the same actions have in common, and both with optional steps."""
    groups: dict[tuple[str, ...], list[list[Call]]] = {}
    for trace in traces:
        for start in range(len(trace)):
            for end in range(start + 2, min(start + criteria.max_steps, len(trace)) + 1):
                calls = [event.call for event in trace[start:end]]
                groups.setdefault(tuple(call.name for call in calls), []).append(calls)
    lifted = dict.fromkeys(
        chain.from_iterable(
            [_lift([calls]) for calls in windows] + [_lift(windows)] for windows in groups.values()
        )
    )
    yield from lifted
    optional = (steps for plain in lifted for steps in _with_optional(plain, traces))
    yield from dict.fromkeys(optional)


def _lift(windows: Sequence[Sequence[Call]]) -> tuple[Step, ...]:
    """The calls with variables: places where the same thing stands in every window share one."""
    numbers: dict[tuple[str, ...], int] = {}
    return tuple(
        Step(
            calls[0].name,
            tuple(
                numbers.setdefault(values, len(numbers))
                for values in zip(*(call.arguments for call in calls), strict=True)
            ),
        )
        for calls in zip(*windows, strict=True)
    )


def _with_optional(plain: tuple[Step, ...], traces: Sequence[Trace]) -> Iterator[tuple[Step, ...]]:
    """The same steps with some of them optional, if what was read tells when they are taken."""
    for size in range(1, min(MAX_OPTIONAL, len(plain) - 1) + 1):
        for chosen in combinations(range(len(plain)), size):
            always = {
                number
                for index, step in enumerate(plain)
                if index not in chosen
                for number in step.variables
            }
            if any(set(plain[index].variables) - always for index in chosen):
                continue
            unknown = Guard("", is_there=True)
            steps = tuple(
                step._replace(guard=unknown) if index in chosen else step
                for index, step in enumerate(plain)
            )
            guards = {index: _find_guard(steps, index, traces) for index in chosen}
            if all(guards.values()):
                yield tuple(
                    step._replace(guard=guards.get(index)) for index, step in enumerate(steps)
                )


def _find_guard(steps: Sequence[Step], index: int, traces: Sequence[Trace]) -> Guard | None:
    """The sentence that was read whenever an optional step was taken, and never when it was not, or vice versa."""
    things = {word for trace in traces for event in trace for word in event.call.arguments}
    read: dict[bool, list[tuple[str, tuple[str, ...]]]] = {True: [], False: []}
    for trace in traces:
        for one in occurrences(steps, trace):
            read[one.taken[index] is not None].append((_read_before(trace, one, index), one.values))
    for is_there in (True, False):
        there, elsewhere = read[is_there], read[not is_there]
        if not there or not elsewhere:
            return None
        own = set(steps[index].variables)
        common = set.intersection(
            *(set(sentences_about(text, values, own)) for text, values in there)
        )
        fitting = [
            sentence
            for sentence in common
            if not any(_names_a_thing(word, things) for word in _WORD.findall(sentence))
            and not any(sentence.format(*values) in text for text, values in elsewhere)
        ]
        if fitting:
            return Guard(min(fitting, key=_generality), is_there)
    return None


def _names_a_thing(word: str, things: Collection[str]) -> bool:
    """Whether a word beside the variables of a sentence stands for one thing of one case, as ``ball7`` does."""
    return word in things or (not word.isdigit() and any(map(str.isdigit, word)))


def _generality(sentence: str) -> tuple[int, int, str]:
    """Sentences about more variables come first, then those with fewer other words."""
    num_variables = len(set(_VARIABLE.findall(sentence)))
    return -num_variables, len(_VARIABLE.sub("", sentence).split()), sentence


def _read_before(trace: Trace, one: Occurrence, index: int) -> str:
    """What had been read before a step was taken or left out."""
    earlier = [number for number in one.taken[:index] if number is not None]
    return trace[earlier[-1]].after if earlier else trace[one.start].before


def sentences_about(text: str, values: Sequence[str], own: set[int]) -> Iterator[str]:
    """Sentences about the things of a step, with variables in their places."""
    if not values:
        return
    numbers: Mapping[str, int] = {value: number for number, value in enumerate(values)}
    names = "|".join(sorted(map(re.escape, numbers), key=len, reverse=True))
    for sentence in _SENTENCE.findall(text):
        used: set[int] = set()

        def put_variable(match: re.Match[str], used: set[int] = used) -> str:
            used.add(numbers[match[0]])
            return f"{{{numbers[match[0]]}}}"

        braced = sentence.replace("{", "{{").replace("}", "}}")
        template = re.sub(rf"(?<![\w-])(?:{names})(?![\w-])", put_variable, braced)
        if used & own:
            yield template


def _match(steps: Sequence[Step], trace: Trace, start: int) -> Occurrence | None:
    """The steps from an event on; an optional step is taken where it can be.

    An optional step at the end of a trace is no match: it is not known whether it would have been taken.
    """
    values: dict[int, str] = {}
    taken: list[int | None] = []
    end = start
    for step in steps:
        if end == len(trace):
            return None
        bound = _bound(step, trace[end].call, values)
        if bound is None and step.guard is None:
            return None
        taken.append(end if bound is not None else None)
        end += bound is not None
        values = bound if bound is not None else values
    return Occurrence(start, end, tuple(values[number] for number in sorted(values)), tuple(taken))


def _bound(step: Step, call: Call, values: Mapping[int, str]) -> dict[int, str] | None:
    """The values of the variables if the call is this step; None if it is not."""
    if call.name != step.name or len(call.arguments) != len(step.variables):
        return None
    bound = dict(values)
    for number, argument in zip(step.variables, call.arguments, strict=True):
        if bound.setdefault(number, argument) != argument:
            return None
    return bound


def _replaced(trace: Trace, macro: Macro, places: Sequence[Occurrence]) -> Trace:
    """The trace with one event for each occurrence of a macro."""
    events: list[Event] = []
    done = 0
    for one in places:
        events += trace[done : one.start]
        call = Call(macro.name, one.values)
        events.append(Event(call, trace[one.start].before, trace[one.end - 1].after))
        done = one.end
    return (*events, *trace[done:])


def _name(actions: Sequence[str], known: Collection[str]) -> str:
    """The actions, each once, joined, or the first and the last one; numbered if there is such a name already."""
    base = "_".join(dict.fromkeys(actions))
    if len(base) > MAX_NAME:
        base = f"{actions[0]}_to_{actions[-1]}"
    name, number = base, 2
    while name in known:
        name, number = f"{base}_{number}", number + 1
    return name
