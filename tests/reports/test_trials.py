"""Trials of a run: what they show, worked out by hand."""

import json
import lzma
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Usage
from core.episode import Episode, Step
from core.reflection import Reflection
from reports.paper import REFLEXION_CASES, REFLEXION_SOLVED
from reports.trials import Trial, Trials, estimate_by_trial, gain_by_trial, read_trials, trial_rows
from tests.envs.text.alfworld.test_golden import needs, shared

ENV_RESULTS = shared("data/replay/alfworld/reflexion_env_results.jsonl.xz")
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "reflexion_run"
NOTE = Usage(llm_calls=1, prompt_tokens=4, completion_tokens=1)
ANSWER = Usage(llm_calls=1, prompt_tokens=8, completion_tokens=2)


def attempt(case, num_steps, *, success):
    """An episode of some steps, each of which took 10 tokens."""
    return Episode(
        "Kitchen",
        case,
        success=success,
        score=float(success),
        terminated=success,
        truncated=not success,
        steps=(Step("look", 0.0, observation="A mug.", usage=ANSWER),) * num_steps,
    )


def run_of(cases, *solved_by_trial, num_steps=1):
    """Trials in which the given cases are solved; after each other attempt a note is written."""
    left, trials = list(cases), []
    for number, solved in enumerate(solved_by_trial):
        episodes = tuple(attempt(case, num_steps, success=case in solved) for case in left)
        left = [case for case in left if case not in solved]
        notes = {case: Reflection(number, "Look elsewhere.", NOTE) for case in left}
        trials.append(Trial(number, episodes, notes, frozenset(solved)))
    return Trials(tuple(cases), tuple(trials))


def test_quantities_by_hand():
    """Trial 0 solves a in 2 steps, not b in 3, and writes a note of 5 tokens; trial 1 solves b in 1 step."""
    note = Reflection(0, "Look in b.", NOTE)
    first = Trial(
        0,
        (attempt("a", 2, success=True), attempt("b", 3, success=False)),
        {"b": note},
        frozenset("a"),
    )
    second = Trial(1, (attempt("b", 1, success=True),), {}, frozenset("b"))
    measured = Trials(("a", "b"), (first, second)).measure()
    assert {name: values.tolist() for name, values in measured.items()} == {
        "success": [[1, 0], [1, 1]],
        "attempts": [[1, 1], [0, 1]],
        "answers": [[2, 3 + 1], [0, 1]],
        "tokens": [[20, 30 + 5], [0, 10]],
    }


def test_what_is_solved_is_what_the_trial_says():
    """With another rule than the environment's: a is counted as solved, though its episode is not."""
    trial = Trial(0, (attempt("a", 50, success=False),), {}, frozenset("a"))
    assert Trials(("a",), (trial,)).measure()["success"].tolist() == [[1]]


def test_one_run_has_wilsons_interval():
    """1 of 2 with z = 1.96: the half width is z sqrt(1/8 + z^2/16) / (1 + z^2/2) = 0.4055."""
    [first, second] = estimate_by_trial([run_of("ab", "a", "b")])["success"]
    assert first == pytest.approx((0.5, 0.0945, 0.9055), abs=1e-4)
    assert second == pytest.approx((1.0, 0.3424, 1.0), abs=1e-4)


def test_several_runs_are_averaged_over_runs_and_cases():
    """Trial 0: 1 and 2 of 4, mean 3/8; trial 1: 4 and 3 of 4. Its interval is that of both resampled."""
    runs = [run_of("abcd", "a", "bcd"), run_of("abcd", "ab", "c")]
    [first, second] = estimate_by_trial(runs)["success"]
    assert (first.mean, second.mean) == (3 / 8, 7 / 8)
    assert first.low < 1 / 4
    assert first.high > 1 / 2


def test_the_gain_is_paired_by_hand():
    """Trial 0: both solve a, the gain is 0 in each case; trial 1: b, c and d against b, 2 of 4."""
    gain = gain_by_trial([run_of("abcd", "a", "bcd")], [run_of("abcd", "a", "b")])
    assert gain[0] == (0.0, 0.0, 0.0)
    assert gain[1].mean == 0.5
    assert gain[1].low <= 0.0
    with pytest.raises(ValueError, match="as many"):
        gain_by_trial([run_of("a", "a")], [])


