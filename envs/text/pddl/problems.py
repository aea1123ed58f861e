"""The problems: 60 published ones in files, and any number of generated ones; both are cases of a domain."""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from importlib import resources
from importlib.resources.abc import Traversable

from core.errors import SettingsError
from core.task import GENERATED
from envs.text.arguments import SEED
from envs.text.pddl.generate import GENERATORS
from envs.text.pddl.reader import read_domain, read_problem
from envs.text.pddl.search import Relaxation, relaxed_plan
from envs.text.pddl.strips import Domain, Fact, GroundProblem, Problem

PROBLEMS_KEPT = 256
"""Problems in memory, all published ones among them; there is no end of generated ones."""


def _folder() -> Traversable:
    return resources.files("envs.text.pddl")


@cache
def find_domain(name: str) -> Domain:
    """One of `core.task.PLANNING_DOMAINS`."""
    file = _folder() / "domains" / f"{name}.pddl"
    return read_domain(file.read_text(encoding="utf-8"))


@cache
def published_cases(domain: str) -> tuple[str, ...]:
    """The names of the published problems, ``gripper/prob01`` and so on, in the order of their numbers."""
    files = (_folder() / "problems" / domain).iterdir()
    names = [file.name.removesuffix(".pddl") for file in files if file.name.endswith(".pddl")]
    return tuple(f"{domain}/{name}" for name in sorted(names, key=_number))


@lru_cache(maxsize=PROBLEMS_KEPT)
def find_problem(domain: str, case: str) -> GroundProblem:
    """The problem of a case: ``gripper/prob01`` is a published one, ``generated/7`` is made from seed 7.

    Raises:
        SettingsError: there is none.
    """
    return GroundProblem(_problem(domain, case))


def _problem(domain: str, case: str) -> Problem:
    kind, _, name = case.partition("/")
    if kind == GENERATED and SEED.fullmatch(name):
        return GENERATORS[domain](int(name), find_domain(domain))
    if case in published_cases(domain):
        file = _folder() / "problems" / domain / f"{name}.pddl"
        return read_problem(file.read_text(encoding="utf-8"), find_domain(domain), case)
    raise SettingsError(
        f"{case!r} is not a case of {domain}: there are {published_cases(domain)[0]} to "
        f"{published_cases(domain)[-1]}, and {GENERATED}/0, {GENERATED}/1, ..."
    )


def different_from(domain: str, others: Iterable[str], cases: Iterable[str]) -> Iterator[str]:
    """The cases whose beginning and goal are those of none of the others; small domains have few problems.

    Raises:
        SettingsError: there is no such case.
    """
    known = {_facts(domain, case) for case in others}
    return (case for case in cases if _facts(domain, case) not in known)


def _facts(domain: str, case: str) -> tuple[frozenset[Fact], frozenset[Fact]]:
    problem = _problem(domain, case)
    return frozenset(problem.init), frozenset(problem.goal)


@lru_cache(maxsize=PROBLEMS_KEPT)
def difficulty(domain: str, case: str) -> int:
    """Actions of a plan for a case if nothing that is true ever became false; fewer than a real plan has.

    Raises:
        SettingsError: there is no such case.
    """
    problem = find_problem(domain, case)
    relaxed = relaxed_plan(Relaxation(problem.by_fact), problem.init, problem.goal)
    assert relaxed is not None, case
    return relaxed.length


def _number(name: str) -> int:
    return int(re.sub(r"\D", "", name))
