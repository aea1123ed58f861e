"""The scripted model as a programmer: what it would do next, as a piece of code that looks at what it observes."""

import ast
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import NamedTuple, Protocol

from core.errors import ModelRefused
from core.rooms.plan import EXPLORE_PLAN
from core.task import TEXT_TASKS
from envs.text.alfworld.expert import Expert as HouseholdExpert
from envs.text.code import read_ended
from envs.text.functions import Function, find_call, functions_of
from envs.text.pddl.expert import Expert as PlanningExpert
from envs.text.pddl.plain import SITUATION
from envs.text.rooms_player import Expert as RoomsExpert

FENCE = "```python"
"""The system message of a conversation that wants code has it."""
MAX_CALLS = 12
"""In a piece of code for a household, searches aside."""
MAX_PLACES = 40
"""That a search looks at."""
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*?)\): (?P<result>[^\n]*)")
"""A call that `envs.text.code` lists."""
_EXPLORE = """\
for attempt in range(5):
    if "nothing new" not in explore():
        break"""
_LOOK_INTO = """\
def look_into(place):
    seen = go_to(place)
    return open(place) if "is closed" in seen else seen
"""
"""The search also works where a door has to be opened first."""


class Player(Protocol):
    """See `envs.text.scripted.Expert`; some players can also say what they are going to do."""

    def thought(self) -> str:
        """Why it acts as it does, in a sentence."""
        ...

    def observe(self, action: str, observation: str) -> None:
        """What came of an action, its own or not."""
        ...


class Piece(NamedTuple):
    """A piece of code, and what it is for in a sentence."""

    purpose: str
    code: str

    def as_answer(self, system: str) -> str:
        """As a language model writes it.

        Args:
            system: of the conversation; in the old syntax of ALFWorld things are put, not moved.
        """
        is_old = "put(" in system
        code = re.sub(r"\bmove\(", "put(", self.code) if is_old else self.code
        return f"{self.purpose}\n{FENCE}\n{code}\n```"


def next_piece(player: Player) -> Piece:
    """What a scripted player does next, as code.

    Raises:
        ModelRefused: it plays in a world whose actions are no functions.
    """
    if isinstance(player, RoomsExpert):
        return _for_rooms(player)
    if isinstance(player, PlanningExpert):
        return _for_planning(player)
    if isinstance(player, HouseholdExpert):
        return _for_household(player)
    raise ModelRefused(
        "the scripted model writes code for rooms, ALFWorld and robotic planning only"
    )


def one_call(player: Player, command: str) -> Piece:
    """A command as code."""
    return Piece("I try something.", as_code(_task(player), [command]))


def observe_code(player: Player, observation: str) -> None:
    """Tell a player what came of code, by an observation of `envs.text.code`."""
    if isinstance(player, HouseholdExpert):
        for command, result in read_calls(observation):
            player.observe(command, result)
    elif isinstance(player, PlanningExpert):
        situation = observation.rpartition("\n")[2]
        player.observe("", situation.removeprefix(f"{SITUATION} "))
    else:
        player.observe("", observation)


def _for_rooms(expert: RoomsExpert) -> Piece:
    plan = expert.plan()
    if plan == EXPLORE_PLAN:
        return Piece("Something that I need has not been found yet, so I explore.", _EXPLORE)
    return Piece(f"I {plan[0]} and go on from there.", as_code(_task(expert), map(str, plan)))


def _for_planning(expert: PlanningExpert) -> Piece:
    """The rest of the expert's plan."""
    purpose = "Nothing is hidden, so I can write down the whole way to what is asked."
    return Piece(purpose, as_code(expert.domain, expert.plan()))


def _for_household(expert: HouseholdExpert) -> Piece:
    """A search, or commands up to the next thing that has to be searched for."""
    imagined = deepcopy(expert)
    first = imagined.act()
    if not imagined.sought:
        purpose = "I know where things are, so I do what comes next."
        return Piece(purpose, "\n".join(_commands(imagined)))
    kinds = " or ".join(f"a {kind}" for kind in imagined.sought)
    purpose = f"I look for {kinds} where it is most likely, one place after the other."
    is_here = not first.startswith("go to ")
    return Piece(purpose, as_code(_task(expert), [first]) if is_here else _search(imagined))