def test_the_order_of_the_cases_does_not_matter():
    runs = [run_of("ab", "a"), run_of("ba", "a")]
    assert estimate_by_trial(runs) == estimate_by_trial([runs[0], runs[0]])


def test_runs_over_different_cases_are_refused():
    with pytest.raises(ValueError, match="same cases"):
        estimate_by_trial([run_of("ab", "a"), run_of("abc", "a")])


def test_there_are_as_many_trials_as_all_runs_have():
    runs = [run_of("ab", "a", "", "b"), run_of("ab", "a", "b")]
    assert all(len(estimates) == 2 for estimates in estimate_by_trial(runs).values())


@given(
    st.lists(
        st.lists(st.integers(0, 5), min_size=4, max_size=4),
        min_size=1,
        max_size=3,
    )
)
def test_success_so_far_never_falls_and_solved_cases_cost_nothing(solved_in):
    """Each case of each run is solved in some trial, 5: in none."""
    runs = [
        run_of("abcd", *({case for case, at in zip("abcd", each, strict=True) if at == trial} for trial in range(5)))
        for each in solved_in
    ]  # fmt: skip
    estimates = estimate_by_trial(runs)
    means = [estimate.mean for estimate in estimates["success"]]
    assert means == sorted(means)
    assert all(0 <= one.low <= one.mean <= one.high <= 1 for one in estimates["success"])
    attempted = [estimate.mean for estimate in estimates["attempts"]]
    np.testing.assert_allclose(attempted[1:], 1 - np.array(means[:-1]))


def test_the_table_by_hand():
    """One solved of two: 50 %; answers: 1 step and, for the other case, a step and a note: 1.5 per case."""
    compared = {
        "with memory": estimate_by_trial([run_of("ab", "a", "b")]),
        "without": estimate_by_trial([run_of("ab", "a")]),
    }
    head, *rows = trial_rows(compared)
    assert head == ["", "", "trial 0", "trial 1"]
    assert [row[:2] for row in rows] == [
        ["with memory", "solved so far, %"], ["", "attempted, %"], ["", "model answers per case"], ["", "tokens per case"],
        ["without", "solved so far, %"], ["", "attempted, %"], ["", "model answers per case"], ["", "tokens per case"],
    ]  # fmt: skip
    assert rows[0][2:] == ["50.0 (9.5..90.5)", "100.0 (34.2..100.0)"]
    assert rows[1][2:] == ["100", "50"]
    assert rows[2][2] == "1.5 (1.0..2.0)"
    assert rows[4][3] == ""


@needs(ENV_RESULTS)
def test_the_published_numbers_are_those_of_the_published_files():
    with lzma.open(ENV_RESULTS, "rt") as lines:
        rows = [row for row in map(json.loads, lines) if row["run"] == "alfworld_reflexion"]
    assert len(rows) == REFLEXION_CASES
    solved = [sum(flags) for flags in zip(*(row["is_success"] for row in rows), strict=True)]
    assert tuple(solved) == REFLEXION_SOLVED["with notes"]


def test_a_recorded_run_by_hand():
    """Four rooms: 6, 6 and 5 steps solve three, 5 steps and a note do not; then 5 steps solve the fourth."""
    run = read_trials(GOLDEN / "trials")
    assert run.cases == ("0", "1", "2", "3")
    assert [sorted(trial.solved) for trial in run.trials] == [["0", "1", "3"], ["2"], []]
    [case] = run.trials[0].notes
    assert case == "2"
    assert "I go to a thing before I use it" in run.trials[0].notes[case].text
    means = {
        name: [one.mean for one in by_trial] for name, by_trial in estimate_by_trial([run]).items()
    }
    assert means == {
        "success": [3 / 4, 1.0, 1.0],
        "attempts": [1.0, 1 / 4, 0.0],
        "answers": [(6 + 6 + 5 + 1 + 5) / 4, 5 / 4, 0.0],
        "tokens": [0.0, 0.0, 0.0],
    }  # fmt: skip
