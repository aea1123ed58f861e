"""A person plays in the terminal: the same rooms, planner and episodes as for a policy."""

import sys
from collections.abc import Iterator, Mapping, Sequence

import readchar
from minigrid.core.actions import Actions
from minigrid.core.constants import IDX_TO_COLOR, IDX_TO_OBJECT
from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from core.chat import Usage
from core.console import count, echo, is_terminal, make_console
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
from runner.evaluation.evaluate import evaluate
from runner.player import Case
from runner.rooms.rollout import consultation
from runner.rooms.room import Room

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
KEYS: Mapping[str, str] = {
    "w a d": "ahead, left, right (or arrows)",
    "p o t": "pick up, put down, toggle",
    "?": "ask the planner",
    "e": "do the next action of its plan",
    "n q": "next room, quit",
}
"""Key -> what it does."""
SIGNS: Mapping[str, tuple[str, str]] = {
    "you": ("▶ ▼ ◀ ▲ ", "> v < ^ "),
    "key": ("⚷ ", "k "),
    "box": ("▣ ", "b "),
    "ball": ("● ", "o "),
    "door": ("▮ ", "D "),
    "open door": ("▯ ", "/ "),
    "wall": ("██", "##"),
    "empty": (" ·", " ."),
    "unseen": ("░░", "::"),
}
"""What a cell holds -> how it is drawn, two characters wide, and where the encoding has only ASCII. The agent has four
signs: facing east, south, west, north."""
MANUAL = "manual"
"""Stands for the skill of an action that the person chose."""
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
        echo(_result(episode))
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

    def __init__(self, game: "Game", keys: Iterator[str], console: Console) -> None:
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
                    message = _result(episode)
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
            raise SettingsError(f"the key {key!r} has no meaning")
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
        purpose = "" if skill else f", to {self.room.sub_goal}"
        return f"step {len(self._steps)}: {self._steps[-1].action}{purpose}"

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


def screen(game: Game, message: str, *, is_ascii: bool) -> Group:
    """All that is on the screen: the room, what signs and keys mean, the plan, and what happened last."""
    signs = "\n".join(f"{sign[is_ascii][:2]} {name}" for name, sign in SIGNS.items())
    keys = "\n".join(f"{key:6}{meaning}" for key, meaning in KEYS.items())
    table = Table.grid(padding=(0, 3))
    table.add_row(draw(game.room, is_ascii=is_ascii), Text(signs), Text(keys))
    executor, episode = game.room.executor, game.episode
    plan = "none: ? asks for one" if executor.plan is None else format_plan(executor.plan)
    now = "finished" if executor.is_finished else str(game.room.sub_goal)
    return Group(
        Text(f"{episode.task}, room {episode.case}: {_counts(episode)}"),
        Text(),
        table,
        Text(),
        Text(f"plan: {plan}" + ("" if executor.plan is None else f"; now: {now}")),
        Text(message),
    )


def draw(room: Room, *, is_ascii: bool = False) -> Text:
    """The cells that were seen, two characters each, and the carried object."""
    view, picture = room.view, Text()
    signs = {name: sign[is_ascii] for name, sign in SIGNS.items()}
    width, height = view.objects.shape
    for y in range(height):
        for x in range(width):
            kind, color, state = view.image[x, y, :3].tolist()
            name = IDX_TO_OBJECT[kind]
            if (x, y) == view.agent_position:
                first = 2 * view.agent_direction
                picture.append(signs["you"][first : first + 2], style="bold red")
            elif kind == DOOR:
                picture.append(signs["open door" if state == OPEN else "door"], style=_style(color))
            elif name in ("key", "box", "ball"):
                picture.append(signs[name], style=_style(color))
            else:
                picture.append(signs[name], style="bright_black")
        picture.append("\n")
    carried = view.carried
    picture.append(f"carries {carried if carried is not None else 'nothing'}")
    return picture


def _style(color: int) -> str:
    name: str = IDX_TO_COLOR[color]
    return {"purple": "magenta", "grey": "white"}.get(name, name)


def _result(episode: Episode) -> str:
    """How a room ended."""
    end = "the door is open" if episode.success else "out of steps" if episode.truncated else "quit"
    return f"room {episode.case}: {end}, {_counts(episode)}"


def _counts(episode: Episode) -> str:
    return f"{count(episode.num_steps, 'step')}, {count(episode.asks, 'question')}"
