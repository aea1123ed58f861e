"""A library after a learner's code: with new functions, and with rewritten ones in place of the old."""

import ast
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from agents.learnact.learner.source import (
    bound,
    definitions,
    loaded,
    needed,
    problem_of_definition,
    take_apart,
    unknown,
)
from core.library import LearnedFunction, Library
from envs.text.coding.python_text import parsed
from sandbox.box import Box

MAX_FUNCTIONS = 16
"""Functions of a library, at most."""
MAX_SOURCE = 12_000
"""Characters of a library's source, at most: it stands in every request of the agent."""
TOO_LONG = f"there may be {MAX_FUNCTIONS} functions of {MAX_SOURCE} characters together: write fewer or shorter ones"
S = TypeVar("S", bound=ast.stmt)


@dataclass(frozen=True, slots=True)
class Revision:
    """A library after a change.

    Attributes:
        library: the same as before if `changed` is empty.
        changed: names of the functions that are new or rewritten.
        usage: the lines of the code that are no definitions; they may call the functions.
        problems: what of the code cannot be used, and why; one line each.
    """

    library: Library
    changed: tuple[str, ...] = ()
    usage: str = ""
    problems: tuple[str, ...] = ()


def revise(parent: Library, code: str, actions: Collection[str]) -> Revision:
    """Add the functions in a piece of code that can be used to a library.

    A function with the name of one of the parent's replaces it and has no notes; others are added. Only
    definitions are run, in a box.

    Args:
        parent: the functions so far.
        code: that a language model wrote.
        actions: names of the actions of the world.
    """
    source = take_apart(code, actions) if len(code) <= MAX_SOURCE else None
    if source is None or len(source.functions) > MAX_FUNCTIONS:
        return Revision(parent, problems=(TOO_LONG,))
    problems = list(source.problems)
    runs = {*actions, *parent.names, *(function.name for function in source.functions)}
    old = parsed(parent.preamble).body
    used = _loaded([*parsed(parent.source).body, *source.functions])
    constants = needed([*definitions(source.others, runs)], used)
    with Box({}, 0) as box:
        problem = box.run(_written([*old, *constants]) or "pass").error

        def problem_of(constant: ast.stmt) -> str:
            return problem or problem_of_definition(constant, actions)

        constants = [*old, *_usable(constants, problem_of, problems)]
        new = _usable(
            source.functions, lambda each: _in(each, box.run(ast.unparse(each)).error), problems
        )
    new = _without_unknown(new, {*actions, *parent.names, *_bound(constants)}, problems)
    library, changed = _with(parent, new, constants)
    if changed and loaded(parsed(library.source)).isdisjoint(actions):
        problems.append("the functions call no action")
        library, changed = parent, ()
    if len(library.functions) > MAX_FUNCTIONS or len(library.source) > MAX_SOURCE:
        problems.append(TOO_LONG)
        library, changed = parent, ()
    return Revision(library, changed, source.usage, tuple(dict.fromkeys(problems)))


def _with(
    parent: Library, new: Sequence[ast.FunctionDef], constants: Sequence[ast.stmt]
) -> tuple[Library, tuple[str, ...]]:
    """The library with new functions, and the names of those that differ."""
    functions = {function.name: function for function in parent.functions}
    changed = []
    for node in new:
        old = functions.get(node.name)
        function = LearnedFunction.of(node, old.version + 1 if old is not None else 1)
        if old is None or old.source != function.source:
            functions[node.name] = function
            changed.append(node.name)
    if not changed:
        return parent, ()
    library = replace(parent, functions=tuple(functions.values()), preamble="")
    wanted = needed(constants, loaded(parsed(library.source)))
    return replace(library, preamble=_written(wanted)), tuple(changed)


def _usable(
    statements: Iterable[S], problem_of: Callable[[S], str], problems: list[str]
) -> list[S]:
    """The statements without a problem; of the others it is added to `problems`."""
    usable = []
    for statement in statements:
        problem = problem_of(statement)
        if problem:
            problems.append(problem)
        else:
            usable.append(statement)
    return usable


def _without_unknown(
    functions: list[ast.FunctionDef], known: Collection[str], problems: list[str]
) -> list[ast.FunctionDef]:
    """The functions that use nothing that is not defined, also after others are left out."""

    def problem_of(function: ast.FunctionDef) -> str:
        missing = ", ".join(unknown(function, {*known, *names}))
        return _in(function, missing and f"{missing}: not defined")

    number = -1
    while number != len(functions):
        number = len(functions)
        names = {function.name for function in functions}
        functions = _usable(functions, problem_of, problems)
    return functions


def _written(statements: Iterable[ast.stmt]) -> str:
    """The source of statements, each once."""
    return "\n".join(dict.fromkeys(map(ast.unparse, statements)))


def _in(function: ast.FunctionDef, problem: str) -> str:
    return problem and f"in {function.name}: {problem}"


def _loaded(nodes: Iterable[ast.stmt]) -> set[str]:
    return {name for node in nodes for name in loaded(node)}


def _bound(nodes: Iterable[ast.stmt]) -> set[str]:
    return {name for node in nodes for name in bound(node)}
