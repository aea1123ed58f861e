"""A person plays in the terminal: the same rooms, planner and episodes as for a policy."""

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
    "e do the next action of its plan; n next room, q quit"
)
GLYPHS = {"unseen": "░░", "empty": " ·", "wall": "██", "key": "⚷ ", "box": "▣ ", "ball": "● "}
MANUAL = "manual"
"""Stands for the skill of an action that the person chose."""
MAX_ROOMS = 1000
"""Largest number of rooms in one session."""
AGENT = ("▶ ", "▼ ", "◀ ", "▲ ")


def play(settings: PlaySettings) -> None:
    """Play one room after the other until the person quits; finished episodes are kept."""
    task = find_task(settings.task, settings.rooms)
    planner = build_planner(settings, task)
    person = Person(Game(settings, Mediator(planner, names_colors=task.names_colors)), _keys())
    cases = [str(env_seed) for env_seed in range(settings.env_seed, settings.env_seed + MAX_ROOMS)]
    with RunDirectory.of(settings) as directory:
        echo(f"{task.name}, planner {planner.name}\n{HELP}")
        evaluation = evaluate(person, cases, directory, settings)
    if evaluation.episodes:
        number = len(evaluation.episodes)
        echo(f"{number} {'episode' if number == 1 else 'episodes'} kept in {directory.path}")


class Person:
    """A person at the keyboard; see `runner.player.Player`.

    Args:
        game: where keys act.
        keys: the keys that are pressed, in order.
    """

    title = "a person"

    def __init__(self, game: "Game", keys: Iterator[str]) -> None:
        self._game = game
        self._keys = keys
        self._console = Console()

    def play(self, cases: Sequence[Case]) -> Iterator[Episode]:
        """The finished episodes, until the person quits or presses Ctrl-C."""
        with suppress(KeyboardInterrupt):
            for case in cases:
                if not self._play_one(int(case)):
                    return
                if self._game.is_over and self._game.episode.steps:
                    echo(dialogue(self._game.episode))
                    yield self._game.episode

    def _play_one(self, env_seed: int) -> bool:
        """Play one room until it ends or the person leaves it; False if the person quits."""
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
    """One room at a time, and what each key does in it."""

    def __init__(self, settings: PlaySettings, mediator: Mediator) -> None:
        self._task = find_task(settings.task, settings.rooms)
        self.room = Room(self._task, settings.skills)
        self._cost, self._ask_lambda = COSTS[settings.ask_cost], settings.ask_lambda
        self._mediator = mediator

    def begin(self, env_seed: int) -> None:
        """Draw the room of an environment seed."""
        self.room.reset(env_seed)
        self._env_seed = env_seed
        self._steps: list[Step] = []
        self._asked: Consultation | None = None
        self._usage = Usage()
        self._terminated = self._truncated = False

    @property
    def is_over(self) -> bool:
        """Whether the episode has ended."""
        return self._terminated or self._truncated

    @property
    def episode(self) -> Episode:
        """The episode so far."""
        success = self.room.is_solved
        return Episode(
            task=self._task.name,
            case=str(self._env_seed),
            success=success,
            score=float(success),
            terminated=self._terminated,
            truncated=self._truncated,
            steps=tuple(self._steps),
            rooms=self._task.rooms,
        )

    def press(self, key: str) -> str:
        """Carry out a key; returns a line that says what was done.

        Raises:
            SettingsError: the key has no meaning, or there is no plan to follow.
            ModelError: the planner gave no answer.
        """
        if key == "?":
            return self._ask()
        if key == "e":
            if self.room.executor.is_finished:
                raise SettingsError("no current plan: ? asks for one")
            result, skill = self.room.step(), ""
        elif key in ACTIONS:
            result, skill = self.room.act(ACTIONS[key]), MANUAL
        else:
            raise SettingsError(f"{key!r} has no meaning: {HELP}")
        self._steps.append(
            Step(
                Actions(result.action).name,
                result.reward,
                skill=skill or result.skill.phrase,
                consultation=self._asked,
                usage=self._usage,
            )
        )
        self._asked, self._usage = None, Usage()
        self._terminated, self._truncated = result.terminated, result.truncated
        return f"step {len(self._steps)}: {self._steps[-1].skill}"

    def _ask(self) -> str:
        if self._asked is not None:
            raise SettingsError("already asked: do an action first")
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
    """The cells that were seen, two characters each, and the carried object."""
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
    picture.append(f"carries {carried if carried is not None else 'nothing'}")
    return picture


def _style(color: int) -> str:
    name: str = IDX_TO_COLOR[color]
    return {"purple": "magenta", "grey": "white"}.get(name, name)


def _keys() -> Iterator[str]:
    """The keys that are pressed; from a pipe, its characters without line ends."""
    if not sys.stdin.isatty():
        yield from sys.stdin.read().replace("\n", "")
        return
    while True:
        yield readchar.readkey()
