"""A scripted player that searches; it knows only what it has read."""

import json
import random
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from envs.text.alfworld.games import DATA
from envs.text.alfworld.text import NOTHING_HAPPENS

_TASKS = [
    re.compile(pattern)
    for pattern in (
        r"(?:put|find) (?P<two>two) (?P<thing>\w+) (?:in|and put them in) (?P<place>\w+)\.",
        r"put a (?P<state>clean|hot|cool) (?P<thing>\w+) in (?P<place>\w+)\.",
        r"(?P<state>clean|heat|cool) some (?P<thing>\w+) and put it in (?P<place>\w+)\.",
        r"put (?:a|some) (?P<thing>\w+) (?:in|on) (?P<place>\w+)\.",
        r"(?:examine the|look at) (?P<thing>\w+) (?:with|under) the (?P<lamp>\w+)\.",
    )
]
_TOOLS = {
    "clean": ("clean", "sinkbasin"),
    "hot": ("heat", "microwave"),
    "heat": ("heat", "microwave"),
    "cool": ("cool", "fridge"),
}
"""The verb and the receptacle that bring about a state."""
_DONE = {"clean": "cleaned", "heat": "heated", "cool": "cooled"}
_NAME = r"(\w+ \d+)"
_LISTED_NAME = re.compile(rf"a {_NAME}")
_INTRODUCTION = re.compile(r"you see (.*)\.\n\nYour task is to: (.*)", re.DOTALL)
SEEN = re.compile(rf"(?:On the {_NAME}, you see|The {_NAME} is open\. In it, you see) ([^.]*)\.$")
"""The receptacle in one of two groups, and what it holds."""
_CLOSED = re.compile(rf"The {_NAME} is closed\.$")
_TAKEN = re.compile(rf"You pick up the {_NAME} from the {_NAME}\.")
_MOVED = re.compile(rf"You (?:move|put) the {_NAME} (?:to|in/on) the {_NAME}\.")
_PREPARED = re.compile(rf"You (clean|heat|cool) the {_NAME} using the {_NAME}\.")
_GO_TO = re.compile(rf"go to {_NAME}")
_CLOSE = re.compile(rf"You close the {_NAME}\.")
OPENABLE = {"fridge": 1.0, "microwave": 1.0, "safe": 0.91, "drawer": 0.84, "cabinet": 0.8}
"""Share of the receptacles of a kind that have to be opened."""
_UNLIKELY = 1e-4
"""Probability of a kind of object in a kind of receptacle that never held one in the training games."""


@cache
def likely_places() -> Mapping[str, Mapping[str, float]]:
    """How often a receptacle of a kind holds an object of a kind at the beginning of a training game."""
    table: Mapping[str, Mapping[str, float]] = json.loads(
        (DATA / "likely_places.json").read_text("utf-8")
    )
    return table


@dataclass(frozen=True, slots=True)
class TaskDescription:
    """What a task's sentence says.

    Attributes:
        thing: kind of the object.
        place: kind of the receptacle to put it in; empty for a task with a lamp.
        lamp: kind of the lamp; empty for a task without.
        verb, tool: what has to be done to the object with which kind of receptacle; or empty.
        number: how many objects are to be put there.
    """

    thing: str
    place: str = ""
    lamp: str = ""
    verb: str = ""
    tool: str = ""
    number: int = 1


def read_task(text: str) -> TaskDescription:
    """Read a task's sentence.

    Raises:
        ValueError: it is not one of ALFWorld's.
    """
    for pattern in _TASKS:
        if match := pattern.fullmatch(text.strip()):
            parts = match.groupdict()
            verb, tool = _TOOLS.get(parts.get("state", ""), ("", ""))
            return TaskDescription(
                parts["thing"],
                parts.get("place", ""),
                parts.get("lamp", ""),
                verb,
                tool,
                number=2 if "two" in parts else 1,
            )
    raise ValueError(f"not a task of ALFWorld: {text!r}")


