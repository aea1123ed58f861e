"""Libraries after code of a learner: what is taken over, what is not, and why."""

import json
from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.learnact.learner.revision import MAX_FUNCTIONS, MAX_SOURCE, TOO_LONG, revise
from core.decode import decode
from core.library import Library
from core.untrusted import clean
from sandbox.action import Action
from sandbox.box import Box

ACTIONS = ("move", "pick", "drop")
CARRY = '''\
import re
ORDER = ["a", "b"]
UNUSED = 3

def first(room):
    return room or ORDER[0]

def carry(ball, room):
    """Carry a ball.

    The hand is empty.
    """
    pick(ball)
    move(first(room))
    drop(ball)

target = "ball1"
carry(target, "b")
'''


def library_of(code, parent=None):
    revision = revise(parent or Library(), code, ACTIONS)
    assert not revision.problems
    return revision.library


def test_functions_with_what_they_need_become_a_library():
    revision = revise(Library(), CARRY, ACTIONS)
    assert revision.problems == ()
    assert revision.changed == ("first", "carry")
    assert revision.library.preamble == "ORDER = ['a', 'b']"
    first, carry = revision.library.functions
    assert first.source == "def first(room):\n    return room or ORDER[0]"
    assert (carry.signature, carry.description) == ("carry(ball, room)", "Carry a ball.")
    assert (carry.version, carry.notes) == (1, ())
    assert revision.usage == (
        "import re\nORDER = ['a', 'b']\nUNUSED = 3\ntarget = 'ball1'\ncarry(target, 'b')"
    )


def annotated(library, name, *notes):
    return replace(
        library,
        functions=tuple(
            replace(function, notes=notes) if function.name == name else function
            for function in library.functions
        ),
    )


def test_a_function_is_replaced_in_its_place_and_loses_its_notes():
    parent = annotated(annotated(library_of(CARRY), "first", "not empty"), "carry", "hold nothing")
    code = "import math\ndef carry(ball): pick(ball); drop(math.pi)\ndef again(ball): carry(ball)"
    revision = revise(parent, code, ACTIONS)
    assert revision.changed == ("carry", "again")
    first, carry, again = revision.library.functions
    assert first == parent.functions[0]
    assert carry.source == "def carry(ball):\n    pick(ball)\n    drop(math.pi)"
    assert (carry.version, carry.notes, carry.description) == (2, (), "")
    assert (again.name, again.version) == ("again", 1)
    assert revision.library.preamble == "ORDER = ['a', 'b']\nimport math"


def test_what_was_repeated_as_it_was_has_not_changed():
    parent = annotated(library_of(CARRY), "carry", "hold nothing")
    revision = revise(parent, CARRY, ACTIONS)
    assert revision.library == parent
    assert revision.changed == ()
    assert revision.problems == ()
    code = CARRY + "def more():\n    carry('x', 'y')"
    assert revise(parent, code, ACTIONS).changed == ("more",)


def test_a_constant_that_no_function_needs_any_more_goes():
    parent = library_of(CARRY)
    library = library_of("def first(room):\n    return room", parent)
    assert library.preamble == ""


def test_constants_that_cannot_be_used_do_not_take_away_the_parent_s():
    parent = library_of(CARRY)
    revision = revise(parent, "ORDER = 1 / 0\ndef more(): move('a')", ACTIONS)
    assert revision.changed == ("more",)
    assert revision.library.preamble == parent.preamble
    assert "ZeroDivisionError" in revision.problems[0]


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("def f(): grab('x')", "in f: grab: not defined"),
        ("def f(): move(a, b)", "in f: a, b: not defined"),
        ("def f(x=move('a')): move(x)", "in f: line 1, `def f(x=move('a')):`: NameError: name 'move' is not defined"),
        ("def f(): yield move('a')", "in f: line 2, `yield move('a')`: NotImplementedError: The monty syntax parser does not yet support yield expressions"),
        ("N = 1 / 0\ndef f(): move(N)", "line 1, `N = 1 / 0`: ZeroDivisionError: division by zero"),
        ("list = [1]\ndef f(): return list", "list is a function of Python: choose another name"),
        ("def f(a): return a + 1", "the functions call no action"),
        ("def f():\n    move('a", "line 2, `move('a`: unterminated string literal (detected at line 2)"),
        ("x = '" + "y" * MAX_SOURCE + "'", TOO_LONG),
        ("\n".join(f"def f{n}(): move('a')" for n in range(MAX_FUNCTIONS + 1)), TOO_LONG),
    ],
)  # fmt: skip
def test_code_that_cannot_be_used_says_why(code, problem):
    revision = revise(Library(), code, ACTIONS)
    assert problem in revision.problems
    assert revision.library == Library()
    assert revision.changed == ()


def test_a_function_that_cannot_be_used_takes_with_it_only_those_that_need_it():
    code = (
        "def a(): grab('x')\ndef b(): a(); move('x')\ndef c(): b()\ndef d(): move('x')\n"
        "class E: pass\nd()"
    )
    revision = revise(Library(), code, ACTIONS)
    assert revision.changed == ("d",)
    assert revision.library.names == ("d",)
    assert set(revision.problems) == {
        "line 5: classes cannot be used: write functions",
        "in a: grab: not defined",
        "in b: a: not defined",
        "in c: b: not defined",
    }


def test_a_library_cannot_grow_without_end():
    parent = library_of("\n".join(f"def f{n}(): move('a')" for n in range(MAX_FUNCTIONS)))
    revision = revise(parent, "def more(): move('b')", ACTIONS)
    assert (revision.library, revision.problems) == (parent, (TOO_LONG,))
    assert revise(parent, "def f0(): move('b')", ACTIONS).changed == ("f0",)


def test_definitions_run_in_a_box_and_not_for_long():
    code = "\n".join(f"A{n} = sum(range(10**12))" for n in range(20)) + "\ndef f(): move(A0)"
    revision = revise(Library(), code, ACTIONS)
    assert revision.changed == ()
    assert "the code computed for longer than 1 s" in revision.problems


PIECES = (
    "def carry(ball, room):\n    pick(ball)\n    move(room)\n",
    "def first(a='x'):\n    return a\n",
    "    drop(ball)\n", "    yield 1\n", "    grab(first(N))\n", "    return '\\x1b\\ud800'\n", "    return f'{ball}\\n'\n",
    "    '''Doc\x85\u2028string.\n    '''\n", "N = 3\n", "N = N + 1\n", "import re\n", "from math import *\n", "carry('a', 'b')\n",
    "def move(): pass\n", "class A: pass\n", "x = [", "```", "while True: pass\n", "move = 1\n", "# comment\n", "\t", "(",
)  # fmt: skip


@settings(max_examples=30)
@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=6), max_size=12).map("".join))
def test_whatever_code_there_is_the_library_can_be_used_and_kept(code):
    parent = library_of(CARRY)
    revision = revise(parent, clean(code), ACTIONS)
    library = revision.library
    assert (library == parent) == (not revision.changed)
    assert len(set(library.names)) == len(library.names) <= MAX_FUNCTIONS
    assert set(parent.names) <= set(library.names)
    assert clean(library.source) == library.source
    assert "```" not in library.source
    assert decode(json.dumps(asdict(library)).encode(), Library, "here") == library
    actions = {name: Action(("thing",), lambda thing: thing) for name in ACTIONS}
    with Box(actions, 100) as box:
        ran = box.run(library.source)
    assert ran.error == ""
    assert ran.calls == ()
