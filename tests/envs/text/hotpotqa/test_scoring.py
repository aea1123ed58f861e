"""Exact match and F1: answers worked out by hand, and every logged trial of the published runs."""

import json
import lzma
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.text.hotpotqa.scoring import exact_match, f1, normalized

LOGGED = next(
    (
        file
        for parent in Path(__file__).resolve().parents
        if (file := parent / "shared" / "data" / "replay" / "hotpotqa" / "trials.jsonl.xz").exists()
    ),
    None,
)


@pytest.mark.parametrize(
    ("answer", "is_normalized"),
    [
        ("The  Dark Tower.", "dark tower"),
        ("a failed coup attempt", "failed coup attempt"),
        ("Mark Masons' Hall", "mark masons hall"),
        ("Theatre and anthem", "theatre and anthem"),  # articles are whole words
        ("10–20", "10–20"),  # only ASCII punctuation is dropped
        ("...", ""),
    ],
)
def test_normalized(answer, is_normalized):
    assert normalized(answer) == is_normalized


@pytest.mark.parametrize(
    ("answer", "right", "matches"),
    [
        ("jonny craig", 'Jonny" Craig', True),
        ("J.R.R. Tolkien", "J. R. R. Tolkien", False),
        ("Yes.", "yes", True),
        ("", "the", True),
        ("1978", "1979", False),
    ],
)
def test_exact_match(answer, right, matches):
    assert exact_match(answer, right) == matches


@pytest.mark.parametrize(
    ("answer", "right", "score"),
    [
        ("the Oklahoma Sooners", "Oklahoma Sooners", 1),
        ("Oklahoma", "Oklahoma Sooners", 2 / 3),  # precision 1, recall 1/2
        ("the city of New York in America", "New York", 1 / 2),  # precision 2/6, recall 1
        ("ham ham spam", "ham ham ham", 2 / 3),  # two in common of three each
        ("London", "Paris", 0),
        ("yes", "yes it is", 0),  # closed answers are right or wrong as a whole
        ("no, it is not", "no", 0),
        ("noanswer", "no answer", 0),
        ("no", "no", 1),
        ("", "", 0),
    ],
)
def test_f1(answer, right, score):
    assert f1(answer, right) == pytest.approx(score)


@given(answer=st.text(), right=st.text())
def test_f1_is_symmetric_at_most_1_and_that_for_a_match(answer, right):
    assert 0 <= f1(answer, right) == f1(right, answer) <= 1
    assert f1(answer, answer) == (1 if normalized(answer) else 0)
    assert f1(answer, right) < 1 or sorted(normalized(answer)) == sorted(normalized(right))


@pytest.mark.skipif(LOGGED is None, reason="the data beside the repository is not there")
def test_exact_match_agrees_with_every_logged_trial():
    with lzma.open(LOGGED, "rt", encoding="utf-8") as lines:
        trials = [json.loads(line) for line in lines]
    assert len(trials) == 3500
    different = [row for row in trials if exact_match(row["answer"], row["key"]) != row["em"]]
    assert different == []
