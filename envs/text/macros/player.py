"""The scripted agent with learned functions: each decision is one call, of an action or of a function."""

from core.errors import ModelRefused
from core.task import TEXT_TASKS
from envs.text.alfworld.expert import Expert as HouseholdExpert
from envs.text.functions import functions_of
from envs.text.macros import planning, sequences
from envs.text.macros.patterns import library_in
from envs.text.macros.traces import Call
from envs.text.pddl.expert import Expert as PlanningExpert
from envs.text.rooms_player import Expert as RoomsExpert
from envs.text.scripted_code import Piece, Player

EXAMPLE_CALLS = 3
"""In an example of the use of functions, or more."""


def next_decision(player: Player, system: str) -> Piece:
    """What a scripted player does next, as one call.

    Args:
        player: has observed the episode so far.
        system: the system message, which lists the functions.

    Raises:
        ModelRefused: it plays in a world whose actions are no functions.
    """
    return Piece(player.thought(), str(next_call(player, library_in(system))))


def example_of(player: Player, source: str) -> Piece:
    """How the functions of a library are called: the first calls of a player, one of them of a function at least.

    Without such a call there is no code.
    """
    calls = (
        planning.all_calls(player, source)
        if isinstance(player, PlanningExpert)
        else [next_call(player, source)]
    )
    learned = [number for number, call in enumerate(calls) if f"def {call.name}(" in source]
    end = max(learned[0] + 1, EXAMPLE_CALLS) if learned else 0
    return Piece("This is how I begin.", "\n".join(map(str, calls[:end])))


def next_call(player: Player, source: str) -> Call:
    """The call with which a scripted player gets furthest.

    Args:
        player: has observed the episode so far.
        source: of a library.

    Raises:
        ModelRefused: it plays in a world whose actions are no functions.
    """
    if isinstance(player, PlanningExpert):
        return planning.next_call(player, source)
    if isinstance(player, HouseholdExpert):
        functions = functions_of(TEXT_TASKS["alfworld"])
        steps = sequences.household_steps(player, functions)
        return sequences.next_call(steps, functions, source)
    if isinstance(player, RoomsExpert):
        functions = functions_of(TEXT_TASKS["SimpleDoorKey"])
        plan = [sequences.Expected(sequences.as_call(functions, str(one))) for one in player.plan()]
        return sequences.next_call(plan, functions, source)
    raise ModelRefused(
        "the scripted model calls functions in rooms, ALFWorld and robotic planning only"
    )
