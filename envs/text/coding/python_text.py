"""Python in the text of a language model: programs and tests in its answers. Nothing here runs them."""

import ast
import builtins
import re
import textwrap
import threading
import warnings
from collections.abc import Iterator, Sequence

from core.answer import CUT, EMPTY, without_thoughts
from core.chat import Reply
from core.errors import ActionFormatError
from envs.text.coding.problems import Problem

MAX_TEST_LINES = 30
"""Lines of one assert statement."""
MAX_TRIES = 50
"""How often text after a program is cut off to find where the program ends."""
_TAG = re.compile(r"\[/?PYTHON\]")
"""CodeLlama's marks of a code block."""
_LEFT_OVER = re.compile(r"(?:</s>|<\|[^<>|\n]{1,40}\|>|\[/INST\])\s*\Z")
"""A mark of the end of an answer."""
_FENCE = re.compile(
    r"^[ ]{0,3}```[^\n`]*\n(?P<code>.*?)(?P<end>^[ ]{0,3}```|\Z)", re.MULTILINE | re.DOTALL
)
_BEGINS_CODE = re.compile(r"^(?:(?:from|import|def|class|async) |@)", re.MULTILINE)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_BUILTINS = frozenset(dir(builtins))
_ONE_AT_A_TIME = threading.Lock()
"""Filters of warnings belong to the process."""


def read_program(reply: Reply, problem: Problem) -> str:
    """The program in an answer: what the code blocks define, or the text itself where there is none.

    Of several blocks those are taken that define something; a later definition replaces an earlier one, as
    in Python. What the prompt has in front of the function is added. A body alone completes the prompt.

    Raises:
        ActionFormatError: there is none that is Python and defines the function, or it was cut off.
    """
    text = _LEFT_OVER.sub("", _TAG.sub("```", without_thoughts(reply.text)))
    blocks = list(_FENCE.finditer(text))
    is_cut = reply.cut and (not blocks or not blocks[-1]["end"])
    codes = [block["code"] for block in blocks] or [text]
    for program in _candidates(codes, problem):
        if problem.entry_point in _defined(parse(program)):
            if is_cut:
                break
            return program
    if is_cut:
        raise ActionFormatError(reply.text, f"{CUT}: there is no whole program in it")
    if not text.strip():
        raise ActionFormatError(reply.text, f"{EMPTY}: there is no program")
    raise ActionFormatError(reply.text, f"there is no Python that defines {problem.entry_point}")


def _candidates(codes: Sequence[str], problem: Problem) -> Iterator[str]:
    """What may be the program, the most likely first."""
    parts = [code.strip("\n") for code in codes if _defined(parse(code))]
    if parts:
        yield problem.before + "\n\n".join(parts) + "\n"
    for code in codes:
        begins = _BEGINS_CODE.search(code)
        if begins is not None:
            yield problem.before + _without_prose_after(code[begins.start() :]) + "\n"
    for code in codes:
        body = textwrap.indent(textwrap.dedent(code.strip("\n")), "    ")
        whole = f"{problem.prompt.rstrip()}\n{body}\n"
        tree = parse(whole)
        if tree is not None and _returns(tree.body[-1]):
            yield whole


def _returns(function: ast.stmt) -> bool:
    """Whether a function returns something by itself, not only functions in it."""
    parts = list(ast.iter_child_nodes(function))
    while parts:
        part = parts.pop()
        if isinstance(part, ast.Return | ast.Yield):
            return True
        if not isinstance(part, (*_DEFINITIONS, ast.Lambda)):
            parts += ast.iter_child_nodes(part)
    return False


def _without_prose_after(text: str) -> str:
    """The beginning of a text up to the last definition before the first line that is no Python.

    Some prose is Python: ``Example: total([1]) is 1``.
    """
    lines = text.splitlines()
    for _ in range(MAX_TRIES):
        try:
            tree = parsed("\n".join(lines))
        except SyntaxError as error:
            del lines[(error.lineno or 1) - 1 :]
            continue
        ends = [
            node.end_lineno or 0
            for node in tree.body
            if isinstance(node, (*_DEFINITIONS, ast.Assign))
        ]
        return "\n".join(lines[: max(ends, default=0)])
    return ""


def read_tests(reply: Reply, entry_point: str) -> tuple[str, ...]:
    """The assert statements in an answer, each once, also over several lines.

    Only those are kept that call the function and need nothing else, so that each can run alone.
    """
    lines = without_thoughts(reply.text).splitlines()
    found: dict[str, None] = {}
    for number, line in enumerate(lines):
        if not line.lstrip().startswith("assert"):
            continue
        for end in range(number + 1, min(number + MAX_TEST_LINES, len(lines)) + 1):
            if end > number + 1 and lines[end - 1].lstrip().startswith("assert"):
                break
            test = textwrap.dedent("\n".join(lines[number:end])).strip()
            tree = parse(test)
            if tree is not None:
                if entry_point in _names(tree) <= _BUILTINS | {entry_point}:
                    found[test] = None
                break
    return tuple(found)


def asserted_value(test: str) -> str:
    """The left side of a test's comparison, or the whole expression; empty if there is none."""
    tree = parse(test)
    if tree is None or not tree.body or not isinstance(tree.body[0], ast.Assert):
        return ""
    expression = tree.body[0].test
    if isinstance(expression, ast.Compare):
        expression = expression.left
    try:
        return ast.unparse(expression)
    except RecursionError:
        return ""


def parse(source: str) -> ast.Module | None:
    """The syntax tree; None if the source is not Python."""
    try:
        return parsed(source)
    except SyntaxError:
        return None


def parsed(source: str) -> ast.Module:
    """The syntax tree.

    Raises:
        SyntaxError: the source is not Python, or nested too deeply; its `lineno` may be None.
    """
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (ValueError, RecursionError, MemoryError) as error:  # null bytes; nested too deeply
            raise SyntaxError("it cannot be read as Python") from error


def called_in(code: str) -> frozenset[str]:
    """Names of the functions that a piece of code calls; none if it is not Python."""
    tree = parse(code)
    return frozenset(
        node.func.id
        for node in (ast.walk(tree) if tree is not None else ())
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    )


def _defined(tree: ast.Module | None) -> set[str]:
    """Names that a program defines, those in imports not among them."""
    names: set[str] = set()
    for node in tree.body if tree is not None else ():
        if isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        elif isinstance(node, _DEFINITIONS):
            names.add(node.name)
    return names


def _names(tree: ast.Module) -> set[str]:
    """Names that a test uses and does not bind itself."""
    names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    bound = {node.id for node in names if isinstance(node.ctx, ast.Store)}
    bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    return {node.id for node in names} - bound
