"""Calls in an answer, tried out in a training case before the functions are used; the world is a fresh copy."""

from collections.abc import Sequence
from contextlib import closing
from typing import Any

import gymnasium

from core.library import Library
from envs.text.code import ENDED, CodeEnv
from envs.text.functions import Function
from runner.player import Case
from runner.text import TextEnv


def rehearse(
    world: TextEnv,
    case: Case,
    functions: Sequence[Function],
    library: Library,
    usage: str,
    max_primitives: int,
) -> str:
    """The error of lines that call functions of a library; empty without one.

    An action that the world refuses is no error.

    Args:
        world: played here and closed; nothing else plays it.
        case: of the world.
        functions: the actions of the world.
        library: the functions.
        usage: the lines, as Python.
        max_primitives: number of actions that the lines may carry out.
    """
    watched = _Watched(world)
    with closing(CodeEnv(watched, functions, max_primitives, library=library)) as env:
        env.reset(options={"case": case})
        observation, _, _, _, info = env.step(usage)
    if info["is_valid"] or not watched.is_valid:
        return ""
    return observation.rpartition(f"{ENDED} ")[2].partition("\n")[0]


class _Watched(gymnasium.Wrapper[str, str, str, str]):
    """A world that remembers whether it has refused its last action."""

    is_valid = True

    def step(self, action: str) -> tuple[str, Any, bool, bool, dict[str, Any]]:
        """A step of the world."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.is_valid = bool(info["is_valid"])
        return observation, reward, terminated, truncated, info
