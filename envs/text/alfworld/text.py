"""What is said and what is understood: commands and observations in the new and the old syntax."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum

from envs.text.alfworld.games import Game
from envs.text.alfworld.rules import NOTHING, Command, Verb
from envs.text.alfworld.state import State

NOTHING_HAPPENS = "Nothing happens."
TITLE = "-= Welcome to TextWorld, ALFRED! =-"
TASK_PREFIX = "Your task is to: "
HELP = """\
Available commands:
  look:                             look around your current location
  inventory:                        check your current inventory
  go to (receptacle):               move to a receptacle
  open (receptacle):                open a receptacle
  close (receptacle):               close a receptacle
  take (object) from (receptacle):  take an object from a receptacle
  move (object) to (receptacle):  place an object in or on a receptacle
  examine (something):              examine a receptacle or an object
  use (object):                     use an object
  heat (object) with (receptacle):  heat an object using a receptacle
  clean (object) with (receptacle): clean an object using a receptacle
  cool (object) with (receptacle):  cool an object using a receptacle
  slice (object) with (object):     slice an object using a sharp object
"""


class Syntax(StrEnum):
    """How the world speaks.

    ``new`` is ALFWorld 0.4: ``move X to Y``. ``old`` is what came before, and most published prompts are
    written in it: ``put X in/on Y``, ``You arrive at loc 12.``, no help.
    """

    NEW = "new"
    OLD = "old"


_NEW_WORDS = {
    Verb.LOOK: ("look", ""),
    Verb.INVENTORY: ("inventory", ""),
    Verb.HELP: ("help", ""),
    Verb.GO_TO: ("go to", ""),
    Verb.OPEN: ("open", ""),
    Verb.CLOSE: ("close", ""),
    Verb.EXAMINE_HELD: ("examine", ""),
    Verb.EXAMINE: ("examine", ""),
    Verb.TAKE: ("take", "from"),
    Verb.MOVE: ("move", "to"),
    Verb.CLEAN: ("clean", "with"),
    Verb.HEAT: ("heat", "with"),
    Verb.COOL: ("cool", "with"),
    Verb.USE: ("use", ""),
    Verb.SLICE: ("slice", "with"),
}
_OLD_WORDS = {**_NEW_WORDS, Verb.MOVE: ("put", "in/on")}
del _OLD_WORDS[Verb.HELP]
_WORDS: Mapping[Syntax, Mapping[Verb, tuple[str, str]]] = {
    Syntax.NEW: _NEW_WORDS,
    Syntax.OLD: _OLD_WORDS,
}
"""The words before and between the names."""
_MOVE_WORDS = {
    (word, preposition): Verb.MOVE
    for word in ("move", "put")
    for preposition in ("to", "in/on", "in", "on", "into", "onto")
}
_READINGS = {
    (syntax, strict): {
        **({} if strict else _MOVE_WORDS),
        **{spelling: verb for verb, spelling in words.items()},
    }
    for syntax, words in _WORDS.items()
    for strict in (True, False)
}
_NUM_NAMES = {
    verb: 2 if preposition else 0 if verb in (Verb.LOOK, Verb.INVENTORY, Verb.HELP) else 1
    for verb, (_, preposition) in _NEW_WORDS.items()
}
_RECEPTACLE_FIRST = (Verb.GO_TO, Verb.OPEN, Verb.CLOSE, Verb.EXAMINE)
_NAME = r"(\S+ \d+)"
_COMMAND = re.compile(rf"(go to|[a-z]+)(?: {_NAME}(?: (\S+) {_NAME})?)?")


def read_command(game: Game, text: str, syntax: Syntax, *, strict: bool) -> Command | None:
    """The command that a text is, whether or not it can be carried out now; None if it is none.

    Args:
        game: knows the names.
        text: what the agent wrote.
        syntax: how the world speaks.
        strict: accept only the spelling of `command_text`, blanks around it aside. Otherwise upper case,
            more blanks, a final period and the other syntax for moving an object are accepted, too.
    """
    text = text.strip() if strict else " ".join(text.lower().split()).rstrip(". ")
    match = _COMMAND.fullmatch(text)
    if match is None:
        return None
    word, first, preposition, second = match.groups()
    verb = _READINGS[syntax, strict].get((word, preposition or ""))
    if verb is Verb.EXAMINE and first in game.object_of:
        verb = Verb.EXAMINE_HELD
    if verb is None or _NUM_NAMES[verb] != (first is not None) + (second is not None):
        return None
    firsts = game.receptacle_of if verb in _RECEPTACLE_FIRST else game.object_of
    seconds = game.object_of if verb is Verb.SLICE else game.receptacle_of
    if first is None:
        return Command(verb)
    if first not in firsts or (second is not None and second not in seconds):
        return None
    return Command(verb, firsts[first], NOTHING if second is None else seconds[second])


def command_text(game: Game, command: Command, syntax: Syntax) -> str:
    """A command as the world spells it.

    Raises:
        KeyError: the syntax has no such command.
    """
    verb, first, second = command
    word, preposition = _WORDS[syntax][verb]
    if first == NOTHING:
        return word
    text = f"{word} {(game.receptacles if verb in _RECEPTACLE_FIRST else game.objects)[first]}"
    if second == NOTHING:
        return text
    return (
        f"{text} {preposition} {(game.objects if verb is Verb.SLICE else game.receptacles)[second]}"
    )


def command_forms(syntax: Syntax) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each form of a command once: its text with ``{}`` for each name, and what the names are of."""
    for verb, (word, preposition) in _WORDS[syntax].items():
        if verb is Verb.EXAMINE_HELD:
            continue  # written as `Verb.EXAMINE` is
        if not _NUM_NAMES[verb]:
            yield word, ()
        elif not preposition:
            what = "thing" if verb in (Verb.EXAMINE, Verb.USE) else "receptacle"
            yield f"{word} {{}}", (what,)
        else:
            second = "knife" if verb is Verb.SLICE else "receptacle"
            yield f"{word} {{}} {preposition} {{}}", ("thing", second)


