"""A player of robotic planning that knows only what an agent reads: it plans, and plans again after a surprise."""

import re
from collections.abc import Iterator

from core.errors import SettingsError
from envs.text.pddl.plain import OBJECTS, SITUATION, TASK, WORDINGS, Plain
from envs.text.pddl.problems import find_domain
from envs.text.pddl.search import find_plan
from envs.text.pddl.strips import Domain, Fact, GroundProblem, Operator, Problem

_SENTENCE_END = re.compile(r"(?<=\.)\s+")


class Expert:
    """Plays one episode in the plain wording.

    Args:
        introduction: the first observation.

    Raises:
        SettingsError: it is not one of the plain wording.
    """

    def __init__(self, introduction: str) -> None:
        self._problem = GroundProblem(read_problem(introduction))
        self._language = Plain(self._problem.problem.domain.name)
        self._state = self._problem.init
        self._plan: list[Operator] | None = None

    def act(self) -> str:
        """The next action; without a plan, a look at the valid actions."""
        if self._plan is None:
            self._plan = list(find_plan(self._problem, self._state) or ())
        if not self._plan:
            return "check valid actions"
        return self._language.action(self._plan[0].name, self._plan[0].arguments)

    def observe(self, action: str, observation: str) -> None:
        """What came of an action; if it is not as planned, the next `act` plans again."""
        expected = None
        if self._plan and action == self.act():
            expected = self._plan.pop(0).apply(self._state)
        facts = set(read_facts(observation, self._problem.problem))
        if facts:
            self._state = self._problem.bits(facts)
        if self._state != expected:
            self._plan = None


def read_problem(introduction: str) -> Problem:
    """The problem that a first observation of the plain wording describes.

    Raises:
        SettingsError: it is no such observation.
    """
    lines = introduction.split("\n")
    names = [name for name, wording in WORDINGS.items() if wording.about == lines[0]]
    parts = {
        label: line.removeprefix(label)
        for label in (OBJECTS, TASK, SITUATION)
        for line in lines
        if line.startswith(label)
    }
    if not names or len(parts) != 3:
        raise SettingsError(
            "this is not the first observation of a planning problem in plain texts"
        )
    domain = find_domain(names[0])
    objects = dict(_objects(parts[OBJECTS]))
    problem = Problem("", domain, objects, (), ())
    facts, goal = (tuple(read_facts(parts[label], problem)) for label in (SITUATION, TASK))
    return Problem("", domain, objects, facts, goal)


def read_facts(text: str, problem: Problem) -> Iterator[Fact]:
    """The facts that the sentences of a text state; other sentences are passed over."""
    patterns = _patterns(problem.domain)
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


def _patterns(domain: Domain) -> dict[str, re.Pattern[str]]:
    """For each predicate what its sentences look like."""
    templates = WORDINGS[domain.name].facts
    return {
        predicate: re.compile(re.escape(template).replace(r"\{\}", r"(\S+)"))
        for predicate, template in templates.items()
    }
