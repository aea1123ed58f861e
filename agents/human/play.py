"""A person at the keyboard, one room after the other."""

import sys
from collections.abc import Iterator, Sequence

import readchar
from rich.console import Console
from rich.live import Live

from agents.human.game import Game
from agents.human.screen import result, screen
from core.console import count, echo, is_terminal, make_console
from core.episode import Episode
from core.errors import ModelError, SettingsError
from core.run import RunDirectory
from core.settings import PlaySettings
from core.task import find_task
from mediator.mediator import Mediator
from planner.build import build_planner
from runner.evaluation.evaluate import evaluate
from runner.player import Case

MAX_ROOMS = 1000
"""Largest number of rooms in one session."""


def play(settings: PlaySettings) -> None:
    """Play one room after the other until the person quits; every room with a step is kept.

    Raises:
        SettingsError: there is no terminal.
    """
    if not (sys.stdin.isatty() and is_terminal(sys.stdout)):
        raise SettingsError(
            "play needs a terminal: it reads single keys and draws the room in place"
        )
    task = find_task(settings.task, settings.rooms)
    planner = build_planner(settings, task)
    game = Game(settings, Mediator(planner, names_colors=task.names_colors))
    person = Person(game, iter(readchar.readkey, ""), make_console())
    cases = [str(env_seed) for env_seed in range(settings.env_seed, settings.env_seed + MAX_ROOMS)]
    with RunDirectory.of(settings) as directory:
        evaluation = evaluate(person, cases, directory, settings)
    for episode in evaluation.episodes:
        echo(result(episode))
    if evaluation.episodes:
        echo(f"{count(len(evaluation.episodes), 'episode')} kept in {directory.path}")


class Person:
    """A person at the keyboard; see `runner.player.Player`.

    Args:
        game: where keys act.
        keys: the keys that are pressed, in order.
        console: where the room is drawn, always in the same place.
    """

    title = "a person"

    def __init__(self, game: Game, keys: Iterator[str], console: Console) -> None:
        self._game = game
        self._keys = keys
        self._console = console

    def play(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The episode of each room, also of one that is left, until the person quits or presses Ctrl-C."""
        with Live(console=self._console, screen=True) as live:
            message = "find the key, open the door"
            for case in cases:
                goes_on = self._play_one(int(case), message, live)
                episode = self._game.episode
                if episode.steps:
                    message = result(episode)
                    yield episode
                if not goes_on:
                    return

    def _play_one(self, env_seed: int, message: str, live: Live) -> bool:
        """Play one room until it ends or the person leaves it; False if the person quits."""
        game = self._game
        game.begin(env_seed)
        is_ascii = self._console.options.ascii_only
        try:
            while not game.is_over:
                live.update(screen(game, message, is_ascii=is_ascii), refresh=True)
                key = next(self._keys, "q")
                if key in ("q", "n"):
                    return key == "n"
                try:
                    message = game.press(key)
                except (SettingsError, ModelError) as error:
                    message = str(error)
        except KeyboardInterrupt:
            return False
        return True
