"""The rules: which commands can be carried out, and what they change."""

from bisect import insort
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from envs.text.alfworld.state import State

SINKS = ("sinktype", "sinkbasintype")
KNIVES = ("knifetype", "butterknifetype")
NOTHING = -1
"""In place of an object or a receptacle that a command does not name."""


class Verb(StrEnum):
    """The kinds of commands. `EXAMINE` is about a receptacle, `EXAMINE_HELD` about an object."""

    LOOK = "look"
    INVENTORY = "inventory"
    HELP = "help"
    GO_TO = "go to"
    OPEN = "open"
    CLOSE = "close"
    EXAMINE = "examine"
    EXAMINE_HELD = "examine held"
    TAKE = "take"
    MOVE = "move"
    CLEAN = "clean"
    HEAT = "heat"
    COOL = "cool"
    USE = "use"
    SLICE = "slice"


class Command(NamedTuple):
    """A command.

    Attributes:
        verb: its kind.
        first: index of the object, or of the receptacle where it is about none, or `NOTHING`.
        second: index of the receptacle, of the knife for `Verb.SLICE`, or `NOTHING`.
    """

    verb: Verb
    first: int = NOTHING
    second: int = NOTHING


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of command.

    Attributes:
        candidates: every command of a verb that may be possible in a state, and more; some come twice.
        is_possible: whether a command of this kind can be carried out.
        carry_out: changes the state.
    """

    candidates: Callable[[Verb, State], Iterable[Command]]
    is_possible: Callable[[State, int, int], bool]
    carry_out: Callable[[State, int, int], None]


def is_admissible(state: State, command: Command) -> bool:
    """Whether a command can be carried out now."""
    return RULES[command.verb].is_possible(state, command.first, command.second)


def carry_out(state: State, command: Command) -> None:
    """Change a state as an admissible command does."""
    RULES[command.verb].carry_out(state, command.first, command.second)


def admissible(state: State) -> list[Command]:
    """Every command that can be carried out now; some come twice."""
    return [
        command
        for verb, rule in RULES.items()
        for command in rule.candidates(verb, state)
        if rule.is_possible(state, command.first, command.second)
    ]


@cache
def _numbered(verb: Verb, count: int) -> tuple[Command, ...]:
    """A command for each of `count` receptacles; cached, because most candidates are of this kind."""
    return tuple(Command(verb, receptacle) for receptacle in range(count))


def _alone(verb: Verb, _: State) -> Iterable[Command]:
    return (Command(verb),)


def _receptacles(verb: Verb, state: State) -> Iterable[Command]:
    return _numbered(verb, len(state.game.receptacles))


def _receptacles_here(verb: Verb, state: State) -> Iterable[Command]:
    commands = _numbered(verb, len(state.game.receptacles))
    return [commands[receptacle] for receptacle in state.here]


def _contents_here(verb: Verb, state: State) -> Iterable[Command]:
    if state.held is not None:
        return ()
    return [
        Command(verb, thing, receptacle)
        for receptacle in state.here
        for thing in state.contents[receptacle]
    ]


def _lamps_here(verb: Verb, state: State) -> Iterable[Command]:
    return [
        Command(verb, thing)
        for receptacle in state.here
        for thing in state.contents[receptacle]
        if thing in state.game.toggleable
    ]


def _held(verb: Verb, state: State) -> Iterable[Command]:
    return () if state.held is None else (Command(verb, state.held),)


def _held_and_here(verb: Verb, state: State) -> Iterable[Command]:
    held = state.held
    return () if held is None else [Command(verb, held, receptacle) for receptacle in state.here]


def _sliceable_and_held(verb: Verb, state: State) -> Iterable[Command]:
    held = state.held
    return () if held is None else [Command(verb, thing, held) for thing in state.game.sliceable]


def _always(_: State, __: int, ___: int) -> bool:
    return True


def _is_elsewhere(state: State, receptacle: int, _: int) -> bool:
    return state.game.receptacle_locations[receptacle] != state.location


def _is_here(state: State, receptacle: int, _: int = NOTHING) -> bool:
    return state.game.receptacle_locations[receptacle] == state.location


def _can_open(state: State, receptacle: int, _: int) -> bool:
    return (
        receptacle in state.game.openable
        and receptacle not in state.opened
        and _is_here(state, receptacle)
    )


def _can_close(state: State, receptacle: int, _: int) -> bool:
    return receptacle in state.opened and _is_here(state, receptacle)


def _is_held(state: State, thing: int, _: int) -> bool:
    return state.held == thing


def _can_take(state: State, thing: int, receptacle: int) -> bool:
    return (
        state.held is None
        and _is_here(state, receptacle)
        and thing in state.contents[receptacle]
        and thing in state.game.pickupable
        and state.is_accessible(receptacle)
    )


def _can_move(state: State, thing: int, receptacle: int) -> bool:
    game = state.game
    return (
        state.held == thing
        and _is_here(state, receptacle)
        and state.is_accessible(receptacle)
        and game.object_types[thing] in game.fits.get(game.receptacle_types[receptacle], ())
    )


def _can_clean(state: State, thing: int, receptacle: int) -> bool:
    return (
        thing in state.game.cleanable
        and _is_held(state, thing, NOTHING)
        and _is_here(state, receptacle)
        and state.game.receptacle_types[receptacle] in SINKS
    )


def _can_heat(state: State, thing: int, receptacle: int) -> bool:
    return (
        thing in state.game.heatable
        and _is_held(state, thing, NOTHING)
        and _is_here(state, receptacle)
        and state.game.receptacle_types[receptacle] == "microwavetype"
    )


def _can_cool(state: State, thing: int, receptacle: int) -> bool:
    return (
        thing in state.game.coolable
        and _is_held(state, thing, NOTHING)
        and _is_here(state, receptacle)
        and state.game.receptacle_types[receptacle] == "fridgetype"
    )


def _can_use(state: State, thing: int, _: int) -> bool:
    # the receptacle may be closed
    return thing in state.game.toggleable and any(
        thing in state.contents[receptacle] for receptacle in state.here
    )


def _can_slice(state: State, thing: int, knife: int) -> bool:
    # what is sliced may be in a closed receptacle
    return (
        thing in state.game.sliceable
        and _is_held(state, knife, NOTHING)
        and state.game.object_types[knife] in KNIVES
        and (thing, state.location) in state.lying
    )


def _change_nothing(_: State, __: int, ___: int) -> None:
    pass


def _go_to(state: State, receptacle: int, _: int) -> None:
    state.location = state.game.receptacle_locations[receptacle]


def _open(state: State, receptacle: int, _: int) -> None:
    state.opened.add(receptacle)


def _close(state: State, receptacle: int, _: int) -> None:
    state.opened.remove(receptacle)


def _take(state: State, thing: int, receptacle: int) -> None:
    state.held = thing
    state.contents[receptacle].remove(thing)
    state.taken.add((thing, receptacle))
    state.lying.discard((thing, state.location))


def _move(state: State, thing: int, receptacle: int) -> None:
    state.held = None
    if thing not in state.contents[receptacle]:
        insort(state.contents[receptacle], thing)
    state.taken.discard((thing, receptacle))
    state.lying.add((thing, state.location))


def _clean(state: State, thing: int, _: int) -> None:
    state.clean.add(thing)


def _heat(state: State, thing: int, _: int) -> None:
    state.hot.add(thing)
    state.cool.discard(thing)


def _cool(state: State, thing: int, _: int) -> None:
    state.cool.add(thing)
    state.hot.discard(thing)


def _use(state: State, thing: int, _: int) -> None:
    state.switched_on.add(thing)


def _slice(state: State, thing: int, _: int) -> None:
    state.sliced.add(thing)


RULES: Mapping[Verb, Rule] = {
    Verb.LOOK: Rule(_alone, _always, _change_nothing),
    Verb.INVENTORY: Rule(_alone, _always, _change_nothing),
    Verb.HELP: Rule(_alone, _always, _change_nothing),
    Verb.GO_TO: Rule(_receptacles, _is_elsewhere, _go_to),
    Verb.OPEN: Rule(_receptacles_here, _can_open, _open),
    Verb.CLOSE: Rule(_receptacles_here, _can_close, _close),
    Verb.EXAMINE: Rule(_receptacles_here, _is_here, _change_nothing),
    Verb.EXAMINE_HELD: Rule(_held, _is_held, _change_nothing),
    Verb.TAKE: Rule(_contents_here, _can_take, _take),
    Verb.MOVE: Rule(_held_and_here, _can_move, _move),
    Verb.CLEAN: Rule(_held_and_here, _can_clean, _clean),
    Verb.HEAT: Rule(_held_and_here, _can_heat, _heat),
    Verb.COOL: Rule(_held_and_here, _can_cool, _cool),
    Verb.USE: Rule(_lamps_here, _can_use, _use),
    Verb.SLICE: Rule(_sliceable_and_held, _can_slice, _slice),
}