def command_texts(game: Game, commands: Iterable[Command], syntax: Syntax) -> list[str]:
    """Commands as the world spells them, sorted, each once; without those that the syntax lacks."""
    words = _WORDS[syntax]
    return sorted(
        {command_text(game, command, syntax) for command in commands if command.verb in words}
    )


def introduction(game: Game) -> str:
    """The first observation: all receptacles, and the task."""
    seen = listed([f"a {name}" for name in game.receptacles])
    room = f"You are in the middle of a room. Looking quickly around you, you see {seen}."
    return f"{TITLE}\n\n{room}\n\n{TASK_PREFIX}{game.task}"


def outcome(state: State, command: Command, syntax: Syntax) -> str:
    """What an agent reads after a command that was carried out, in the state that it led to."""
    verb, first, second = command
    game = state.game
    if verb in _RECEPTACLE_FIRST:
        name, other = game.receptacles[first], ""
    else:
        name = "" if first == NOTHING else game.objects[first]
        others = game.objects if verb is Verb.SLICE else game.receptacles
        other = "" if second == NOTHING else others[second]
    if verb in _SENTENCES:
        return _SENTENCES[verb].format(name, other)
    if verb is Verb.MOVE and syntax is Syntax.OLD:
        return f"You put the {name} in/on the {other}."
    if verb is Verb.MOVE:
        return f"You move the {name} to the {other}."
    if verb is Verb.GO_TO:
        # locations are numbered like everything else: the last one gets 1
        is_new = syntax is Syntax.NEW
        place = name if is_new else f"loc {game.num_locations - state.location}"
        return f"You arrive at {place}. {_describe_receptacle(state, first)}"
    return _DESCRIPTIONS[verb](state, first)


_SENTENCES = {
    Verb.HELP: HELP,
    Verb.CLOSE: "You close the {}.",
    Verb.TAKE: "You pick up the {} from the {}.",
    Verb.CLEAN: "You clean the {} using the {}.",
    Verb.HEAT: "You heat the {} using the {}.",
    Verb.COOL: "You cool the {} using the {}.",
    Verb.USE: "You turn on the {}.",
    Verb.SLICE: "You sliced the {} with the {}.",
}


def listed(names: Sequence[str]) -> str:
    """As in "a mug 1, a pen 2, and a pen 1"."""
    if len(names) > 1:
        return f"{', '.join(names[:-1])}, and {names[-1]}"
    return names[0] if names else "nothing"


def _describe_receptacle(state: State, receptacle: int) -> str:
    game = state.game
    name = game.receptacles[receptacle]
    if not state.is_accessible(receptacle):
        return f"The {name} is closed."
    seen = listed([f"a {game.objects[thing]}" for thing in state.contents[receptacle]])
    if receptacle in game.openable:
        return f"The {name} is open. In it, you see {seen}."
    return f"On the {name}, you see {seen}."


def _describe_object(state: State, thing: int) -> str:
    game = state.game
    name = game.objects[thing]
    if thing in game.vessels:
        # what is in it in the problem file, even if it was taken out
        inside = [f"a {game.objects[inner]}" for inner, outer in game.nested if outer == thing]
        return f"This is a normal {name}. In it, you see {listed(inside)}."
    is_clean, is_sliced = thing in state.clean, thing in state.sliced
    temperature = "hot" if thing in state.hot else "cool" if thing in state.cool else ""
    if temperature == "cool" and not is_clean and not is_sliced:
        temperature = "cold"
    words = " and ".join(word for word in (temperature, "clean" if is_clean else "") if word)
    words = " ".join(word for word in (words, "sliced" if is_sliced else "") if word)
    return f"This is a {words} {name}." if words else f"There's nothing special about {name}."


def _open(state: State, receptacle: int) -> str:
    opened = f"You open the {state.game.receptacles[receptacle]}."
    return f"{opened} {_describe_receptacle(state, receptacle)}"


def _inventory(state: State, _: int) -> str:
    if state.held is None:
        return "You are not carrying anything."
    return f"You are carrying: a {state.game.objects[state.held]}."


def _look(state: State, _: int) -> str:
    game, here = state.game, state.here
    if not here:
        return "You are in the middle of a room. Looking quickly around you, you see nothing."
    # an object is beside a receptacle if it was taken out of it and lies at the same location
    lying = sorted(thing for thing, location in state.lying if location == state.location)
    beside = [
        f"a {game.objects[thing]}"
        for thing in lying
        for receptacle in here
        if (thing, receptacle) in state.taken
    ]
    faced = listed([game.receptacles[receptacle] for receptacle in here])
    return f"You are facing the {faced}. Next to it, you see {listed(beside)}."


_DESCRIPTIONS: Mapping[Verb, Callable[[State, int], str]] = {
    Verb.LOOK: _look,
    Verb.INVENTORY: _inventory,
    Verb.OPEN: _open,
    Verb.EXAMINE: _describe_receptacle,
    Verb.EXAMINE_HELD: _describe_object,
}
