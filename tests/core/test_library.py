"""Learned functions, libraries, candidates: what they say of themselves, and that files keep them."""

import ast
import json
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.candidate import Candidate, Failure, Proposal, Score
from core.chat import Usage
from core.decode import convert, decode
from core.library import LearnedFunction, Library
from core.untrusted import clean

CARRY = '''\
def carry(ball, room, hand="left"):
    """Carry a ball to a room.

    It is dropped there.
    """
    pick(ball, hand)
    drop(ball, room, hand)'''


def function(source, version=1):
    [node] = ast.parse(source).body
    return LearnedFunction.of(node, version)


def test_a_function_says_how_it_is_called_and_what_it_does():
    carry = function(CARRY, version=2)
    assert carry.name == "carry"
    assert carry.signature == "carry(ball, room, hand='left')"
    assert carry.description == "Carry a ball to a room."
    assert (carry.version, carry.notes) == (2, ())
    assert ast.dump(ast.parse(carry.source)) == ast.dump(ast.parse(CARRY))
    assert function(carry.source, version=2) == carry


def test_a_function_may_have_no_docstring():
    assert function("def wait(): pass").description == ""


@given(st.text())
def test_a_description_is_one_clean_line(docstring):
    description = function(f"def f():\n    {docstring!r}\n    go()").description
    assert "\n" not in description
    assert clean(description) == description


def test_the_source_of_a_library_has_what_its_functions_need_first():
    library = Library((function("def a(): b()"), function("def b(): c()")), "import re\nN = 2")
    assert library.names == ("a", "b")
    assert library.source == "import re\nN = 2\n\n\ndef a():\n    b()\n\n\ndef b():\n    c()\n"
    assert Library(preamble="import re").source == ""


def score(**changes):
    return Score(
        **{"num_decisions": 8, "num_calls": 4, "num_successful_calls": 3, "success": 0.5} | changes
    )


def test_the_published_terms_of_a_score():
    assert score().step_correction == 3 / 4
    assert score().call_ratio == 3 / 8
    assert score().used_ratio == 4 / 8
    assert score().total(counts_correction=True) == 0.75 + 0.375 + 0.5
    assert score().total(counts_correction=False) == 0.375 + 0.5


def test_a_score_without_calls_or_decisions_is_the_success_alone():
    empty = score(num_decisions=0, num_calls=0, num_successful_calls=0)
    assert empty.total(counts_correction=True) == 0.5
    assert (empty.step_correction, empty.call_ratio, empty.used_ratio) == (0, 0, 0)


texts = st.text().map(clean)
counts = st.integers(0, 2**40)
libraries = st.builds(
    Library,
    st.lists(
        st.builds(LearnedFunction, texts, texts, texts, texts, st.lists(texts).map(tuple), counts),
        max_size=3,
    ).map(tuple),
    texts,
    texts,
)
proposals = st.builds(
    Proposal,
    st.sampled_from(["none", "create", "update", "note", "prune"]),
    libraries,
    st.lists(texts).map(tuple),
    st.lists(texts).map(tuple),
    st.builds(Usage, counts, counts, counts, st.floats(0, 1e9), counts),
    st.lists(texts).map(tuple),
)
candidates = st.builds(
    Candidate,
    texts,
    texts,
    proposals,
    st.none() | st.builds(Failure, texts, texts, texts, texts),
    st.none() | st.builds(Score, counts, counts, counts, st.floats(0, 1)),
)


@given(candidates)
def test_a_candidate_is_read_back_as_it_was_written(candidate):
    assert convert(asdict(candidate), Candidate, "here") == candidate
    assert decode(json.dumps(asdict(candidate)).encode(), Candidate, "here") == candidate


@pytest.mark.parametrize("docstring", ["\\x1b[31mred", "\\ud800"])
def test_what_a_file_cannot_hold_is_not_in_a_description(docstring):
    library = Library((function(f'def f():\n    "{docstring}"'),))
    assert decode(json.dumps(asdict(library)).encode(), Library, "here") == library