class Expert:
    """Plays one episode, knowing only the texts.

    It searches the receptacles in the order of the chance that they hold the wanted object, as counted in
    the training games, divided by the number of commands that it takes to see what is in them. It remembers
    what it saw, and recovers from commands that it did not choose.

    Args:
        introduction: the first observation.

    Raises:
        ValueError: it is not the first observation of a game of ALFWorld.
    """

    def __init__(self, introduction: str) -> None:
        match = _INTRODUCTION.search(introduction)
        if match is None:
            raise ValueError(f"not the introduction of a game of ALFWorld: {introduction!r}")
        self._receptacles: list[str] = _LISTED_NAME.findall(match[1])
        self._task = read_task(match[2])
        self._contents: dict[str, list[str]] = {}
        self._closed: set[str] = set()
        self._here: set[str] = set()
        self._held = ""
        self._origin = ""
        self._prepared: set[str] = set()
        self._refused: set[str] = set()
        self.sought: Sequence[str] = ()
        """Kinds of things that the last `act` was looking for; none if it knew where to go."""

    def act(self) -> str:
        """The next command."""
        self.sought = ()
        task, held = self._task, self._held
        if held and kind_of(held) != task.thing:
            return self._put_into(self._place_for_other_things())
        if task.lamp:
            return self._act_with_lamp()
        if not held:
            return self._fetch()
        if task.verb and held not in self._prepared:
            tools = self._of_kind(task.tool)
            tool = next((each for each in tools if each in self._here), tools[0])
            return self._at(tool) or f"{task.verb} {held} with {tool}"
        return self._put_into(self._destination())

    def thought(self) -> str:
        """What is needed, and what `act` does about it.

        The need names a kind of thing or place each time, right before it is said whether such a one is here: a
        small model learns from that to compare the two (docs/ETO.md).
        """
        command = self.act()
        return f"{self._need()} {self._reason(command)}"

    def _need(self) -> str:
        """The kind of thing or place that is needed next, in a sentence."""
        task, held = self._task, self._held
        if not held:
            is_second = task.number > 1 and self._num_delivered() > 0
            return f"I need {'another' if is_second else 'a'} {task.thing}."
        if kind_of(held) != task.thing:
            return f"I do not need the {held}."
        if task.lamp:
            return f"I hold the {held} and need a {task.lamp}."
        if task.verb and held not in self._prepared:
            return f"I hold the {held} and need a {task.tool} to {task.verb} it."
        state = f", {_DONE[task.verb]}," if task.verb else ""
        return f"I hold the {held}{state} and need a {task.place}."

    def _reason(self, command: str) -> str:
        """Why a command helps, in a sentence."""
        verb, _, rest = command.partition(" ")
        thing, _, place = re.sub(" (?:from|to|with) ", "|", rest).partition("|")
        return {
            "go": f"I go to the {rest.removeprefix('to ')}.",
            "open": f"The {rest} is closed, so I open it.",
            "examine": f"I look at what is at the {rest}.",
            "take": f"The {thing} is here, so I take it.",
            "use": f"The {rest} is here, so I turn it on.",
            "move": f"The {place} is here, so I put it there.",
            "look": "I have looked everywhere, so I begin again.",
        }.get(verb, f"The {place} is here, so I {verb} it.")

    def other_action(self, rng: random.Random) -> str:
        """A way to any receptacle."""
        return f"go to {rng.choice(self._receptacles)}"

    def is_seen(self, receptacle: str) -> bool:
        """Whether it knows what is in a receptacle."""
        return receptacle in self._contents

    def observe(self, command: str, observation: str) -> None:
        """Update what is known with the answer to a command, its own or not."""
        if observation == NOTHING_HAPPENS:
            self._refused.add(command)
        moved_to = _GO_TO.fullmatch(command.strip())
        if moved_to is not None:
            # a refusal means that this receptacle is at the present location, too
            is_here = observation == NOTHING_HAPPENS
            self._here = {moved_to[1]} | (self._here if is_here else set())
        self._observe_receptacle(observation)
        if match := _TAKEN.fullmatch(observation):
            self._held, self._origin = match[1], match[2]
            if match[1] in self._contents.get(match[2], ()):
                self._contents[match[2]].remove(match[1])
        elif match := _MOVED.fullmatch(observation):
            self._held = ""
            self._contents.setdefault(match[2], []).append(match[1])
        elif match := _PREPARED.fullmatch(observation):
            verb, thing = match[1], match[2]
            if verb == self._task.verb:
                self._prepared.add(thing)
            elif {verb, self._task.verb} == {"heat", "cool"}:
                self._prepared.discard(thing)

    def _observe_receptacle(self, observation: str) -> None:
        if match := SEEN.search(observation):
            name = match[1] or match[2]
            self._contents[name] = _LISTED_NAME.findall(match[3])
            self._closed.discard(name)
        elif (match := _CLOSED.search(observation)) or (match := _CLOSE.fullmatch(observation)):
            self._closed.add(match[1])

    def _act_with_lamp(self) -> str:
        task = self._task
        lamp, thing = self._find([task.lamp]), self._find([task.thing])
        if not self._held and thing is not None:
            return self._fetch()
        if not self._held or lamp is None:
            missing = [] if self._held else [task.thing]
            return self._search([*missing, task.lamp] if lamp is None else missing)
        name, place = lamp
        return self._at(place) or f"use {name}"

    def _fetch(self) -> str:
        task = self._task
        # what is already where it should be stays there
        done = {self._destination()} if task.number > 1 else set()
        found = self._find([task.thing], done)
        if found is None:
            return self._search([task.thing])
        name, place = found
        return self._ready(place) or f"take {name} from {place}"

    def _search(self, kinds: Sequence[str]) -> str:
        """The command towards the unseen receptacle that is most promising for objects of some kinds."""
        self.sought = kinds
        unseen = [name for name in self._receptacles if name not in self._contents]
        if not unseen:
            # what it remembers is wrong, for example after commands that it did not choose
            self._contents.clear()
            return "look"
        best = max(unseen, key=lambda name: self._chance(name, kinds) / self._effort(name))
        return self._ready(best)

    def _chance(self, receptacle: str, kinds: Iterable[str]) -> float:
        kind = kind_of(receptacle)
        if kind == self._task.place and not self._task.verb and self._task.number == 1:
            return 0.0  # the game would be won already
        return sum(likely_places().get(each, {}).get(kind, _UNLIKELY) for each in kinds)

    def _effort(self, receptacle: str) -> float:
        """Number of commands, as expected, until a receptacle is here, open and seen."""
        is_seen, is_closed = receptacle in self._contents, receptacle in self._closed
        is_known = is_seen or is_closed
        to_open = float(is_closed) if is_known else OPENABLE.get(kind_of(receptacle), 0.0)
        return to_open + (receptacle not in self._here or not is_known)

    def _destination(self) -> str:
        """The receptacle to put the wanted things in: the one with the most of them, then the nearest."""
        task = self._task

        def preference(name: str) -> tuple[int, float]:
            contents = self._contents.get(name, [])
            count = sum(kind_of(thing) == task.thing for thing in contents)
            return count, -self._effort(name)

        return max(self._of_kind(task.place), key=preference)

    def _num_delivered(self) -> int:
        """How many of the wanted things are seen in the receptacle that they belong in."""
        contents = self._contents.get(self._destination(), [])
        return sum(kind_of(thing) == self._task.thing for thing in contents)

    def _place_for_other_things(self) -> str:
        """Where the held object came from; if it may not be put back there, anywhere else."""
        places = [self._origin, *sorted(self._receptacles, key=self._effort)]
        fitting = [
            place for place in places if f"move {self._held} to {place}" not in self._refused
        ]
        return (fitting or places)[0]

    def _find(self, kinds: Sequence[str], excluded: Iterable[str] = ()) -> tuple[str, str] | None:
        """An object that was seen and where; here, if possible."""
        found = [
            (thing, place)
            for place, contents in self._contents.items()
            for thing in contents
            if kind_of(thing) in kinds and place not in excluded
        ]
        return max(found, key=lambda pair: pair[1] in self._here, default=None)

    def _put_into(self, receptacle: str) -> str:
        return self._ready(receptacle) or f"move {self._held} to {receptacle}"

    def _at(self, receptacle: str) -> str:
        """The command that leads to a receptacle, or nothing if the agent is there."""
        return "" if receptacle in self._here else f"go to {receptacle}"

    def _ready(self, receptacle: str) -> str:
        """The command that leads to a receptacle, shows or opens it; nothing if it is here and open."""
        if receptacle not in self._here:
            return f"go to {receptacle}"
        if receptacle in self._closed:
            return f"open {receptacle}"
        return "" if receptacle in self._contents else f"examine {receptacle}"

    def _of_kind(self, kind: str) -> list[str]:
        return [name for name in self._receptacles if kind_of(name) == kind]


def kind_of(name: str) -> str:
    """``mug 1`` -> ``mug``."""
    return name.partition(" ")[0]
