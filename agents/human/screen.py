"""What a person sees: the room in signs, the keys, the plan, and how an episode went."""

from collections.abc import Mapping

from minigrid.core.constants import IDX_TO_COLOR, IDX_TO_OBJECT
from rich.console import Group
from rich.table import Table
from rich.text import Text

from agents.human.game import Game
from core.console import count
from core.episode import Episode
from core.rooms.plan import format_plan
from core.rooms.view import DOOR, OPEN
from runner.rooms.room import Room

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


def result(episode: Episode) -> str:
    """How a room ended."""
    end = "the door is open" if episode.success else "out of steps" if episode.truncated else "quit"
    return f"room {episode.case}: {end}, {_counts(episode)}"


def _counts(episode: Episode) -> str:
    return f"{count(episode.num_steps, 'step')}, {count(episode.asks, 'question')}"
