"""The scripted agent with learned functions: each decision is one call, of an action or of a function."""

import re

from core.errors import ModelRefused
from core.library import LEARNED_HEADING
from core.task import TEXT_TASKS
from envs.text.alfworld.expert import Expert as HouseholdExpert
from envs.text.functions import functions_of
from envs.text.macros import planning, sequences
from envs.text.macros.traces import Call
from envs.text.pddl.expert import Expert as PlanningExpert
from envs.text.rooms_player import Expert as RoomsExpert
from envs.text.scripted_code import Piece, Player

_LEARNED = re.compile(
    rf"{re.escape(LEARNED_HEADING)}\n```python\n(?P<source>.*?)^```", re.DOTALL | re.MULTILINE
)


def next_decision(player: Player, system: str) -> Piece:
    """What a scripted player does next, as one call.

    Args:
        player: has observed the episode so far.
        system: the system message, which lists the functions.

    Raises:
        ModelRefused: it plays in a world whose actions are no functions.
    """
    call = _next_call(player, library_in(system))
    return Piece(player.thought(), str(call))


def library_in(system: str) -> str:
    """The source of the functions that a system message lists; empty if there are none."""
    match = _LEARNED.search(system)
    return match["source"] if match is not None else ""


def _next_call(player: Player, source: str) -> Call:
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
