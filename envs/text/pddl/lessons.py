"""Lessons of the scripted beginner in robotic planning: what actions need, with kinds in place of objects."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from envs.text.pddl.expert import Precondition, read_facts
from envs.text.pddl.language import Attempt
from envs.text.pddl.plain import NOT_TRUE, Plain
from envs.text.pddl.problems import find_domain
from envs.text.pddl.strips import GroundProblem, State, substitute

_COMMAND = re.compile(r"'([^']+)'")


def write_lesson(problem: GroundProblem, steps: Iterable[tuple[State, str, str]]) -> str:
    """What actions lacked when they were refused, and what was true whenever others were possible.

    Only facts about an action's own objects and the domain's constants are written. What was true each time may be
    a coincidence, and it may be more than the action needs.

    Args:
        problem: of the episode.
        steps: the state before each action, the action, and the observation after it.
    """
    domain = problem.problem.domain
    language = Plain(domain.name)
    lacking: dict[str, list[str]] = {}
    held: dict[str, list[str]] = {}
    for state, command, observation in steps:
        attempt = language.read(problem, state, command)
        if not isinstance(attempt, Attempt):
            continue
        kinds = map(str.upper, domain.actions[attempt.name].kinds)
        binding = dict(zip(attempt.arguments, kinds, strict=True))
        known = binding.keys() | domain.constants.keys()
        general = language.action(attempt.name, binding.values())
        _, is_refused, reason = observation.partition(NOT_TRUE)
        true = problem.true_facts(state & ~problem.static)
        facts = read_facts(reason, problem.problem) if is_refused else true
        sentences = [
            language.fact(substitute(fact, binding)) for fact in facts if known >= set(fact[1:])
        ]
        if is_refused:
            lacking[general] = sentences
        else:
            held[general] = [one for one in held.get(general, sentences) if one in sentences]
    refused = [
        f"'{general}' was refused, because this was not true: {' '.join(sentences)}"
        for general, sentences in lacking.items()
    ]
    possible = [
        f"Whenever '{general}' was possible, this was true: {' '.join(sorted(sentences))}"
        for general, sentences in held.items()
    ]
    return " ".join(refused + possible)


def needs_in(lesson: str, domain: str) -> Iterator[Precondition]:
    """The preconditions that a lesson states: each after its action, which is in quotes, and before the next action."""
    parts = _COMMAND.split(lesson)
    for general, text in zip(parts[1::2], parts[2::2], strict=True):
        needs = _needs(domain).get(general, {})
        yield from (need for sentence, need in needs.items() if sentence in text)


@cache
def _needs(domain: str) -> Mapping[str, Mapping[str, Precondition]]:
    """Each action in general -> its preconditions in words."""
    language = Plain(domain)
    needs = {}
    for action in find_domain(domain).actions.values():
        kinds = [kind.upper() for kind in action.kinds]
        binding = {name: kind for (name, _), kind in zip(action.parameters, kinds, strict=True)}
        needs[language.action(action.name, kinds)] = {
            language.fact(substitute(fact, binding)): (action.name, number)
            for number, fact in enumerate(action.preconditions)
        }
    return needs
