"""What functions of a library call, read from their source: calls over their parameters, in order."""

import ast
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.library import LEARNED_HEADING
from envs.text.coding.python_text import parse

_LEARNED = re.compile(
    rf"{re.escape(LEARNED_HEADING)}\n```python\n(?P<source>.*?)^```", re.DOTALL | re.MULTILINE
)
MAX_LINES = 60
"""Calls of a function, those of the functions that it calls included."""


class Argument(NamedTuple):
    """An argument of a call in a function.

    Attributes:
        word: the name of one of the function's parameters, or a text.
        is_text: which of the two it is.
    """

    word: str
    is_text: bool


class Line(NamedTuple):
    """A call of an action in a function.

    Attributes:
        name: of the action.
        arguments: in order.
        is_optional: it stands under a condition.
    """

    name: str
    arguments: tuple[Argument, ...]
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Pattern:
    """A function as a sequence of calls of actions.

    Attributes:
        name: of the function.
        parameters: their names.
        lines: in order.
    """

    name: str
    parameters: tuple[str, ...]
    lines: tuple[Line, ...]


class _Unreadable(Exception):
    """The function is no sequence of calls over its parameters."""


def library_in(text: str) -> str:
    """The source of the functions that a conversation lists; empty if there are none."""
    match = _LEARNED.search(text)
    return match["source"] if match is not None else ""


def read_patterns(source: str, actions: Collection[str]) -> list[Pattern]:
    """The functions of a library that are sequences of calls; others are left out.

    Args:
        source: of the library.
        actions: names of the world's actions.
    """
    tree = parse(source)
    body = tree.body if tree is not None else []
    nodes = {node.name: node for node in body if isinstance(node, ast.FunctionDef)}
    known: dict[str, Pattern] = {}
    for node in nodes.values():
        try:
            lines = tuple(_lines(node.body, actions, known, is_optional=False))
            parameters = _parameters(node.args)
        except (_Unreadable, RecursionError):
            continue
        used = {
            argument.word for line in lines for argument in line.arguments if not argument.is_text
        }
        if lines and len(lines) <= MAX_LINES and used == set(parameters):
            known[node.name] = Pattern(node.name, parameters, lines)
    return list(known.values())


def _parameters(arguments: ast.arguments) -> tuple[str, ...]:
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or arguments.defaults:
        raise _Unreadable
    return tuple(one.arg for one in (*arguments.posonlyargs, *arguments.args))


def _lines(
    body: Sequence[ast.stmt],
    actions: Collection[str],
    known: Mapping[str, Pattern],
    *,
    is_optional: bool,
) -> Iterator[Line]:
    for statement in body:
        if isinstance(statement, ast.If):
            for branch in (statement.body, statement.orelse):
                yield from _lines(branch, actions, known, is_optional=True)
        elif isinstance(statement, ast.Expr | ast.Assign | ast.Return):
            value = statement.value
            if isinstance(value, ast.Call):
                yield from _call(value, actions, known, is_optional=is_optional)
        elif not isinstance(statement, ast.Pass):
            raise _Unreadable


def _call(
    call: ast.Call,
    actions: Collection[str],
    known: Mapping[str, Pattern],
    *,
    is_optional: bool,
) -> Iterator[Line]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in known and name not in actions:
        return  # of a text or a helper, for example `seen.split()`; what it does shows when it is tried
    given = tuple(map(_argument, call.args))
    if call.keywords:
        raise _Unreadable
    if name in actions:
        yield Line(name, given, is_optional)
        return
    inner = known[name]
    if len(given) != len(inner.parameters):
        raise _Unreadable
    values = dict(zip(inner.parameters, given, strict=True))
    for line in inner.lines:
        arguments = tuple(one if one.is_text else values[one.word] for one in line.arguments)
        yield Line(line.name, arguments, is_optional or line.is_optional)


def _argument(node: ast.expr) -> Argument:
    if isinstance(node, ast.Name):
        return Argument(node.id, is_text=False)
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return Argument(node.value, is_text=True)
    raise _Unreadable


def bind(line: Line, words: Sequence[str], values: Mapping[str, str]) -> dict[str, str] | None:
    """The values of the parameters if a call with these words is the line; None if it is not."""
    if len(words) != len(line.arguments):
        return None
    bound = dict(values)
    for (argument, is_text), word in zip(line.arguments, words, strict=True):
        if (argument if is_text else bound.setdefault(argument, word)) != word:
            return None
    return bound
