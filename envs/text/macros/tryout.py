"""Trying functions out before they are called: in the sandbox, on an imagined copy of what is known of the world."""

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from core.library import LAST_OBSERVATION
from envs.text.functions import Function
from sandbox.action import Action, Stop
from sandbox.box import Box

MAX_CALLS = 100_000
"""Of actions, in all that is tried for one episode."""


class ImaginedWorld(Protocol):
    """A world as a player imagines it."""

    @property
    def observation(self) -> str:
        """What was read last."""
        ...

    @property
    def is_over(self) -> bool:
        """Whether the episode would end here."""
        ...

    def act(self, name: str, arguments: tuple[str, ...]) -> bool:
        """Carry out an action; returns whether it is possible."""
        ...


class Tryout:
    """A library in a box, whose calls are tried out in imagined worlds.

    Args:
        functions: actions of the world.
        source: of the library.
    """

    def __init__(self, functions: Sequence[Function], source: str) -> None:
        self._world: ImaginedWorld | None = None
        actions = {
            function.name: Action(function.parameters, partial(self._act, function.name))
            for function in functions
        }
        actions[LAST_OBSERVATION] = Action((), self._look)
        self._box = Box(actions, MAX_CALLS)
        self._box.run(source)

    def close(self) -> None:
        """End the interpreter."""
        self._box.close()

    def succeeds(self, code: str, world: ImaginedWorld) -> bool:
        """Whether code runs to its end, or to the end of the episode, in a world, which it changes."""
        self._world = world
        return not self._box.run(code).error

    def _act(self, name: str, *words: object) -> str:
        world = self._world
        assert world is not None
        if not world.act(name, tuple(map(str, words))):
            raise Stop("not possible")
        if world.is_over:
            raise Stop("", world.observation)
        return world.observation

    def _look(self) -> str:
        assert self._world is not None
        return self._world.observation
