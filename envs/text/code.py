"""Text worlds whose action is a piece of code, which calls the actions of the world as functions."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import gymnasium

from core.library import LAST_OBSERVATION, Library
from envs.text.functions import Function
from sandbox.action import Action, Call, Stop
from sandbox.box import Box
from sandbox.places import read_error
from sandbox.run import Ran

MAX_CALLS_SHOWN = 50
"""Calls of one piece of code that the observation lists, the last ones."""
ENDED = "The code ended early:"
CARRIED_OUT = "Carried out:"
PRINTED = "Printed:"
RETURNED = "Returned:"
MAX_RETURNED = 300
"""Characters that are shown of what the last line returned."""
_NO_FUNCTIONS = Library()


class Ended(NamedTuple):
    """Where and why code ended early.

    Attributes:
        function: of the library, the innermost one that it was in; empty: it was in none.
        line: of that function, or of the code; 0 if it is not known.
        place: what stands there: the line, or the action with its arguments.
        reason: what was wrong.
    """

    function: str
    line: int
    place: str
    reason: str


def read_ended(observation: str) -> Ended | None:
    """What an observation of `CodeEnv` says about the code's early end; None if it ran to its end."""
    lines = [line for line in observation.split("\n") if line.startswith(ENDED)]
    if not lines:
        return None
    place, reason = read_error(lines[-1].removeprefix(ENDED).strip())
    return Ended(place.function, place.line, place.text, reason)


class CodeEnv(gymnasium.Env[str, str]):
    """A text world in which one step runs a piece of code.

    Description:
        The code calls the world's actions (`envs.text.functions`); each call is a step of the world and
        returns what was observed. What the code defines is there in the next step. The code ends at the first
        action that the world refuses. Beside the actions there are the functions of a library, and
        ``last_observation()``, which is free.

    Observation Space:
        Text: the calls, with the first line of what each returned unless the last observation says it all; what
        the code printed; what a function of the library returned to the last line, if that is not shown
        elsewhere; where it ended early, and why; the last line of the world's last observation.

    Info:
        The world's after its last step. ``is_valid``: the code ran to its end, or the episode has ended;
        ``primitive_steps``: the sum over the calls.

    Termination:
        With the world; truncated, too, when no calls are left.

    Args:
        world: what is played.
        functions: the world's actions.
        max_primitives: number of calls in an episode.
        library: functions that every episode begins with.
        repeats_all: every observation of the world says all that is true, so only the last one is shown.
    """

    def __init__(
        self,
        world: gymnasium.Env[str, str],
        functions: Sequence[Function],
        max_primitives: int,
        *,
        library: Library = _NO_FUNCTIONS,
        repeats_all: bool = False,
    ) -> None:
        self.observation_space = world.observation_space
        self.action_space = world.action_space
        self._world = world
        self._actions = {
            function.name: Action(function.parameters, partial(self._act, function))
            for function in functions
        }
        self._actions[LAST_OBSERVATION] = Action((), lambda: self._observation, is_free=True)
        self._library = _sources(library)
        self._max_primitives = max_primitives
        self._repeats_all = repeats_all
        self._box: Box | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin an episode of the world, with a new box."""
        self.close_box()
        self._box = Box(self._actions, self._max_primitives, library=self._library)
        self._observation, self._info = self._world.reset(seed=seed, options=options)
        self._terminated = self._truncated = False
        return self._observation, self._info

    def step(self, code: str) -> tuple[str, float, bool, bool, dict[str, Any]]:
        """Run code to its end, to the first refused action, or to the end of the episode."""
        assert self._box is not None
        self._reward, self._primitive_steps = 0.0, 0
        ran = self._box.run(code)
        if not self._box.steps_left and not self._terminated:
            self._truncated = True
        info = {
            **self._info,
            "is_valid": not ran.error,
            "primitive_steps": self._primitive_steps,
        }
        return self._describe(ran), self._reward, self._terminated, self._truncated, info

    def close(self) -> None:
        """End the box and the world."""
        self.close_box()
        self._world.close()

    def close_box(self) -> None:
        """End the interpreter of the last episode."""
        if self._box is not None:
            self._box.close()
            self._box = None

    def _act(self, function: Function, *words: object) -> str:
        """A step of the world; raises `Stop` if it was refused, or was the last one."""
        observation, reward, self._terminated, self._truncated, self._info = self._world.step(
            function.command(*words)
        )
        self._reward += float(reward)
        self._primitive_steps += int(self._info.get("primitive_steps", 1))
        if not self._info["is_valid"]:
            raise Stop(observation.partition("\n")[0])
        self._observation = observation
        if self._terminated or self._truncated:
            raise Stop("", observation)
        return observation

    def _describe(self, ran: Ran) -> str:
        if not self._library:
            ran = replace(ran, value="")
        return describe(ran, self._observation, repeats_all=self._repeats_all)


def describe(ran: Ran, observation: str, *, repeats_all: bool) -> str:
    """What became of a piece of code, see `CodeEnv`.

    Args:
        ran: the code.
        observation: the last one of the world.
        repeats_all: it says all that is true.
    """
    parts = []
    calls = ran.calls[-MAX_CALLS_SHOWN:]
    if repeats_all and calls:
        parts.append(f"{CARRIED_OUT} {'; '.join(map(str, calls))}.")
    elif not repeats_all:
        parts += [f"{call}: {_first_line(call)}" for call in calls]
    if not (ran.calls or ran.error):
        parts.append("The code has called no action.")
    if ran.printed:
        # no line of it is taken for an early end
        printed = f"{PRINTED}\n{ran.printed.rstrip()}"
        parts.append(printed.replace(f"\n{ENDED}", f"\n {ENDED}"))
    before, _, situation = observation.rpartition("\n")
    shown = {situation, *map(_first_line, calls), *ran.printed.split("\n")}
    if ran.value and not shown.issuperset(ran.value.split("\n")):
        parts.append(f"{RETURNED} {' '.join(ran.value.split())[:MAX_RETURNED]}")
    if ran.error:
        parts.append(f"{ENDED} {ran.error}")
    if before or repeats_all:  # otherwise the one line was shown with its call
        parts.append(situation)
    return "\n".join(parts)


def _first_line(call: Call) -> str:
    """The first line of what a call returned."""
    return call.result.partition("\n")[0]


def _sources(library: Library) -> dict[str, str]:
    """The functions by their names, after what they share."""
    shared = {"": library.preamble} if library.preamble else {}
    return shared | {function.name: function.source for function in library.functions}
