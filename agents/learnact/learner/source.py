"""Code that a language model wrote, parsed: its functions, and why some cannot be used. Nothing here runs it."""

import ast
import builtins
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from core.library import LAST_OBSERVATION
from envs.text.coding.python_text import parsed

MAX_NAME = 60
"""Characters of a function's name, at most."""
MAX_LINE = 100
"""Characters of a line of code that a problem shows, at most."""
MAX_DEPTH = 60
"""Levels of nesting in a statement, at most."""
_BUILTINS = frozenset(dir(builtins))
_UNUSABLE = {
    ast.ClassDef: "classes cannot be used: write functions",
    ast.AsyncFunctionDef: "async functions cannot be used: write def",
}
_NAMED = (
    ast.FunctionDef,
    ast.AsyncFunctionDef,
    ast.ClassDef,
    ast.ExceptHandler,
    ast.MatchAs,
    ast.MatchStar,
)
"""Nodes that bind their ``name``."""


@dataclass(frozen=True, slots=True)
class CodeParts:
    """The statements at the top of a piece of code.

    Attributes:
        functions: the ``def`` statements; of equal names the last one.
        others: those that define no function, in order, without the ones that cannot be used, such as classes.
        problems: what cannot be used, and why; one line each.
    """

    functions: tuple[ast.FunctionDef, ...] = ()
    others: tuple[ast.stmt, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def usage(self) -> str:
        """The source of the other statements."""
        return "\n".join(map(ast.unparse, self.others))


def take_apart(code: str, reserved: Collection[str]) -> CodeParts:
    """The functions in a piece of code that can be used, and its other statements.

    Args:
        code: anything, also what is no Python.
        reserved: names of the actions of the world, which must not be redefined.
    """
    try:
        tree = parsed(code)
    except SyntaxError as error:
        return CodeParts(problems=(_syntax_problem(code, error),))
    functions: dict[str, ast.FunctionDef] = {}
    others: list[ast.stmt] = []
    problems = []
    for statement in _statements(tree):
        problem = _problem_of(statement, reserved)
        if problem:
            problems.append(problem)
        elif isinstance(statement, ast.FunctionDef):
            functions.pop(statement.name, None)
            functions[statement.name] = statement
        else:
            others.append(statement)
    return CodeParts(tuple(functions.values()), tuple(others), tuple(problems))


def definitions(statements: Iterable[ast.stmt], runs: Collection[str]) -> Iterator[ast.stmt]:
    """Imports, and assignments that use no action and no function.

    Args:
        statements: at the top of a piece of code.
        runs: names of actions and functions.
    """
    for statement in statements:
        is_import = isinstance(statement, ast.Import | ast.ImportFrom)
        is_assignment = isinstance(statement, ast.Assign | ast.AnnAssign) and bound(statement)
        if is_import or (is_assignment and loaded(statement).isdisjoint(runs)):
            yield statement


def needed(statements: Sequence[ast.stmt], names: Collection[str]) -> list[ast.stmt]:
    """The definitions that bind one of the names, and those that these need, in order."""
    wanted = set(names)
    kept = []
    for statement in reversed(statements):
        if not wanted.isdisjoint(bound(statement)):
            kept.append(statement)
            wanted |= loaded(statement)
    return kept[::-1]


def loaded(node: ast.AST) -> set[str]:
    """Names that are read somewhere in a piece of code."""
    return {
        name.id
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)
    }


def bound(node: ast.AST) -> set[str]:
    """Names that are assigned, imported or defined somewhere in a piece of code."""
    return {name for part in ast.walk(node) for name in _bound_by(part)}


def unknown(node: ast.AST, known: Collection[str]) -> list[str]:
    """Names that a piece of code reads and that are defined nowhere, in alphabetical order.

    Args:
        node: the code.
        known: names of actions, functions and constants.
    """
    return sorted(loaded(node) - bound(node) - _BUILTINS - {LAST_OBSERVATION} - set(known))


def _bound_by(node: ast.AST) -> Iterator[str]:
    """Names that a node binds by itself."""
    if isinstance(node, ast.Name):
        if not isinstance(node.ctx, ast.Load):
            yield node.id
    elif isinstance(node, ast.alias):
        yield node.asname or node.name.partition(".")[0]
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, _NAMED) and node.name:
        yield node.name
    elif isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """The statements at the top; those under ``if __name__ == "__main__"`` belong to them."""
    for statement in tree.body:
        if isinstance(statement, ast.If) and "__name__" in loaded(statement.test):
            yield from statement.body
        else:
            yield statement


def _problem_of(statement: ast.stmt, reserved: Collection[str]) -> str:
    """Why a statement at the top cannot be used; empty if it can."""
    where = f"line {statement.lineno}"
    for kind, reason in _UNUSABLE.items():
        if isinstance(statement, kind):
            return f"{where}: {reason}"
    if not _can_be_written(statement):
        return f"{where}: this is nested too deeply, or holds ``` or a number that is too long"
    if isinstance(statement, ast.FunctionDef):
        return _problem_of_function(statement, reserved)
    return ""


def _can_be_written(statement: ast.stmt) -> bool:
    """Whether there is a source of a statement that can stand in a block of Python."""
    level: list[ast.AST] = [statement]
    depth = 0
    while level:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    try:
        return depth <= MAX_DEPTH and "```" not in ast.unparse(statement)
    except ValueError:  # a number, or a text in an f-string
        return False


def problem_of_definition(statement: ast.stmt, reserved: Collection[str]) -> str:
    """Why an import or a constant cannot be used; empty if it can."""
    reasons = (_problem_of_name(name, reserved) for name in sorted(bound(statement)))
    return next(filter(None, reasons), "")


def _problem_of_function(function: ast.FunctionDef, reserved: Collection[str]) -> str:
    reason = _problem_of_name(function.name, reserved)
    if reason:
        return f"line {function.lineno}: {reason}"
    if function.decorator_list:
        return f"{function.name}: decorators cannot be used"
    names = (n for node in ast.walk(function) if isinstance(node, ast.Global) for n in node.names)
    reason = next(filter(None, (_problem_of_name(name, reserved) for name in names)), "")
    return reason and f"{function.name}: {reason}"


def _problem_of_name(name: str, reserved: Collection[str]) -> str:
    """Why a name cannot be given to something; empty if it can."""
    if name in reserved or name == LAST_OBSERVATION:
        return f"{name} is an action and cannot be redefined"
    if name in _BUILTINS:
        return f"{name} is a function of Python: choose another name"
    if name.startswith("_"):
        return f"{name[:MAX_NAME]}: a name cannot begin with an underscore"
    if len(name) > MAX_NAME or not name.isascii():
        return f"{name[:MAX_NAME]}: a name has at most {MAX_NAME} English letters, digits and underscores"
    return ""


def _syntax_problem(code: str, error: SyntaxError) -> str:
    number = error.lineno or 1
    line = "".join(code.split("\n")[number - 1 : number]).strip()[:MAX_LINE]
    return f"line {number}, `{line}`: {error.msg}"
