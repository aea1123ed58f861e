"""Means and intervals over episodes, worked out by hand."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from core.chat import Usage
from core.episode import Consultation, Episode, Step
from core.task import PAPER_ROOMS
from reports.statistics import (
    LABELS,
    QUANTITIES,
    TEXT_QUANTITIES,
    as_table,
    as_table_by_kind,
    mean_over_runs,
    mean_over_training_and_env_seeds,
    ratio_over_runs,
    summarize,
)


def episode_of(seed, rewards, asked=()):
    """An episode with these rewards and a question of cost 0.25 at the steps `asked`."""
    consultation = Consultation("q", "{explore}", "{explore}", False, 0.25)
    steps = tuple(
        Step(
            "forward", reward, skill="explore", consultation=consultation, usage=Usage(llm_calls=2)
        )
        if index in asked
        else Step("forward", reward, skill="explore")
        for index, reward in enumerate(rewards)
    )
    success = sum(rewards) > 0
    return Episode(
        "SimpleDoorKey",
        str(seed),
        success=success,
        score=float(success),
        terminated=success,
        truncated=not success,
        steps=steps,
        rooms=PAPER_ROOMS,
    )


def test_summary_by_hand():
    """Two episodes: 2 steps, reward 1, one question; and 4 steps, reward 0, three questions.

    Means: steps 3, asks 2, model calls 4, success 1/2, return ((1 - 0.25) + (0 - 0.75)) / 2 = 0.
    """
    episodes = [episode_of(0, [0, 1], asked=(0,)), episode_of(1, [0] * 4, asked=(0, 1, 3))]
    expected = {
        "return": 0.0, "return_without_cost": 0.5, "steps": 3.0,
        "asks": 2.0, "llm_calls": 4.0, "success": 0.5,
    }  # fmt: skip
    summary = summarize(episodes)
    assert {name: estimate.mean for name, estimate in summary.items()} == expected
    for estimate in summary.values():
        assert estimate.low <= estimate.mean <= estimate.high
    # resampling two values gives a mean of 2, 3 or 4 steps, and the interval spans all three
    assert summary["steps"][1:] == (2.0, 4.0)


def test_success_has_wilsons_interval():
    """10 of 10: from 1 / (1 + z^2 / 10) with z = 1.96, which is 0.7225, to 1."""
    summary = summarize([episode_of(seed, [1]) for seed in range(10)])
    assert summary["success"] == pytest.approx((1.0, 0.7225, 1.0), abs=1e-4)


@pytest.mark.parametrize(
    ("solved", "number", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (1, 29, 0.0061, 0.1718)],
)
def test_wilsons_interval_is_the_published_one(solved, number, low, high):
    """Newcombe 1998, table I, method 3, doi:10.1002/(SICI)1097-0258(19980430)17:8<857::AID-SIM777>3.0.CO;2-E."""
    episodes = [episode_of(seed, [seed < solved]) for seed in range(number)]
    assert summarize(episodes)["success"][1:] == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("number", range(1, 60))
def test_the_interval_of_none_and_of_all_ends_there(number):
    for share in (0, 1):
        success = summarize([episode_of(seed, [share]) for seed in range(number)])["success"]
        assert success.mean in success[1:]


def test_a_single_episode_has_an_interval_of_one_point():
    assert summarize([episode_of(0, [0, 1])])["steps"] == (2.0, 2.0, 2.0)


def test_the_interval_has_about_its_nominal_coverage():
    """Of 300 samples of 40 lengths with true mean 5.5, about 5 % lie outside: 15, give or take 3 x 3.8."""
    lengths = np.random.default_rng(0).integers(1, 11, (300, 1, 40)).astype(float)
    estimates = [mean_over_training_and_env_seeds("steps", values) for values in lengths]
    misses = sum(not estimate.low <= 5.5 <= estimate.high for estimate in estimates)
    assert 4 <= misses <= 26


def test_the_table_shows_every_quantity_and_success_in_percent():
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(as_table(summarize([episode_of(0, [0, 1], asked=(0,))])))
    text = console.export_text()
    for name in QUANTITIES:
        assert LABELS[name] in text
    assert "100 %" in text


def text_episode(score, actions, usage):
    """An episode in a text world, each step of which took the same; an action "?" is invalid."""
    steps = tuple(
        Step(action, 0.0, observation="o", is_valid=action != "?", primitive_steps=1, usage=usage)
        for action in actions
    )
    success = score == 1
    return Episode(
        "MovingObstacle", "1", success=success, score=score,
        terminated=success, truncated=not success, steps=steps,
    )  # fmt: skip


def lines_of(table, width=80):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table)
    return [" ".join(line.split()) for line in console.export_text().splitlines()]


def test_the_table_by_kind_by_hand_in_80_columns():
    """Prices of 10 and 20: (4 x 20,000 x 10 + 4 x 100 x 20) / 10^6 = 0.808 for 4 steps; half of it for 2."""
    took = Usage(1, 20_000, 100, 2.5)
    episodes = [text_episode(1, "ab", took), text_episode(0.5, "a??b", took)]
    [head, _, row] = lines_of(as_table_by_kind(episodes, ["MovingObstacle"] * 2, (10, 20)))
    assert head == "kind cases success score steps valid calls tokens seconds price"
    assert row == "MovingObstacle 2 50% (9-91) 0.750 3.0 67% 3.0 60300 7.5 0.61"
    [head, _, *rows] = lines_of(as_table_by_kind(episodes, ["put", "heat"]))
    assert head.endswith(" seconds")
    assert [row.split()[0] for row in rows] == ["heat", "put"]


def test_a_long_kind_is_folded_and_the_numbers_beside_it_are_whole():
    """Of ScienceWorld's longest kind: its name takes as many lines as it needs."""
    kind = "power-component-renewable-vs-nonrenewable-energy"
    episodes = [text_episode(1, "ab", Usage(1, 20_000, 100, 2.5))] * 2
    [_, _, row, *rest] = lines_of(as_table_by_kind(episodes, [kind] * 2))
    beginning, numbers = row.split(maxsplit=1)
    assert numbers == "2 100% (34-100) 1.000 2.0 100% 2.0 40200 5.0"
    assert "".join([beginning, *rest]) == kind


