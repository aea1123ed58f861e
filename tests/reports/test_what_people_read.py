"""What people read: summaries, dialogues, films."""

import io

import imageio.v3 as iio
import imageio_ffmpeg
import numpy as np
import pytest
from rich.console import Console

from core.chat import Usage
from core.episode import Consultation, Episode, Step
from core.task import PAPER_ROOMS
from envs.fog import FOG_COLOR
from reports.dialogue import dialogue
from reports.statistics import as_table, summarize
from reports.video import FORCED, HOLD_ON_ASK, record_video


def episode_of(seed, rewards, asked=()):
    """An episode with these rewards and a question of price 0.25 at some steps."""
    consultation = Consultation("q", "{explore}", "{explore}", False, 0.25)
    steps = tuple(
        Step(
            "forward", reward, skill="explore", consultation=consultation, usage=Usage(llm_calls=2)
        )
        if index in asked
        else Step("forward", reward, skill="explore")
        for index, reward in enumerate(rewards)
    )
    return room_episode(seed, steps, success=sum(rewards) > 0)


def room_episode(seed, steps, *, success):
    return Episode(
        "SimpleDoorKey",
        str(seed),
        success=success,
        score=float(success),
        terminated=success,
        truncated=not success,
        steps=tuple(steps),
        rooms=PAPER_ROOMS,
    )


def test_summary_by_hand():
    """Two episodes: 2 steps, reward 1, one question; and 4 steps, reward 0, three questions.

    Means: steps 3, asks 2, llm calls 4, success 1/2, return ((1 - 0.25) + (0 - 0.75)) / 2 = 0.
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
    # resampling two values gives 2, 3 or 4 steps; a 95 % interval spans them all
    assert summary["steps"][1:] == (2.0, 4.0)


def test_success_has_wilsons_interval():
    """10 of 10: from 1 / (1 + z^2 / 10) with z = 1.96, which is 0.7225, to 1."""
    summary = summarize([episode_of(seed, [1]) for seed in range(10)])
    assert summary["success"] == pytest.approx((1.0, 0.7225, 1.0), abs=1e-4)


def test_a_single_episode_has_an_interval_of_one_point():
    assert summarize([episode_of(0, [0, 1])])["steps"] == (2.0, 2.0, 2.0)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """200 samples of 40 coin lengths with mean 5.5: a 95 % interval misses a few, not many."""
    rng = np.random.default_rng(0)
    misses = 0
    for _ in range(200):
        lengths = rng.integers(1, 11, 40)
        estimate = summarize([episode_of(0, [0] * int(n)) for n in lengths])["steps"]
        misses += not estimate.low <= 5.5 <= estimate.high
    assert 2 <= misses <= 25


def test_the_table_shows_every_quantity_and_success_in_percent():
    console = Console(width=100, record=True, file=io.StringIO())
    console.print(as_table(summarize([episode_of(0, [0, 1], asked=(0,))])))
    text = console.export_text()
    for name in ("return", "return without cost", "steps", "asks", "llm calls", "success"):
        assert name in text
    assert "100 %" in text


def test_a_dialogue_tells_the_whole_episode(play_way):
    [episode] = play_way("oracle", [2])
    text = dialogue(episode)
    assert text.startswith("SimpleDoorKey, seed 2\n")
    for asked in episode.consultations:
        assert asked.question in text
        assert asked.answer in text
    assert "the plan is through" in text
    assert "the mediator asks" in text
    assert "toggle: toggle" in text
    assert text.endswith(f"return {episode.total_return:.3f}\n")


def test_a_dialogue_counts_runs_of_actions_and_names_prices_and_bad_answers():
    bad = Consultation("q", "hm", "{explore}", True, 0.01, format_errors=3)
    first = Step("forward", 0.0, skill="explore", consultation=bad)
    others = [Step(action, 0.0, skill="explore") for action in ("forward", "left")]
    text = dialogue(room_episode(1, [first, *others], success=False))
    assert "step   0  [the plan is through, price 0.01]" in text
    assert "    plan      {explore}\n" in text
    assert "(3 answer(s) held no plan)" in text
    assert "explore: forward x 2, left" in text
    assert "the door stays shut: 3 steps, 1 questions, return -0.010" in text


def test_a_film_shows_fog_and_frames_every_question(play_way, tmp_path):
    [episode] = play_way("baseline", [0])
    gif, mp4 = record_video(episode, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {gif.name, mp4.name}

    frames = iio.imread(gif, mode="RGB")
    assert len(frames) == episode.num_steps + 2
    assert (frames[0] == FOG_COLOR).all(axis=2).any()
    # the border of the first step's frame is in the colour of a forced question
    assert tuple(frames[1][2, 2]) == FORCED
    assert tuple(frames[2][2, 2]) != FORCED
    held = len(episode.consultations) * (HOLD_ON_ASK - 1)
    # counted by ffmpeg itself: imageio's reader leaves its pipes to the garbage collector
    num_played, _ = imageio_ffmpeg.count_frames_and_secs(str(mp4))
    assert num_played == episode.num_steps + held + HOLD_ON_ASK + 2 * HOLD_ON_ASK
