"""A simple programmer that answers by rules: expressions that fit the words of the docstring.

It knows only the conversation. Its first program is the expression of which the docstring speaks most; it does
not try it on anything. Its tests are the examples of the docstring, or the type that the signature names. A note
says what failed, and the next program is the best expression that agrees with all that the notes say.
"""

import ast
import itertools
import math
import random
import re
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from core.chat import Message
from core.reflection import REFLECTION_CUE
from envs.text.coding.expressions import expressions
from envs.text.coding.python_text import parse
from envs.text.coding.texts import FAILED, PROGRAM_CUE, TESTS_CUE

MOST_EXAMPLES = 6
LARGEST = 200
"""Numbers and lengths above it are not worked out by head."""
_QUESTION = re.compile(r"```python\n(?P<prompt>.*?)\n```", re.DOTALL)
_TRIED = re.compile(r"I returned `([^`\n]+)`")
_REPORTED = re.compile(r"`(assert [^`\n]+)` failed")
_FAILED_TEST = re.compile(r"^(assert .+?)  # (.*)$", re.MULTILINE)
_RETURNED = re.compile(r"^    return (.+)$", re.MULTILINE)
_MODULES = {"math": math, "statistics": statistics, "itertools": itertools}
_SAFE = {
    function.__name__: function
    for function in (
        abs, all, any, bin, dict, enumerate, float, int, isinstance, len, list, map, max, min, range, reversed,
        round, set, sorted, str, sum, tuple, zip,
    )
}  # fmt: skip
_CONNECTOR = re.compile(r"^[\s`]*(?:==|=>|->|➞|=|should return|returns?|is|:)\s*")
_SAMPLES: dict[str, tuple[Any, ...]] = {
    "int": (3, 4),
    "float": (2.5, 0.5),
    "str": ("abc", "b"),
    "bool": (True,),
    "list": ([3, 1, 2], [1, 2, 2]),
    "List": ([3, 1, 2], [1, 2, 2]),
    "List[int]": ([3, 1, 2], [1, 2, 2]),
    "List[float]": ([1.5, 2.5, 0.5], [1.0, 2.0, 2.5]),
    "List[str]": (["abc", "b"], ["a", "b"]),
    "List[List[int]]": ([[1, 2], [3, 0]],),
    "Dict[str, int]": ({"a": 1, "b": 2},),
    "Tuple[int, int]": ((1, 2), (2, 3)),
}
"""Arguments of a type, by its annotation."""
_TYPES = {
    "int": int,
    "float": float,
    "str": str,
    "bool": bool,
    "List": list,
    "Dict": dict,
    "Tuple": tuple,
}


@dataclass(frozen=True, slots=True)
class Check:
    """A call and what has to come of it: an equal value, or a value of a type.

    Attributes:
        arguments: of the call.
        expected: the value, or the type.
    """

    arguments: tuple[Any, ...]
    expected: Any

    def holds_for(self, function: Callable[..., Any]) -> bool:
        """Whether the function does it; True for what is too large to be worked out."""
        if not _is_small(self.arguments):
            return True
        try:
            value = function(*self.arguments)
        except Exception:  # noqa: BLE001 whatever goes wrong, it does not hold
            return False
        if isinstance(self.expected, type):
            return type(value) is self.expected
        return bool(value == self.expected) and isinstance(value, bool) == isinstance(
            self.expected, bool
        )