def read_calls(observation: str) -> Iterator[tuple[str, str]]:
    """The commands in ALFWorld that an observation of `envs.text.code` lists, with their results."""
    functions = {function.name: function for function in _functions("alfworld")}
    functions["put"] = functions["move"]  # in the old syntax
    ended = read_ended(observation)
    refused = [] if ended is None else [f"{ended.place}: {ended.reason}"]
    for line in [*observation.split("\n"), *refused]:
        match = _CALL.fullmatch(line)
        if match is None or match["name"] not in functions:
            continue
        try:
            arguments = ast.literal_eval(f"[{match['arguments']}]")
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue  # not a call that was carried out, but a line of code
        function = functions[match["name"]]
        if len(arguments) == len(function.parameters):
            yield function.command(*arguments), match["result"]


def as_code(task: str, commands: Iterator[str] | Sequence[str]) -> str:
    """Commands as calls; calls of one function in a row as a loop.

    Args:
        task: of the world.
        commands: in order.
    """
    runs: list[tuple[Function, list[tuple[str, ...]]]] = []
    for command in commands:
        function, arguments = find_call(_functions(task), command)
        if runs and runs[-1][0] == function:
            runs[-1][1].append(arguments)
        else:
            runs.append((function, [arguments]))
    return "\n".join(_run(function, calls) for function, calls in runs)


def _run(function: Function, calls: Sequence[tuple[str, ...]]) -> str:
    if len(calls) == 1 or not function.parameters:
        return "\n".join(f"{function.name}({', '.join(map(_text, call))})" for call in calls)
    names = ", ".join(function.parameters)
    rows = [
        _text(*call) if len(call) == 1 else f"({', '.join(map(_text, call))})" for call in calls
    ]
    return f"for {names} in [{', '.join(rows)}]:\n    {function.name}({names})"


def _search(imagined: HouseholdExpert) -> str:
    """Look into one place after the other, in the expert's order, until a thing of the kind is seen."""
    places: list[str] = []
    kinds = imagined.sought
    while len(places) < MAX_PLACES:
        verb, place = split_command(imagined.act())
        if imagined.sought != kinds or verb != "go to":
            break
        places.append(place)
        imagined.observe(f"go to {place}", f"On the {place}, you see nothing.")
    found = " or ".join(f"{_text(f'a {kind} ')} in seen" for kind in kinds)
    listed = ", ".join(map(_text, places))
    return (
        f"{_LOOK_INTO}\nfor place in [{listed}]:\n    seen = look_into(place)\n"
        f"    if {found}:\n        break"
    )


def _commands(imagined: HouseholdExpert) -> Iterator[str]:
    """Calls in order, as far as it is known what they lead to."""
    for _ in range(MAX_CALLS):
        command = imagined.act()
        if imagined.sought:
            return
        verb, place = split_command(command)
        call = as_code("alfworld", [command])
        if verb == "go to" and not imagined.is_seen(place):
            yield f'seen = {call}\nif "is closed" in seen:\n    open({_text(place)})'
            imagined.observe(command, f"On the {place}, you see nothing.")
            continue
        yield call
        if verb in ("move", "use", "look"):
            return
        imagined.observe(command, imagined_result(command))


def imagined_result(command: str) -> str:
    """What a command is answered where all goes well, as far as the expert reads it."""
    words = command.split(" ")
    thing, place = " ".join(words[1:3]), " ".join(words[4:])
    if words[0] == "take":
        return f"You pick up the {thing} from the {place}."
    if words[0] in ("clean", "heat", "cool"):
        return f"You {words[0]} the {thing} using the {place}."
    if words[0] in ("open", "examine"):
        return f"The {thing} is open. In it, you see nothing."
    return ""


def split_command(command: str) -> tuple[str, str]:
    """``go to desk 1`` -> go to, desk 1; the first word of any other command, and the rest."""
    if command.startswith("go to "):
        return "go to", command.removeprefix("go to ")
    verb, _, rest = command.partition(" ")
    return verb, rest


def _task(player: Player) -> str:
    """A task of the player's world."""
    if isinstance(player, PlanningExpert):
        return player.domain
    return "alfworld" if isinstance(player, HouseholdExpert) else "SimpleDoorKey"


def _functions(task: str) -> tuple[Function, ...]:
    return functions_of(TEXT_TASKS[task])


def _text(text: str) -> str:
    """A text in code, always in double quotes."""
    return f'"{text}"'
