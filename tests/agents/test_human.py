"""A person plays in the terminal."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agents.human import Game, draw
from core.errors import SettingsError
from core.settings import PlaySettings
from core.task import find_task
from mediator.mediator import Mediator
from planner.build import build_planner

ROOT = Path(__file__).resolve().parent.parent.parent


def begin(task, env_seed):
    settings = PlaySettings(save_name="play", task=task)
    planner = build_planner(settings, find_task(settings.task))
    game = Game(settings, Mediator(planner, names_colors=False))
    game.begin(env_seed)
    return game


@pytest.fixture
def game():
    return begin("SimpleDoorKey", 2)


def test_asking_at_every_step_plays_the_episode_of_always(game, play_policy):
    """Ask, do one action of the plan, ask again: the episode of `always`, question by question."""
    while not game.is_over:
        game.press("?")
        game.press("e")
    [always] = play_policy("always", [2])
    assert game.episode.success
    assert [step.action for step in game.episode.steps] == [step.action for step in always.steps]
    mine, theirs = game.episode.consultations, always.consultations
    assert [asked.question for asked in mine] == [asked.question for asked in theirs]
    assert [asked.cost for asked in mine] == [asked.cost for asked in theirs]


def test_a_key_is_an_action(game):
    game.begin(0)
    direction, position = game.room.view.agent_direction, game.room.view.agent_position
    game.press("d")
    assert game.room.view.agent_direction == (direction + 1) % 4
    game.press("a")
    game.press("w")
    assert game.room.view.agent_position == position.ahead(direction)
    assert [step.skill for step in game.episode.steps] == ["manual"] * 3
    assert game.episode.asks == 0


@pytest.mark.parametrize(
    ("keys", "complaint"), [("e", "no current plan"), ("z", "no meaning"), ("??", "already")]
)
def test_a_key_without_meaning_is_an_error_and_no_step(game, keys, complaint):
    *before, last = keys
    for key in before:
        game.press(key)
    with pytest.raises(SettingsError, match=complaint):
        game.press(last)
    assert game.episode.steps == ()


def test_the_drawing_shows_the_cells_that_were_seen(game):
    lines = draw(game.room).plain.splitlines()
    seen = game.room.view.objects != 0
    for y in range(seen.shape[1]):
        for x in range(seen.shape[0]):
            assert (lines[y][2 * x : 2 * x + 2] == "░░") == (not seen[x, y])
    assert sum(line.count(arrow) for line in lines for arrow in "▶▼◀▲") == 1
    assert lines[-1] == "carries nothing"


def test_a_ball_is_drawn_where_it_is_seen():
    game = begin("MovingObstacle", 3)
    times = 0
    for key in "dddd":
        game.press(key)
        x, y = game.room.env.obstacle.cur_pos
        lines = draw(game.room).plain.splitlines()
        assert (lines[y][2 * x] == "●") == game.room.env.seen[x, y]
        times += "●" in "".join(lines)
    assert times


def test_finished_episodes_are_kept(tmp_path, play_policy):
    """Room 2 is solved by asking at every step; the next room is left, then the person quits."""
    [always] = play_policy("always", [2])
    keys = "?e" * always.num_steps + "w\nnaq"
    command = [sys.executable, "main.py", "play", "--env_seed", "2", "--logdir", str(tmp_path)]
    done = subprocess.run(
        command, cwd=ROOT, input=keys, capture_output=True, text=True, timeout=120, check=True
    )
    place = tmp_path / "ppo" / "simpledoorkey" / "play" / "eval"
    [line] = (place / "episodes.jsonl").read_text().splitlines()
    assert json.loads(line)["case"] == "2"
    assert json.loads(line)["success"]
    assert json.loads((place / "summary.json").read_text())["title"] == "a person"
    assert "1 episode kept in" in done.stdout


def test_an_error_of_the_planner_does_not_end_the_session(tmp_path):
    """Turning truncates the first episode; the question in the second room gets no answer."""
    (tmp_path / "empty.jsonl").touch()
    command = [sys.executable, "main.py", "play", "--logdir", str(tmp_path), "--planner", "replay"]
    command += ["--record_file", str(tmp_path / "empty.jsonl")]
    done = subprocess.run(
        command, cwd=ROOT, input="a" * 100 + "?aq", capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0
    assert "holds no answer" in done.stdout
    assert "step 1: manual" in done.stdout.partition("holds no answer")[2]
    assert "1 episode kept in" in done.stdout
