"""The cases: the published games, and any number of games with other goals in the rooms of the training games."""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from core.errors import SettingsError
from core.task import GENERATED
from envs.text.alfworld.games import SPLITS, Game, Goal, TaskType, read_games
from envs.text.arguments import SEED, find_case

GAMES_KEPT = 512
"""Most generated games that stay in memory; there is no end of them."""
_SENTENCES: Mapping[TaskType, tuple[str, str]] = {
    TaskType.PLACE: ("put a {thing} in {other}.", "put some {thing} on {other}."),
    TaskType.CLEAN: (
        "put a clean {thing} in {other}.",
        "clean some {thing} and put it in {other}.",
    ),
    TaskType.HEAT: ("put a hot {thing} in {other}.", "heat some {thing} and put it in {other}."),
    TaskType.COOL: ("put a cool {thing} in {other}.", "cool some {thing} and put it in {other}."),
    TaskType.PLACE_TWO: (
        "put two {thing} in {other}.",
        "find two {thing} and put them in {other}.",
    ),
    TaskType.LOOK: ("look at {thing} under the {other}.", "examine the {thing} with the {other}."),
}
"""The wordings of the published tasks."""
_TOOLS = {
    TaskType.CLEAN: "sinkbasintype",
    TaskType.HEAT: "microwavetype",
    TaskType.COOL: "fridgetype",
}
_LAMP = "desklamptype"
"""The lamp of all published tasks with one."""


def find_game(case: str) -> Game:
    """The game of a case: ``valid_unseen/<task directory>/<trial directory>``, or ``generated/<task type>/<seed>``.

    Raises:
        SettingsError: there is none.
    """
    split, _, name = case.partition("/")
    if split == GENERATED:
        return _generate(case, *_parse_generated(name))
    return find_case(case, read_games(split if split in SPLITS else SPLITS[0]))


def generated_case(kind: str, seed: int) -> str:
    """The name of a generated case.

    Args:
        kind: a task type; empty: they take turns by the seed.
        seed: from 0.
    """
    kinds = list(TaskType)
    return f"{GENERATED}/{kind or kinds[seed % len(kinds)]}/{seed}"


def _parse_generated(name: str) -> tuple[TaskType, int]:
    """Task type and seed of a generated case.

    Raises:
        SettingsError: the name does not have the form ``TYPE/SEED``.
    """
    kind, _, seed = name.partition("/")
    if kind not in list(TaskType) or not SEED.fullmatch(seed):
        raise SettingsError(
            f"{GENERATED}/{name} is not a case: {GENERATED}/TYPE/SEED has one of the types {', '.join(TaskType)}"
        )
    return TaskType(kind), int(seed)


@lru_cache(maxsize=GAMES_KEPT)
def _generate(case: str, task_type: TaskType, seed: int) -> Game:
    """A training game with another goal: one of those that are possible in its rooms, drawn by the seed."""
    rng = random.Random(f"{task_type} {seed}")
    games = list(read_games("train").values())
    while True:
        game = rng.choice(games)
        goals = list(possible_goals(game, task_type))
        if goals:
            goal = rng.choice(goals)
            sentence = rng.choice(_SENTENCES[task_type])
            names = {"thing": _name(goal.object_type), "other": _name(goal.other_type)}
            return replace(
                game, case=case, task=sentence.format(**names), walkthrough=(), goal=goal
            )


def possible_goals(game: Game, task_type: TaskType) -> Iterator[Goal]:
    """The goals of a type that can be reached in a game's rooms, sorted.

    Left out are goals that are partly reached at the start, with such a thing in such a place, and things that lie
    outside of all receptacles, which only a look around shows.
    """
    able = {
        TaskType.CLEAN: game.cleanable,
        TaskType.HEAT: game.heatable,
        TaskType.COOL: game.coolable,
    }.get(task_type, game.pickupable)
    tool = _TOOLS.get(task_type)
    if tool is not None and tool not in game.receptacle_types:
        return
    held_by: dict[str, set[str]] = defaultdict(set)
    for place, contents in zip(game.receptacle_types, game.contents, strict=True):
        held_by[place] |= {game.object_types[thing] for thing in contents}
    seen = {thing for contents in game.contents for thing in contents}
    kinds = Counter(game.object_types[thing] for thing in seen & able & game.pickupable)
    number = 2 if task_type == TaskType.PLACE_TWO else 1
    lamps = {game.object_types[thing] for thing in seen & game.toggleable} & {_LAMP}
    for thing in sorted(kind for kind in kinds if kind and kinds[kind] >= number):
        places = {
            place
            for place, held in held_by.items()
            if place != tool and thing in game.fits.get(place, ()) and thing not in held
        }
        for other in sorted(lamps if task_type == TaskType.LOOK else places):
            yield Goal(task_type, thing, other)


def _name(kind: str) -> str:
    """A type as texts call it."""
    return kind.removesuffix("type")
