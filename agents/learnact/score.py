"""How a library did in the training cases: its score, its first failure, and its unused functions.

All of it follows from the episodes. A decision calls a function if its code does so by name, and the call is
successful if the code ran to its end.
"""

import ast
from collections.abc import Sequence
from dataclasses import replace

from agents.learnact.learner.source import loaded
from core.candidate import Failure, Score
from core.episode import Episode
from core.library import Library
from envs.text.code import Ended, read_ended
from envs.text.coding.python_text import called_in


def score_of(episodes: Sequence[Episode], library: Library) -> Score:
    """The terms of the score (see `core.candidate.Score`)."""
    steps = [step for episode in episodes for step in episode.steps]
    calls = [step for step in steps if _functions_in(step.action, library)]
    return Score(
        len(steps),
        len(calls),
        sum(step.is_valid for step in calls),
        sum(episode.success for episode in episodes) / len(episodes),
    )


def first_failure(episodes: Sequence[Episode], library: Library) -> Failure | None:
    """The first decision in which a function of the library failed; None without one."""
    for episode in episodes:
        for step, observation in zip(episode.steps, episode.results, strict=True):
            ended = None if step.is_valid else read_ended(observation)
            function = _failed_in(ended, step.action, library) if ended is not None else ""
            if function:
                return Failure(episode.case, function, step.action, observation)
    return None


def _failed_in(ended: Ended, code: str, library: Library) -> str:
    """The function that failed; empty if it was none.

    Code that calls a function in a wrong way, for example with too few arguments, has ended outside of it.
    """
    if ended.function:
        return ended.function if ended.function in library.names else ""
    called = _functions_in(ended.place or code, library)
    return next((name for name in library.names if name in called), "")


def without_unused(library: Library, episodes: Sequence[Episode]) -> Library:
    """The functions that were called with success, and those that these call.

    The published code has this step without effect: there every function that was edited counts as used.
    """
    wanted = {
        name
        for episode in episodes
        for step in episode.steps
        if step.is_valid
        for name in _functions_in(step.action, library)
    }
    uses = {function.name: loaded(ast.parse(function.source)) for function in library.functions}
    while more := {name for caller in wanted for name in uses.keys() & uses[caller]} - wanted:
        wanted |= more
    functions = tuple(function for function in library.functions if function.name in wanted)
    is_whole = len(functions) == len(library.functions)
    return library if is_whole else replace(library, functions=functions, example="")


def _functions_in(code: str, library: Library) -> frozenset[str]:
    """The functions of a library that code calls by name."""
    return called_in(code).intersection(library.names)
