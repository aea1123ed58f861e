"""The published games: what is where at the beginning, and what is to be done."""

import json
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from core.errors import SettingsError

DATA = Path(__file__).parent / "data"
SPLITS = ("valid_unseen", "valid_seen", "train")


class TaskType(StrEnum):
    """The six kinds of tasks; a game's name begins with one of them."""

    PLACE = "pick_and_place_simple"
    CLEAN = "pick_clean_then_place_in_recep"
    HEAT = "pick_heat_then_place_in_recep"
    COOL = "pick_cool_then_place_in_recep"
    PLACE_TWO = "pick_two_obj_and_place"
    LOOK = "look_at_obj_in_light"


@dataclass(frozen=True, slots=True)
class Goal:
    """When a game is won.

    Attributes:
        task_type: what has to be done.
        object_type: with an object of this type.
        other_type: of the receptacle to put it in; of the lamp, for `TaskType.LOOK`.
    """

    task_type: TaskType
    object_type: str
    other_type: str


@dataclass(frozen=True)
class Game:
    """A game before its first command.

    Objects, receptacles and locations are indices in the order of their identifiers in the problem file.
    It is the order of every list in a text.

    Attributes:
        case: ``SPLIT/PATH``.
        task: the sentence that says what to do.
        walkthrough: commands that win.
        goal: when it is won.
        num_locations: number of places to stand at.
        start: location of the agent.
        receptacles, receptacle_types, receptacle_locations: names, types and locations, a receptacle each.
        openable: receptacles with a door or a lid; all are closed.
        objects, object_types: names and types, an object each; the type of a broken record is empty.
        pickupable, cleanable, heatable, coolable, sliceable, toggleable: objects that it can be done to.
        vessels: objects that hold others, for example a cup.
        cool: objects that are cool at the beginning.
        contents: objects in each receptacle, ascending; an object may be in several.
        lying: pairs (object, location).
        nested: pairs (inner object, vessel); no command changes them.
        fits: object types that can be put into a receptacle type.
    """

    case: str
    task: str
    walkthrough: tuple[str, ...]
    goal: Goal
    num_locations: int
    start: int
    receptacles: tuple[str, ...]
    receptacle_types: tuple[str, ...]
    receptacle_locations: tuple[int, ...]
    openable: frozenset[int]
    objects: tuple[str, ...]
    object_types: tuple[str, ...]
    pickupable: frozenset[int]
    cleanable: frozenset[int]
    heatable: frozenset[int]
    coolable: frozenset[int]
    sliceable: frozenset[int]
    toggleable: frozenset[int]
    vessels: frozenset[int]
    cool: frozenset[int]
    contents: tuple[tuple[int, ...], ...]
    lying: tuple[tuple[int, int], ...]
    nested: tuple[tuple[int, int], ...]
    fits: Mapping[str, frozenset[str]]

    @cached_property
    def receptacles_at(self) -> tuple[tuple[int, ...], ...]:
        """Receptacles at each location, ascending."""
        places: list[list[int]] = [[] for _ in range(self.num_locations)]
        for receptacle, location in enumerate(self.receptacle_locations):
            places[location].append(receptacle)
        return tuple(map(tuple, places))

    @cached_property
    def receptacle_of(self) -> Mapping[str, int]:
        """Receptacles by name."""
        return {name: index for index, name in enumerate(self.receptacles)}

    @cached_property
    def object_of(self) -> Mapping[str, int]:
        """Objects by name."""
        return {name: index for index, name in enumerate(self.objects)}

    @cached_property
    def targets(self) -> frozenset[int]:
        """Objects that the goal is about."""
        wanted = {
            index for index, kind in enumerate(self.object_types) if kind == self.goal.object_type
        }
        able = {
            TaskType.CLEAN: self.cleanable,
            TaskType.HEAT: self.heatable,
            TaskType.COOL: self.coolable,
        }
        return frozenset(wanted & able.get(self.goal.task_type, wanted))

    @cached_property
    def destinations(self) -> tuple[int, ...]:
        """Receptacles that the goal is about."""
        return tuple(
            index
            for index, kind in enumerate(self.receptacle_types)
            if kind == self.goal.other_type
        )

    @cached_property
    def lamps(self) -> frozenset[int]:
        """Lamps that the goal is about."""
        return frozenset(
            index for index in self.toggleable if self.object_types[index] == self.goal.other_type
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values, without `fits`, which all games share."""
        plain: dict[str, Any] = {}
        for item in fields(self):
            value = getattr(self, item.name)
            plain[item.name] = sorted(value) if isinstance(value, frozenset) else value
        goal = self.goal
        plain["goal"] = (goal.task_type, goal.object_type, goal.other_type)
        del plain["fits"]
        return plain

    @classmethod
    def from_json(cls, plain: Mapping[str, Any], fits: Mapping[str, frozenset[str]]) -> "Game":
        """Read what `to_json` wrote."""
        values: dict[str, Any] = {
            name: frozenset(value) if name in _SETS else _tuple(value)
            for name, value in plain.items()
        }
        task_type, object_type, other_type = plain["goal"]
        values["goal"] = Goal(TaskType(task_type), object_type, other_type)
        return cls(**values, fits=fits)


_SETS = {item.name for item in fields(Game) if item.type == frozenset[int]}


@cache
def read_games(split: str) -> Mapping[str, Game]:
    """The games of a split by case, in the order of their names; read once in a process.

    Raises:
        SettingsError: there is no such split.
    """
    if split not in SPLITS:
        raise SettingsError(f"unknown split {split!r}: choose one of {', '.join(SPLITS)}")
    return {game.case: game for game in unpack(DATA / f"{split}.jsonl.xz")}


def unpack(path: Path) -> Iterator[Game]:
    """Read a file that `envs.text.alfworld.pack` wrote; ``fits.json`` is beside it."""
    fits = {
        receptacle: frozenset(objects)
        for receptacle, objects in json.loads(
            (path.parent / "fits.json").read_text("utf-8")
        ).items()
    }
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield Game.from_json(json.loads(line), fits)


def _tuple(value: Any) -> Any:
    return tuple(map(_tuple, value)) if isinstance(value, list) else value