@dataclass(frozen=True, slots=True)
class Task:
    """What a prompt asks for.

    Attributes:
        name, header: of the function: its name, and its first line.
        parameters: names.
        annotations: for each parameter, as written; empty where there is none.
        result: annotation of the result.
        docstring: the description and the examples.
    """

    name: str
    header: str
    parameters: tuple[str, ...]
    annotations: tuple[str, ...]
    result: str
    docstring: str

    @classmethod
    def read(cls, prompt: str) -> "Task | None":
        """Read the last function of a prompt; None if there is none."""
        tree = parse(prompt)
        functions = (
            [node for node in tree.body if isinstance(node, ast.FunctionDef)] if tree else []
        )
        if not functions:
            return None
        function = functions[-1]
        arguments = function.args.args
        result = ast.unparse(function.returns) if function.returns else ""
        arrow = f" -> {result}" if result else ""
        return cls(
            function.name,
            f"def {function.name}({ast.unparse(function.args)}){arrow}:",
            tuple(argument.arg for argument in arguments),
            tuple(ast.unparse(one.annotation) if one.annotation else "" for one in arguments),
            result,
            ast.get_docstring(function) or "",
        )

    @property
    def words(self) -> frozenset[str]:
        """What the docstring's description and the name say, without endings."""
        description = re.split(r">>>|\bExamples?\b|\bFor example\b", self.docstring)[0]
        words = re.findall(r"[a-z]+", f"{description} {self.name.replace('_', ' ')}".lower())
        endings = ("", "s", "es", "ed", "d", "ing", "ly")
        return frozenset(word.removesuffix(ending) for word in words for ending in endings)

    def examples(self) -> Iterator[tuple[str, Check]]:
        """The calls in the docstring with their values, each as an assert statement, too."""
        for match in re.finditer(rf"\b{self.name}\(", self.docstring):
            call, rest = _balanced(self.docstring, match.start(), match.end())
            check = _example(call, rest)
            if check is not None:
                yield f"assert {call} == {check.expected!r}", check

    def sample(self) -> tuple[Any, ...] | None:
        """Arguments that fit the signature; None if it does not say which."""
        for _, check in self.examples():
            if len(check.arguments) == len(self.parameters):
                return check.arguments
        kinds = [_SAMPLES.get(annotation) for annotation in self.annotations]
        if any(kind is None for kind in kinds):
            return None
        return tuple(kind[min(n, len(kind) - 1)] for n, kind in enumerate(kinds) if kind)

    def type_check(self) -> tuple[str, Check] | None:
        """A test that the result is of the type that the signature names."""
        arguments, kind = self.sample(), _TYPES.get(self.result.split("[")[0])
        if arguments is None or kind is None:
            return None
        call = f"{self.name}({', '.join(map(repr, arguments))})"
        return f"assert isinstance({call}, {kind.__name__})", Check(arguments, kind)


def answer(messages: Sequence[Message], rng: random.Random | None) -> str | None:
    """The answer of the programmer: tests, a note or a program; None if the conversation asks for none of them.

    Args:
        messages: the conversation.
        rng: to err with, see `envs.text.scripted.ScriptedTextModel`; None: no error.
    """
    question = messages[-1].content
    if not question.endswith((TESTS_CUE, PROGRAM_CUE, REFLECTION_CUE)):
        return None
    prompt = _QUESTION.search("\n".join(each.content for each in messages if each.role == "user"))
    task = Task.read(prompt["prompt"]) if prompt is not None else None
    if task is None:
        return None
    if question.endswith(TESTS_CUE):
        return _block("\n".join(_tests(task)))
    if question.endswith(REFLECTION_CUE):
        return _note(messages[-2].content, question)
    return _program(task, _choose(task, messages, rng))


def _tests(task: Task) -> list[str]:
    tests = [test for test, _ in task.examples()][:MOST_EXAMPLES]
    by_type = task.type_check()
    return tests or ([by_type[0]] if by_type is not None else [])


def _note(program: str, question: str) -> str:
    """What was tried, and what failed."""
    tried = _RETURNED.search(program)
    failed = question.partition(f"{FAILED}\n")[2]
    lines = [f"I returned `{tried[1]}`."] if tried is not None else []
    lines += [f"The test `{test}` failed: {why}." for test, why in _FAILED_TEST.findall(failed)]
    if len(lines) < 2:
        lines.append("I do not know whether it is right, so I try another expression.")
    return " ".join(lines)


def _choose(task: Task, messages: Sequence[Message], rng: random.Random | None) -> str:
    """The best expression that was not tried and agrees with the checks that failed."""
    tried, checks = _known(task, messages)
    found = [one.text for one in expressions(task.parameters, task.words) if one.text not in tried]
    if rng is not None:
        return rng.choice(found) if found else "None"
    return next((text for text in found if _agrees(task, text, checks)), "None")


