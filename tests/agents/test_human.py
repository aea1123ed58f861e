"""A person plays in the terminal."""

import os
import pty
import subprocess
import sys
from contextlib import suppress
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

import main
from agents.human.game import Game
from agents.human.play import Person
from agents.human.screen import KEYS, SIGNS, draw, screen
from core.errors import SettingsError
from core.rooms.plan import format_plan
from core.settings import PlaySettings
from core.task import find_task
from mediator.mediator import Mediator
from planner.build import build_planner
from reports.dialogue import dialogue

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


def person(keys, task="SimpleDoorKey", **changes):
    """A person who presses these keys, and what the terminal gets."""
    settings = PlaySettings(save_name="play", task=task, **changes)
    planner = build_planner(settings, find_task(task))
    output = StringIO()
    console = Console(file=output, force_terminal=True, width=80, height=24)
    return Person(Game(settings, Mediator(planner, names_colors=False)), keys, console), output


def test_every_room_with_a_step_is_kept(play_policy):
    """Room 2 is solved, 3 is left after a step, 4 before one, and in 5 the person quits."""
    [always] = play_policy("always", [2])
    player, _ = person(iter("?e" * always.num_steps + "wn" + "n" + "aq"))
    solved, left, quitted = player.play(["2", "3", "4", "5"])
    assert (solved.case, solved.success, solved.terminated) == ("2", True, True)
    assert (left.case, left.success, left.num_steps) == ("3", False, 1)
    assert (quitted.case, quitted.num_steps) == ("5", 1)
    assert (left.terminated, left.truncated) == (False, False)
    assert "left before the end, the door is closed" in dialogue(left)


def test_an_interrupted_room_is_kept():
    def keys():
        yield "a"
        raise KeyboardInterrupt

    player, _ = person(keys())
    [episode] = player.play(["2", "3"])
    assert episode.num_steps == 1


def test_an_error_of_the_planner_does_not_end_the_session(tmp_path):
    (tmp_path / "empty.jsonl").touch()
    replay = {"planner": "replay", "record_file": str(tmp_path / "empty.jsonl")}
    player, output = person(iter("?aq"), **replay)
    [episode] = player.play(["2"])
    assert "holds no answer" in " ".join(output.getvalue().split())
    assert episode.num_steps == 1


def test_the_screen_explains_signs_keys_and_the_plan_with_its_targets(game):
    while "key" not in format_plan(game.room.executor.plan or ()):
        game.press("?")
        message = game.press("e")
    console = Console(file=StringIO(), width=80)
    with console.capture() as captured:
        console.print(screen(game, message, is_ascii=False))
    shown = captured.get()
    for word in (
        *SIGNS,
        *KEYS.values(),
        "plan: {go to the key",
        "now: go to the key",
        "to go to the",
    ):
        assert " ".join(word.split()) in " ".join(shown.split())
    assert max(map(len, shown.splitlines())) <= 80
    assert len(shown.splitlines()) <= 24


def test_signs_are_ascii_where_the_terminal_has_nothing_else(game):
    assert draw(game.room, is_ascii=True).plain.isascii()


def test_without_a_terminal_there_is_one_line(capsys):
    assert main.main(["play"]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("error: play needs a terminal")


@pytest.mark.slow
def test_in_a_terminal_the_room_is_drawn_in_place(tmp_path):
    """A real terminal: no line scrolls away while keys are pressed, and the screen is given back."""
    ours, its = pty.openpty()
    command = [sys.executable, "main.py", "play", "--env_seed", "2", "--logdir", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdin=its, stdout=its, stderr=its)
    os.close(its)
    output = b""
    with suppress(OSError):  # Linux's end of a terminal
        while data := os.read(ours, 2**16):
            output += data
            if b"room 2" in data and b"kept" not in output:
                os.write(ours, b"q" if b"step 1" in output or b"1 step" in output else b"w")
    os.close(ours)
    assert process.wait(timeout=60) == 0
    assert output.count(b"\x1b[?1049h") == output.count(b"\x1b[?1049l") == 1
    assert b"1 episode kept in" in output
    place = tmp_path / "ppo" / "simpledoorkey" / "play" / "eval"
    assert len((place / "episodes.jsonl").read_text().splitlines()) == 1
