"""Code taken apart: which functions in it may be used, and what its other lines are."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.learnact.learner.source import (
    MAX_DEPTH,
    definitions,
    needed,
    problem_of_definition,
    take_apart,
    unknown,
)

ACTIONS = ("move", "pick", "open")


def apart(code):
    return take_apart(code, ACTIONS)


def names(nodes):
    return [node.name for node in nodes]


def test_functions_and_other_lines():
    source = apart(
        "import re\nN = 2\ndef both(a):\n    move(a)\n    pick(a)\n\nboth('x')\n"
        "def more():\n    both('y')\nif __name__ == '__main__':\n    more()\n"
    )
    assert names(source.functions) == ["both", "more"]
    assert source.usage == "import re\nN = 2\nboth('x')\nmore()"
    assert source.problems == ()


def test_of_equal_names_the_last_function_counts():
    source = apart("def f(): move(1)\ndef g(): move(2)\ndef f(): move(3)")
    assert [ast.unparse(each) for each in source.functions] == [
        "def g():\n    move(2)",
        "def f():\n    move(3)",
    ]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def f(:\n    pass", "line 1, `def f(:`: invalid syntax"),
        ("x = 1\n  y = 2", "line 2, `y = 2`: unexpected indent"),
        ("class A: pass", "line 1: classes cannot be used: write functions"),
        ("\nasync def f(): pass", "line 2: async functions cannot be used: write def"),
        ("def move(a): pick(a)", "line 1: move is an action and cannot be redefined"),
        ("def open(a): pick(a)", "line 1: open is an action and cannot be redefined"),
        ("def last_observation(): pass", "line 1: last_observation is an action and cannot be redefined"),
        ("def print(a): pick(a)", "line 1: print is a function of Python: choose another name"),
        ("def _f(): pass", "line 1: _f: a name cannot begin with an underscore"),
        ("def mоve(): pass", "line 1: mоve: a name has at most 60 English letters, digits and underscores"),
        (f"def {'f' * 61}(): pass", f"line 1: {'f' * 60}: a name has at most 60 English letters, digits and underscores"),
        ("@cache\ndef f(): pass", "f: decorators cannot be used"),
        ("def f():\n    global move\n    move = 1", "f: move is an action and cannot be redefined"),
        ("def f():\n    return '```'", "line 1: this is nested too deeply, or holds ``` or a number that is too long"),
        (f"def f():\n    return 0x{'f' * 5000}", "line 1: this is nested too deeply, or holds ``` or a number that is too long"),
        (f"def f():\n    return {'-' * MAX_DEPTH}1", "line 1: this is nested too deeply, or holds ``` or a number that is too long"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_left_out_with_the_reason(code, problem):
    source = apart(code)
    assert source.problems == (problem,)
    assert not source.functions
    assert not source.usage


def test_what_can_be_used_stays_beside_it():
    source = apart("class A: pass\ndef f(): move(1)\ndef pick(): pass\nf()")
    assert names(source.functions) == ["f"]
    assert source.usage == "f()"
    assert len(source.problems) == 2


@pytest.mark.parametrize(
    ("code", "kept"),
    [
        ("import re", True),
        ("from math import sqrt as root", True),
        ("ROOMS = ['a', 'b']", True),
        ("limit: int = 3", True),
        ("A, B = 1, 2", True),
        ("seen = set()", True),
        ("x = move('a')", False),
        ("x = both('a')", False),
        ("x = [both]", False),
        ("x['a'] = 1", False),
        ("both('a')", False),
        ("for x in [1]: y = x", False),
    ],
)
def test_imports_and_constants_are_definitions(code, kept):
    statements = ast.parse(code).body
    assert list(definitions(statements, {*ACTIONS, "both"})) == statements * kept


def test_only_what_functions_need_is_kept():
    statements = ast.parse("import re\nimport json\nA = 1\nB = A + 1\nC = re.compile('x')").body
    kept = needed(statements, {"B"})
    assert [ast.unparse(each) for each in kept] == ["A = 1", "B = A + 1"]
    assert [ast.unparse(each) for each in needed(statements, {"C"})] == [
        "import re",
        "C = re.compile('x')",
    ]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("move = 1", "move is an action and cannot be redefined"),
        ("import math as open", "open is an action and cannot be redefined"),
        ("list = []", "list is a function of Python: choose another name"),
        ("_x = 1", "_x: a name cannot begin with an underscore"),
        ("x = 1", ""),
    ],
)
def test_a_constant_cannot_take_the_name_of_something_else(code, problem):
    assert problem_of_definition(ast.parse(code).body[0], ACTIONS) == problem


@pytest.mark.parametrize(
    ("code", "missing"),
    [
        ("move(a)\nb()", ["a", "b"]),
        ("def f(a, *b, c=1, **d):\n    for e in a + b + [c, d]: move(e)", []),
        ("x = [y for y in range(3)]\nprint(x, last_observation())", []),
        ("import a.b\nfrom c import d as e\na, e\nd", ["d"]),
        ("try: move(1)\nexcept ValueError as error: print(error)", []),
        ("match 1:\n    case [a, *b]: print(a, b)\n    case {'k': c, **d}: print(c, d)\n    case e: print(e)", []),
        ("(x := 1) + x\nlambda z: z", []),
        ("def f():\n    def g(): return 1\n    return g()", []),
        ("text.lower()", ["text"]),
    ],
)  # fmt: skip
def test_names_that_mean_nothing(code, missing):
    assert unknown(ast.parse(code), ACTIONS) == missing


SNIPPETS = (
    "def f(a):\n", "    ", "move(a)", "\n", "f('x')", "class", "```", "'''", "lambda: ", "(", ")", "[", ":",
    "import re", "global move", "_", "=", "async ", "0xf", "\\", "{a}", "f'", "yield ", "match a:\n", "\t",
)  # fmt: skip
CODE = st.lists(st.sampled_from(SNIPPETS) | st.text(max_size=5), max_size=30).map("".join)


@given(CODE)
def test_any_text_is_taken_apart(code):
    source = apart(code)
    assert all(isinstance(problem, str) for problem in source.problems)
    again = apart(source.usage)
    assert again.usage == source.usage
    for function in source.functions:
        [same] = ast.parse(ast.unparse(function)).body
        assert ast.unparse(same) == ast.unparse(function)


@pytest.mark.parametrize(
    "code", ["(" * 5000, "-" * 20000 + "1", "[" * 90 + "]" * 90, "a." * 9000 + "a"]
)
def test_deep_code_is_refused_and_no_error(code):
    source = apart(f"def f():\n    return {code}")
    assert source.problems
    assert not source.functions