def _known(task: Task, messages: Sequence[Message]) -> tuple[set[str], list[Check]]:
    """The expressions that were tried and the checks that failed, from the notes; without notes from the last program."""
    texts = [each.content for each in messages[1:]]
    notes = [text for text in texts if _TRIED.search(text)]
    tried = {found for text in notes for found in _TRIED.findall(text)}
    tests = [test for text in notes for test in _REPORTED.findall(text)]
    if not notes and len(messages) > 2:
        tried = set(_RETURNED.findall(messages[-2].content))
        tests = [test for test, _ in _FAILED_TEST.findall(messages[-1].content)]
    checks = [_check_in(test, task.name) for test in tests]
    return tried, [check for check in checks if check is not None]


def _agrees(task: Task, text: str, checks: Sequence[Check]) -> bool:
    """Whether an expression gives a value of the right type, and what the checks ask for."""
    function = _function(task.parameters, text)
    by_type = task.type_check()
    sample = task.sample()
    if by_type is not None:
        checks = [by_type[1], *checks]
    elif sample is not None and not any(check.arguments == sample for check in checks):
        try:
            function(*sample)
        except Exception:  # noqa: BLE001 it does not fit the arguments
            return False
    return all(check.holds_for(function) for check in checks)


def _function(parameters: tuple[str, ...], text: str) -> Callable[..., Any]:
    """The function of an expression of `envs.text.coding.expressions`."""
    scope = {"__builtins__": _SAFE, **_MODULES}
    function: Callable[..., Any] = eval(f"lambda {', '.join(parameters)}: {text}", scope)
    return function


def _program(task: Task, expression: str) -> str:
    imports = [f"import {name}\n" for name in _MODULES if f"{name}." in expression]
    return _block(f"{''.join(imports)}{task.header}\n    return {expression}")


def _block(code: str) -> str:
    return f"```python\n{code}\n```"


def _balanced(text: str, start: int, inside: int) -> tuple[str, str]:
    """A call that begins at `start`, and what follows it."""
    depth = 1
    for end in range(inside, len(text)):
        depth += (text[end] in "([{") - (text[end] in ")]}")
        if not depth:
            return text[start : end + 1], text[end + 1 :]
    return text[start:], ""


def _example(call: str, rest: str) -> Check | None:
    """The check of a call in a docstring and what follows it; None if no value does."""
    arguments = _literals(call)
    line, _, after = rest.partition("\n")
    said = _CONNECTOR.sub("", line, count=1) if line.strip() else after.partition("\n")[0]
    said = said.split("#")[0].strip().rstrip(".,;")
    if arguments is None:
        return None
    try:
        return Check(arguments, ast.literal_eval(said))
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError):
        return None


def _literals(call: str) -> tuple[Any, ...] | None:
    """The arguments of a call, if all are literals."""
    tree = parse(call)
    expression = tree.body[0] if tree is not None and tree.body else None
    if not isinstance(expression, ast.Expr) or not isinstance(expression.value, ast.Call):
        return None
    return _values(expression.value)


def _values(call: ast.Call) -> tuple[Any, ...] | None:
    try:
        return tuple(ast.literal_eval(argument) for argument in call.args)
    except (ValueError, TypeError, MemoryError, RecursionError):
        return None


def _check_in(test: str, name: str) -> Check | None:
    """The check of an assert statement as `Task.examples` and `Task.type_check` write it."""
    tree = parse(test)
    condition = (
        tree.body[0].test if tree is not None and isinstance(tree.body[0], ast.Assert) else None
    )
    if isinstance(condition, ast.Call) and len(condition.args) == 2:  # isinstance
        call, kind = condition.args
        expected: Any = _SAFE.get(kind.id) if isinstance(kind, ast.Name) else None
    elif isinstance(condition, ast.Compare):
        call = condition.left
        values = _values(ast.Call(condition.left, condition.comparators, []))
        expected = values[0] if values else None
    else:
        return None
    if not isinstance(call, ast.Call) or getattr(call.func, "id", "") != name:
        return None
    arguments = _values(call)
    return Check(arguments, expected) if arguments is not None else None


def _is_small(value: Any) -> bool:
    if isinstance(value, int | float):
        return abs(value) <= LARGEST
    if isinstance(value, dict):
        return _is_small([*value, *value.values()])
    if isinstance(value, str):
        return len(value) <= LARGEST
    if isinstance(value, list | tuple | set):
        return len(value) <= LARGEST and all(map(_is_small, value))
    return True