def test_the_table_by_kind_of_the_scripted_model_has_no_costs():
    [head, *_] = lines_of(as_table_by_kind([text_episode(1, "a", Usage())], ["put"], (1, 1)))
    assert head == "kind cases success score steps valid"


def test_every_quantity_has_a_label_of_its_own():
    assert set(QUANTITIES) | set(TEXT_QUANTITIES) == set(LABELS)
    assert len(set(LABELS.values())) == len(LABELS)


def test_interval_over_training_seeds_and_env_seeds_by_hand():
    """Two seeds, (0, 2) and (2, 4): means of resamples are 0, 1, 2, 3 or 4, the ends once in 16 each."""
    estimate = mean_over_training_and_env_seeds("steps", np.array([[0.0, 2.0], [2.0, 4.0]]))
    assert estimate == (2.0, 0.0, 4.0)
    assert mean_over_training_and_env_seeds("steps", np.full((3, 4), 0.5)) == (0.5, 0.5, 0.5)
    assert mean_over_training_and_env_seeds("steps", np.array([[1.0, 2.0]]))[0] == 1.5


def test_success_of_every_seed_has_wilsons_interval():
    """10 of 10, by every seed: Wilson's interval, as for one evaluation."""
    assert mean_over_training_and_env_seeds("success", np.ones((5, 10))) == pytest.approx(
        (1.0, 0.7225, 1.0), abs=1e-4
    )


def test_training_seeds_that_differ_widen_the_interval():
    rng = np.random.default_rng(0)
    env_seeds = rng.normal(size=(1, 50)).repeat(5, axis=0)
    alike, apart = (
        mean_over_training_and_env_seeds("steps", env_seeds),
        mean_over_training_and_env_seeds("steps", env_seeds + np.arange(5)[:, None]),
    )
    assert apart.high - apart.low > 2 * (alike.high - alike.low)


@given(st.integers(2, 4), st.integers(2, 6), st.integers(0, 1000))
def test_mean_is_inside_its_interval(seeds, env_seeds, number):
    values = np.random.default_rng(number).integers(0, 3, (seeds, env_seeds)).astype(float)
    estimate = mean_over_training_and_env_seeds("steps", values)
    assert estimate.mean == pytest.approx(values.mean())
    assert values.min() <= estimate.low <= estimate.mean <= estimate.high <= values.max()


def test_the_mean_over_runs_with_different_cases_is_the_mean_of_their_means():
    estimate = mean_over_runs([[1, 1, 0, 0], [1], [0, 1]])
    assert estimate.mean == pytest.approx((1 / 2 + 1 + 1 / 2) / 3)
    assert 0 <= estimate.low < estimate.mean < estimate.high <= 1


def test_equal_runs_are_one():
    assert mean_over_runs([[1, 0], [1, 0]]) == mean_over_runs([[1, 0]])


def test_where_all_are_solved_the_interval_is_that_of_the_longest_run():
    estimate = mean_over_runs([[True] * 2, [True], [True] * 3])
    assert estimate == mean_over_runs([[True] * 3])
    assert estimate.low == pytest.approx(3 / (3 + 1.959964**2))  # Wilson's, by hand


def test_a_number_that_is_one_everywhere_is_no_share():
    assert mean_over_runs([[1, 1], [1]]) == (1, 1, 1)


def test_a_run_without_cases_has_no_mean():
    with pytest.raises(ValueError, match="without cases"):
        mean_over_runs([[1], []])


def test_the_ratio_over_runs_is_that_of_the_means_of_their_means():
    estimate = ratio_over_runs([[(4, 2), (8, 4), (3, 1)], [(6, 6)]])
    assert estimate.mean == pytest.approx((5 + 6) / (7 / 3 + 6))
    assert 1 <= estimate.low < estimate.mean < estimate.high <= 3


@given(st.floats(0.1, 10), st.lists(st.floats(1, 100), min_size=1, max_size=5))
def test_a_ratio_that_is_the_same_in_each_case_is_certain(factor, values):
    estimate = ratio_over_runs([[(factor * value, value) for value in values], [(factor, 1)]])
    assert estimate == pytest.approx((factor, factor, factor))
