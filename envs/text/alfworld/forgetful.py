"""A scripted player with one systematic error: it often brings a thing without cleaning, heating or cooling it."""

import random
from dataclasses import replace

from envs.text.alfworld.expert import Expert, kind_of

FORGETS = 0.65
"""Probability of the error: more than one half, so that whoever imitates it most often errs, too."""


class Forgetful(Expert):
    """Plays one episode, knowing only the texts: as `Expert` does, but for its error.

    Once it has brought the thing, it thinks that it is done and only looks around.

    Args:
        introduction: the first observation.
        rng: draws whether it errs.

    Raises:
        ValueError: it is not the first observation of a game of ALFWorld.
    """

    def __init__(self, introduction: str, rng: random.Random) -> None:
        super().__init__(introduction)
        self._forgets = bool(self._task.verb) and rng.random() < FORGETS
        if self._forgets:
            self._task = replace(self._task, verb="")
        self._is_done = False

    def act(self) -> str:
        """The next command."""
        return "look" if self._is_done else super().act()

    def thought(self) -> str:
        """Why `act` chooses its command."""
        return "I have done what I was asked for." if self._is_done else super().thought()

    def observe(self, command: str, observation: str) -> None:
        """Update what is known with the answer to a command, its own or not."""
        held = self._held
        super().observe(command, observation)
        has_brought = kind_of(held) == self._task.thing and not self._held
        self._is_done |= self._forgets and has_brought
