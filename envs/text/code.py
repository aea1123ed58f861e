"""Text worlds whose action is a piece of code, which calls the actions of the world as functions."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import gymnasium

from envs.text.functions import Function
from sandbox.box import Action, Box, Call, Ran, Stop

MAX_CALLS_SHOWN = 50
"""Calls of one piece of code that the observation lists, the last ones."""
ENDED = "The code ended early:"
CARRIED_OUT = "Carried out:"
PRINTED = "Printed:"


class CodeEnv(gymnasium.Env[str, str]):
    """A text world in which one step runs a piece of code.

    Description:
        The code calls the world's actions (`envs.text.functions`); each call is a step of the world and
        returns what was observed. What the code defines is there in the next step. The code ends at the first
        action that the world refuses.

    Observation Space:
        Text: the calls, with the first line of what each returned unless the last observation says it all; what
        the code printed; in which line it ended, and why; the last line of the world's last observation.

    Info:
        The world's after its last step. ``is_valid``: the code ran to its end, or the episode has ended;
        ``primitive_steps``: the sum over the calls.

    Termination:
        With the world; truncated, too, when no calls are left.

    Args:
        world: what is played.
        functions: the world's actions.
        max_primitives: number of calls in an episode.
        repeats_all: every observation of the world says all that is true, so only the last one is shown.
    """

    def __init__(
        self,
        world: gymnasium.Env[str, str],
        functions: Sequence[Function],
        max_primitives: int,
        *,
        repeats_all: bool = False,
    ) -> None:
        self.observation_space = world.observation_space
        self.action_space = world.action_space
        self._world = world
        self._actions = {
            function.name: Action(function.parameters, partial(self._act, function))
            for function in functions
        }
        self._max_primitives = max_primitives
        self._repeats_all = repeats_all
        self._box: Box | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Begin an episode of the world, with a new box."""
        self.close_box()
        self._box = Box(self._actions, self._max_primitives)
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
        parts = []
        calls = ran.calls[-MAX_CALLS_SHOWN:]
        if self._repeats_all and calls:
            parts.append(f"{CARRIED_OUT} {'; '.join(map(str, calls))}.")
        elif not self._repeats_all:
            parts += [f"{call}: {_first_line(call)}" for call in calls]
        if not (ran.calls or ran.error):
            parts.append("The code has called no action.")
        if ran.printed:
            parts.append(f"{PRINTED}\n{ran.printed.rstrip()}")
        if ran.error:
            parts.append(f"{ENDED} {ran.error}")
        before, _, situation = self._observation.rpartition("\n")
        if before or self._repeats_all:  # otherwise the one line was shown with its call
            parts.append(situation)
        return "\n".join(parts)


def _first_line(call: Call) -> str:
    """The first line of what a call returned."""
    return call.result.partition("\n")[0]
