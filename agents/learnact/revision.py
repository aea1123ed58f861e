"""What code of a learner makes of a library: new functions, and functions in place of others."""

import ast
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from agents.learnact.source import (
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
"""In a library."""
MAX_SOURCE = 12_000
"""Characters of the source of a library, which stands in every request of the agent."""
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
    changed: tuple[str, ...]
    usage: str
    problems: tuple[str, ...]


def revise(parent: Library, code: str, actions: Collection[str]) -> Revision:
    """Take over the functions in code that can be used.

    A function with the name of one of the parent's replaces it and has no notes; others are added. Nothing but
    definitions is run, and in a box.

    Args:
        parent: the functions so far.
        code: of a language model.
        actions: names of the actions of the world.
    """
    source = take_apart(code, actions)
    problems = list(source.problems)
    new = list(source.functions)
    runs = {*actions, *parent.names, *(function.name for function in new)}
    constants = [*parsed(parent.preamble).body, *definitions(source.others, runs)]
    constants = needed(constants, _loaded([*parsed(parent.source).body, *new]))
    with Box({}, 0) as box:

        def problem_of(statement: ast.stmt) -> str:
            error = box.run(ast.unparse(statement)).error
            return error or problem_of_definition(statement, actions)

        constants = _usable(constants, problem_of, problems)
        new = _usable(
            new, lambda function: _in(function, box.run(ast.unparse(function)).error), problems
        )
    new = _without_unknown(new, {*actions, *parent.names, *_bound(constants)}, problems)
    library, changed = _with(parent, new, constants)
    if len(library.functions) > MAX_FUNCTIONS or len(library.source) > MAX_SOURCE:
        problems.append(
            f"there may be {MAX_FUNCTIONS} functions of {MAX_SOURCE} characters together: write fewer or shorter ones"
        )
        library, changed = parent, ()
    return Revision(library, changed, source.usage, tuple(problems))


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
    preamble = "\n".join(dict.fromkeys(map(ast.unparse, wanted)))
    return replace(library, preamble=preamble), tuple(changed)


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


def _in(function: ast.FunctionDef, problem: str) -> str:
    return problem and f"in {function.name}: {problem}"


def _loaded(nodes: Iterable[ast.stmt]) -> set[str]:
    return {name for node in nodes for name in loaded(node)}


def _bound(nodes: Iterable[ast.stmt]) -> set[str]:
    return {name for node in nodes for name in bound(node)}
