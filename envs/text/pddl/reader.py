"""Reads PDDL: domains and problems of plain STRIPS with types and constants (``:strips :typing``)."""

import re
from collections.abc import Iterator, Mapping, Sequence

from core.errors import SettingsError
from envs.text.pddl.strips import Action, Domain, Fact, Problem

_TOKEN = re.compile(r"[()]|[^\s()]+")
_COMMENT = re.compile(r";[^\n]*")
_GLUED = re.compile(r"(?<=[\w-])\?")  # "level?l1": a variable begins at its question mark
MAX_DEPTH = 50

Tree = str | list["Tree"]


def read_domain(text: str) -> Domain:
    """A domain.

    Raises:
        SettingsError: the text is no domain, or uses more of PDDL than this reader knows.
    """
    name, sections = _sections(text, "domain")
    supertypes = _typed(_flat(sections, ":types"))
    constants = _typed(_flat(sections, ":constants"))
    predicates = {}
    for tree in _trees(sections, ":predicates"):
        predicate, *parameters = _strings(tree)
        predicates[predicate] = tuple(_typed(parameters).values())
    actions = {}
    for tree in sections.get(":action", []):
        action = _read_action(tree)
        actions[action.name] = action
    supertypes.pop("object", None)
    return Domain(name, supertypes, constants, predicates, actions)


def read_problem(text: str, domain: Domain, name: str) -> Problem:
    """A problem of a domain; names are lower-cased.

    Args:
        text: the file.
        domain: of the problem.
        name: of the problem; the file's own name is not unique.

    Raises:
        SettingsError: the text is no problem, or something in it is not of the domain.
    """
    _, sections = _sections(text, "problem")
    objects = {**domain.constants, **_typed(_flat(sections, ":objects"))}
    init = tuple(_fact(tree) for tree in _trees(sections, ":init"))
    [goal] = _trees(sections, ":goal")
    problem = Problem(name, domain, objects, init, tuple(_conjunction(goal)))
    for fact in (*problem.init, *problem.goal):
        _check_fact(fact, problem)
    return problem


def _check_fact(fact: Fact, problem: Problem) -> None:
    types = problem.domain.predicates.get(fact[0])
    if types is None or len(types) != len(fact) - 1:
        raise SettingsError(f"{problem.name}: {fact} is not a fact of {problem.domain.name}")
    for name, kind in zip(fact[1:], types, strict=True):
        if not problem.domain.is_a(problem.objects.get(name, ""), kind):
            raise SettingsError(f"{problem.name}: in {fact}, {name} is not of type {kind}")


def _read_action(tree: Sequence[Tree]) -> Action:
    name, *rest = tree
    assert isinstance(name, str)
    parts = dict(zip(map(str, rest[::2]), rest[1::2], strict=True))
    effects = list(_literals(parts[":effect"]))
    return Action(
        name,
        tuple(_typed(_strings(parts[":parameters"])).items()),
        tuple(_conjunction(parts[":precondition"])),
        added=tuple(fact for fact, holds in effects if holds),
        removed=tuple(fact for fact, holds in effects if not holds),
    )


def _sections(text: str, kind: str) -> tuple[str, Mapping[str, list[list[Tree]]]]:
    """The name in ``(define (KIND NAME) ...)`` and the bodies of its sections."""
    tokens = _TOKEN.findall(_GLUED.sub(" ?", _COMMENT.sub("", text)).lower())
    tree = _parse(iter(tokens), 0)
    match tree:
        case [["define", [found, str(name)], *bodies]] if found == kind:
            sections: dict[str, list[list[Tree]]] = {}
            for body in bodies:
                assert isinstance(body, list)
                sections.setdefault(str(body[0]), []).append(body[1:])
            return name, sections
    raise SettingsError(f"this is not a PDDL {kind}")


def _parse(tokens: Iterator[str], depth: int) -> list[Tree]:
    """Everything up to the closing bracket."""
    if depth > MAX_DEPTH:
        raise SettingsError("too many brackets for PDDL")
    tree: list[Tree] = []
    for token in tokens:
        if token == ")":
            return tree
        tree.append(_parse(tokens, depth + 1) if token == "(" else token)
    if depth:
        raise SettingsError("a bracket is not closed")
    return tree


def _trees(sections: Mapping[str, list[list[Tree]]], name: str) -> list[Tree]:
    return [tree for body in sections.get(name, []) for tree in body]


def _flat(sections: Mapping[str, list[list[Tree]]], name: str) -> list[str]:
    return _strings(_trees(sections, name))


def _strings(tree: Tree) -> list[str]:
    assert isinstance(tree, list)
    if not all(isinstance(part, str) for part in tree):
        raise SettingsError(f"names are expected instead of {tree}")
    return [str(part) for part in tree]


def _typed(names: Sequence[str]) -> dict[str, str]:
    """``a b - kind c`` as each name with its type, ``object`` where there is none."""
    types: dict[str, str] = {}
    waiting: list[str] = []
    rest = iter(names)
    for name in rest:
        if name == "-":
            kind = next(rest, "object")
            types.update(dict.fromkeys(waiting, kind))
            waiting = []
        else:
            waiting.append(name)
    return {**types, **dict.fromkeys(waiting, "object")}


def _fact(tree: Tree) -> Fact:
    return tuple(_strings(tree))


def _literals(tree: Tree) -> Iterator[tuple[Fact, bool]]:
    """Each fact of a conjunction, and whether it is to hold."""
    match tree:
        case ["and", *parts]:
            for part in parts:
                yield from _literals(part)
        case ["not", part]:
            yield _fact(part), False
        case []:
            return
        case _:
            yield _fact(tree), True


def _conjunction(tree: Tree) -> Iterator[Fact]:
    for fact, holds in _literals(tree):
        if not holds:
            raise SettingsError(f"a negative condition, {fact}, is not supported")
        yield fact
