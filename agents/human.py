"""A person at the keyboard: the same rooms, the same planner, the same record."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

import readchar
from minigrid.core.actions import Actions
from minigrid.core.constants import IDX_TO_COLOR, IDX_TO_OBJECT
from rich.console import Console
from rich.text import Text

from core.chat import Usage
from core.console import echo
from core.episode import Consultation, Episode, Step
from core.errors import ModelError, SettingsError
from core.rooms.plan import format_plan
from core.rooms.view import DOOR, OPEN
from core.run import RunDirectory
from core.settings import PlaySettings
from core.task import find_task
from mediator.cost import COSTS
from mediator.mediator import Mediator
from planner.build import build_planner
from reports.dialogue import dialogue
from runner.evaluate import evaluate
from runner.player import Case
from runner.rollout import consultation
from runner.room import Room

ACTIONS: Mapping[str, Actions] = {
    "a": Actions.left,
    "d": Actions.right,
    "w": Actions.forward,
    "p": Actions.pickup,
    "o": Actions.drop,
    "t": Actions.toggle,
    readchar.key.LEFT: Actions.left,
    readchar.key.RIGHT: Actions.right,
    readchar.key.UP: Actions.forward,
}
HELP = (
    "w forward, a and d turn (or the arrows), p pick up, o put down, t toggle; ? ask the planner, "
    "e let its plan go on; n next room, q quit"
)
GLYPHS = {"unseen": "░░", "empty": " ·", "wall": "██", "key": "⚷ ", "box": "▣ ", "ball": "● "}
MAX_ROOMS = 1000
"""At most this many rooms in one session."""
AGENT = ("▶ ", "▼ ", "◀ ", "▲ ")


def play(settings: PlaySettings) -> None:
    """Play room after room until the person quits; finished episodes are kept."""
    task = find_task(settings.task, settings.rooms)
    planner = build_planner(settings, task)
    person = Person(Game(settings, Mediator(planner, names_colors=task.names_colors)), _keys())
    cases = [str(env_seed) for env_seed in range(settings.env_seed, settings.env_seed + MAX_ROOMS)]
    with RunDirectory.of(settings) as directory:
        echo(f"{task.name}, planner {planner.name}\n{HELP}")
        evaluation = evaluate(person, cases, directory, settings)
    if evaluation.episodes:
        echo(f"{len(evaluation.episodes)} episodes kept in {directory.path}")


class Person:
    """A person at the keyboard; see `runner.player.Player`.

    Args:
        game: where keys act.
        keys: as they are pressed.
    """

    title = "a person"

    def __init__(self, game: "Game", keys: Iterator[str]) -> None:
        self._game = game
        self._keys = keys
        self._console = Console()

    def play(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The episodes that are played to their end, until the person quits or presses Ctrl-C."""
        with suppress(KeyboardInterrupt):
            for case in cases:
                if not self._play_one(int(case)):
                    return
                if self._game.is_over and self._game.episode.steps:
                    echo(dialogue(self._game.episode))
                    yield self._game.episode

    def _play_one(self, env_seed: int) -> bool:
        """One room, to its end or until the next one is wanted; False: the person quits."""
        game = self._game
        game.begin(env_seed)
        self._console.print(draw(game.room))
        while not game.is_over:
            key = next(self._keys, "q")
            if key == "q":
                return False
            if key == "n":
                break
            try:
                text = game.press(key)
            except (SettingsError, ModelError) as error:
                text = str(error)
            self._console.print(draw(game.room))
            echo(text)
        return True


class Game:
    """One room at a time, and what a key does in it."""

    def __init__(self, settings: PlaySettings, mediator: Mediator) -> None:
        self._task = find_task(settings.task, settings.rooms)
        self.room = Room(self._task, settings.skills)
        self._cost, self._ask_lambda = COSTS[settings.ask_cost], settings.ask_lambda
        self._mediator = mediator

    def begin(self, layout: int) -> None:
        """Enter the room of a layout."""
        self.room.reset(layout)
        self._layout = layout
        self._steps: list[Step] = []
        self._asked: Consultation | None = None
        self._usage = Usage()
        self._terminated = self._truncated = False

    @property
    def is_over(self) -> bool:
        """Whether the door is open, or the steps are used up."""
        return self._terminated or self._truncated

    @property
    def episode(self) -> Episode:
        """What was played so far."""
        success = self.room.is_solved
        return Episode(
            task=self._task.name,
            case=str(self._layout),
            success=success,
            score=float(success),
            terminated=self._terminated,
            truncated=self._truncated,
            steps=tuple(self._steps),
            rooms=self._task.rooms,
        )

    def press(self, key: str) -> str:
        """Do what a key means; returns what there is to say.

        Raises:
            SettingsError: the key means nothing, or there is no plan to follow.
            ModelError: the planner gave no answer.
        """
        if key == "?":
            return self._ask()
        if key == "e":
            if self.room.executor.is_finished:
                raise SettingsError("no plan in hand: ? asks for one")
            outcome, by = self.room.step(), ""
        elif key in ACTIONS:
            outcome, by = self.room.act(ACTIONS[key]), "by hand"
        else:
            raise SettingsError(f"{key!r} means nothing: {HELP}")
        self._steps.append(
            Step(
                Actions(outcome.action).name,
                outcome.reward,
                skill=by or outcome.skill.phrase,
                consultation=self._asked,
                usage=self._usage,
            )
        )
        self._asked, self._usage = None, Usage()
        self._terminated, self._truncated = outcome.terminated, outcome.truncated
        return f"step {len(self._steps)}: {self._steps[-1].skill}"

    def _ask(self) -> str:
        if self._asked is not None:
            raise SettingsError("asked already: make a step first")
        [answer] = self._mediator.ask([self.room.scene], [0])
        current = self.room.executor.plan
        cost = float(self._cost(answer.plan == current, current is None, self._ask_lambda))
        self._asked = consultation(answer, is_forced=False, cost=cost)
        self._usage = answer.usage
        self.room.begin(answer.plan)
        return (
            f"{answer.question}\n{answer.text}\nplan {format_plan(answer.plan)}, ask cost {cost:g}"
        )


def draw(room: Room) -> Text:
    """The room as it was seen, two characters a cell, and what is in the hand."""
    view, picture = room.view, Text()
    width, height = view.objects.shape
    for y in range(height):
        for x in range(width):
            kind, color, state = view.image[x, y, :3].tolist()
            name = IDX_TO_OBJECT[kind]
            if (x, y) == view.agent_position:
                picture.append(AGENT[view.agent_direction], style="bold red")
            elif kind == DOOR:
                picture.append("▯ " if state == OPEN else "▮ ", style=_style(color))
            elif name in ("key", "box", "ball"):
                picture.append(GLYPHS[name], style=_style(color))
            else:
                picture.append(GLYPHS[name], style="bright_black")
        picture.append("\n")
    carried = view.carried
    picture.append(f"in the hand: {carried if carried is not None else 'nothing'}")
    return picture


def _style(color: int) -> str:
    name: str = IDX_TO_COLOR[color]
    return {"purple": "magenta", "grey": "white"}.get(name, name)


def _keys() -> Iterator[str]:
    """Keys as they are pressed; from a pipe, its characters but line ends."""
    if not sys.stdin.isatty():
        yield from sys.stdin.read().replace("\n", "")
        return
    while True:
        yield readchar.readkey()
