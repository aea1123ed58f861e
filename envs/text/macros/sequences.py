"""Calls of learned functions where a player knows its next actions in order, and what to expect of them."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from copy import deepcopy
from typing import NamedTuple

from envs.text.alfworld.expert import OPENABLE, kind_of
from envs.text.alfworld.expert import Expert as HouseholdExpert
from envs.text.functions import Function, find_call
from envs.text.macros.patterns import Line, bind, read_patterns
from envs.text.macros.traces import Call
from envs.text.macros.tryout import Tryout
from envs.text.scripted_code import MAX_CALLS, imagined_result, split_command

MAX_TRIED = 5
"""Calls that are tried out for one decision."""

TOOL_VERBS = ("clean", "heat", "cool")
"""What is done with a closed receptacle, too."""


class Expected(NamedTuple):
    """An action that a player is going to carry out.

    Attributes:
        call: of the action.
        result: what it expects to read then.
        is_sure: otherwise it may turn out not to be needed.
    """

    call: Call
    result: str = ""
    is_sure: bool = True


class ImaginedSequence:
    """A world in which only the expected actions are possible; see `envs.text.macros.tryout.ImaginedWorld`.

    Attributes:
        observation: what was read last.
        num_done: how many of the expected actions were carried out, or passed over as not needed.
    """

    is_over = False

    def __init__(self, expected: Sequence[Expected]) -> None:
        self.observation = ""
        self.num_done = 0
        self._expected = expected

    def act(self, name: str, arguments: tuple[str, ...]) -> bool:
        """Carry out an action."""
        for number in range(self.num_done, len(self._expected)):
            call, result, is_sure = self._expected[number]
            if call == (name, arguments):
                self.observation, self.num_done = result, number + 1
                return True
            if is_sure:
                return False
        return False


def next_call(expected: Sequence[Expected], functions: Sequence[Function], source: str) -> Call:
    """The call with most of the expected actions.

    Args:
        expected: at least one action, the first one sure.
        functions: actions of the world.
        source: of the library.
    """
    calls: dict[Call, int] = {}
    for pattern in read_patterns(source, [function.name for function in functions]):
        for values, number in _bindings(expected, pattern.lines, {}):
            if len(values) == len(pattern.parameters):
                words = tuple(values[name] for name in pattern.parameters)
                calls.setdefault(Call(pattern.name, words), number)
    best = sorted((call for call in calls if calls[call] > 1), key=calls.__getitem__, reverse=True)
    if best:
        with closing(Tryout(functions, source)) as tryout:
            for call in best[:MAX_TRIED]:
                world = ImaginedSequence(expected)
                if tryout.succeeds(str(call), world) and world.num_done:
                    return call
    return expected[0].call


def _bindings(
    expected: Sequence[Expected], lines: Sequence[Line], values: Mapping[str, str]
) -> Iterator[tuple[Mapping[str, str], int]]:
    """Values of parameters with which lines are the expected actions, and how many of them."""
    if not lines:
        yield values, 0
        return
    line, *others = lines
    if expected and expected[0].call.name == line.name:
        bound = bind(line, expected[0].call.arguments, values)
        if bound is not None and (expected[0].is_sure or line.is_optional):
            for found, number in _bindings(expected[1:], others, bound):
                yield found, number + 1
    if line.is_optional:
        yield from _bindings(expected, others, values)


def household_steps(expert: HouseholdExpert, functions: Sequence[Function]) -> list[Expected]:
    """What a player of ALFWorld is going to do, as far as it is known what it leads to.

    While it searches, this is one place after the other, as if nothing were found.
    """
    return list(_household_steps(deepcopy(expert), functions))


def _household_steps(
    imagined: HouseholdExpert, functions: Sequence[Function]
) -> Iterator[Expected]:
    command = imagined.act()
    searches = bool(imagined.sought)
    for _ in range(MAX_CALLS):
        verb, place = split_command(command)
        is_new = verb == "go to" and not imagined.is_seen(place)
        result = f"On the {place}, you see nothing." if is_new else imagined_result(command)
        yield Expected(as_call(functions, command), result)
        if verb in ("move", "use", "look"):
            return
        imagined.observe(command, result)
        command = imagined.act()
        if is_new and kind_of(place) in OPENABLE and split_command(command)[0] not in TOOL_VERBS:
            yield Expected(as_call(functions, f"open {place}"), result, is_sure=False)
        if bool(imagined.sought) != searches:
            return


def as_call(functions: Sequence[Function], command: str) -> Call:
    """The call of a command; see `envs.text.functions.find_call`."""
    function, arguments = find_call(functions, command)
    return Call(function.name, arguments)
