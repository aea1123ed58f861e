"""What to do about the failure of a function: the condition that was missing, as an if or as a note."""

import ast
from collections.abc import Iterator
from typing import NamedTuple

from core.learning_text import NOTE, read_transcripts
from core.library import LAST_OBSERVATION
from envs.text.code import ENDED, Ended, read_ended
from envs.text.coding.python_text import parse
from envs.text.macros.mining import sentences_about
from envs.text.macros.patterns import library_in
from envs.text.macros.traces import quoted, read_call
from envs.text.macros.writing import SEEN, last_line_code
from envs.text.pddl.plain import NOT_TRUE

NOTHING = "I do not see why it failed, so I change nothing."


class Cause(NamedTuple):
    """Why an action in a function was refused.

    Attributes:
        sentences: over the names of the function's parameters, in braces.
        is_there: whether they have to be true; otherwise they must not be.
    """

    sentences: tuple[str, ...]
    is_there: bool


def improve(text: str, *, prefers_note: bool) -> str:
    """An answer about the failure that a conversation shows.

    Args:
        text: of the conversation, with the functions and the episode that ends with the failure.
        prefers_note: a note is written also where an if could be.
    """
    steps = [step for episode in read_transcripts(text) for step in episode.steps]
    observation = steps[-1][1] if steps else ""
    ended = read_ended(observation)
    function = _function(library_in(text), ended.function) if ended is not None else None
    if ended is None or function is None:
        return NOTHING
    number, statement = _statement(function, ended.line)
    cause = _find_cause(statement, ended, observation)
    if statement is None or cause is None:
        about = f"`{ended.place}` was refused in line {ended.line}: {ended.reason}"
        return NOTE.format(name=function.name, text=about)
    said = " ".join(cause.sentences)
    if prefers_note or number is None:
        rule = "this has to be true" if cause.is_there else "this must not be true"
        about = f"before line {ended.line} {rule}: {said.replace('{', '').replace('}', '')}"
        return NOTE.format(name=function.name, text=about)
    function.body[number] = _under_condition(statement, cause)
    first = 1 if ast.get_docstring(function) else 0
    function.body[first:first] = ast.parse(f"{SEEN} = {LAST_OBSERVATION}()").body
    code = ast.unparse(ast.fix_missing_locations(function))
    return f"Line {ended.line} is only possible under a condition.\n```python\n{code}\n```"


def _function(source: str, name: str) -> ast.FunctionDef | None:
    tree = parse(source)
    body = tree.body if tree is not None else []
    functions = (node for node in body if isinstance(node, ast.FunctionDef))
    return next((node for node in functions if node.name == name), None)


def _statement(function: ast.FunctionDef, line: int) -> tuple[int | None, ast.stmt | None]:
    """The statement in a line of a function, and its number if it stands directly in its body."""
    wanted = function.lineno + line - 1
    for number, statement in enumerate(function.body):
        for node in ast.walk(statement):
            if isinstance(node, ast.Expr | ast.Assign) and node.lineno == wanted:
                return number if node is statement else None, node
    return None, None


def _find_cause(statement: ast.stmt | None, ended: Ended, observation: str) -> Cause | None:
    """What is not true but should be; or else what had been read last about the things of the action."""
    refused = read_call(ended.place)
    if statement is None or refused is None:
        return None
    calls = (node for node in ast.walk(statement) if isinstance(node, ast.Call))
    call = next((one for one in calls if ast.unparse(one.func) == refused.name), None)
    names = [] if call is None else [_name_of(argument) for argument in call.args]
    if len(names) != len(refused.arguments):
        return None
    _, is_told, missing = ended.reason.partition(NOT_TRUE)
    before = missing if is_told else "\n".join(_read_before(observation))
    every = set(range(len(names)))
    templates = dict.fromkeys(sentences_about(before.strip(), refused.arguments, every))
    braced = [f"{{{name}}}" for name in names]
    sentences = tuple(template.format(*braced) for template in templates)
    return Cause(sentences, bool(is_told)) if sentences and all(names) else None


def _name_of(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _read_before(observation: str) -> Iterator[str]:
    """What the last action returned that was carried out before the code ended."""
    before, is_told, _ = observation.partition(f"\n{ENDED}")
    if is_told:
        yield before.rpartition("\n")[2]


def _under_condition(statement: ast.stmt, cause: Cause) -> ast.stmt:
    word = "in" if cause.is_there else "not in"
    seen = last_line_code(f"{LAST_OBSERVATION}()")
    test = " and ".join(f"f{quoted(sentence)} {word} {seen}" for sentence in cause.sentences)
    return ast.If(ast.parse(test, mode="eval").body, [statement], [])
