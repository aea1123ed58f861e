"""Published programs, judged again: figures by hand, and all verdicts of the logs."""

import json
import lzma

import pytest

from benchmarks.reflexion_coding import LOGS, RESULT, case_of, judge_all, row_of
from envs.text.coding.problems import read_problems

LOGGED = [
    {"task": f"HumanEval/{n}", "model": "m", "is_solved": solved, "passes_now": now, "n_reflections": notes}
    for n, (solved, now, notes) in enumerate(
        [(True, True, 0), (True, False, 1), (False, False, 9), (True, True, 9)]
    )
]  # fmt: skip


def test_figures_of_a_run():
    """Of two that passed their own tests none is logged as unsolved; of the two others one is solved."""
    row = row_of("humaneval_py_reflexion", LOGGED, [True, True, False, True])
    assert (row.tasks, row.logged, row.isolated, row.here) == (4, 3, 2, 3)
    assert row.not_as_isolated == ("HumanEval/1",)
    assert row.not_as_logged == 0
    assert (row.false_positives, row.passed_own, row.false_negatives, row.failed_own) == (
        0,
        2,
        1,
        2,
    )
    assert row_of("other", LOGGED, [True] * 4).passed_own is None


def test_names_of_problems():
    assert case_of("mbpp_234_volume_cube") == "MBPP/234"
    assert case_of("HumanEval/3") == "HumanEval/3"


def test_the_published_table_agrees_with_every_isolated_verdict():
    rows = json.loads(RESULT.read_text())["rows"]
    assert [row["here"] for row in rows] == [150, 93, 139, 325]
    assert not any(row["not_as_isolated"] for row in rows)


@pytest.mark.skipif(not LOGS.exists(), reason="the logs are not here")
def test_every_twentieth_verdict_is_that_of_the_isolated_run():
    known = {**read_problems("humaneval"), **read_problems("mbpp")}
    with lzma.open(LOGS, "rt", encoding="utf-8") as lines:
        logged = [json.loads(line) for line in lines][::20]
    logged = [row for row in logged if case_of(row["task"]) in known]
    assert list(judge_all(logged)) == [row["passes_now"] for row in logged]
