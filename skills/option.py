"""What a skill is: something that starts on a sub-goal and then acts step by step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from minigrid.core.actions import Actions

from core.rooms.plan import ObjectName, SubGoal
from core.rooms.view import GridView, Position

Locate = Callable[[ObjectName], Position | None]
"""Where an object was last seen, or None if it never was."""


class Option(Protocol):
    """A sub-goal that is being carried out."""

    def step(self, view: GridView) -> tuple[Actions, bool]:
        """The next primitive action, and whether it is this option's last."""
        ...


@dataclass(slots=True)
class Sweep:
    """How far a walk along the walls has got; it outlives a new plan (see `skills.explore`)."""

    pending: list[Actions] = field(default_factory=list)
    reached_corner: bool = False


@dataclass(slots=True)
class SkillContext:
    """What an option may use besides the view.

    Attributes:
        locate: where an object was last seen.
        rng: the episode's own generator, for turns that are left to chance.
        view_size: how many cells ahead the agent sees, its own included.
        sweep: the progress of exploring; options that walk elsewhere set it to None.
    """

    locate: Locate
    rng: np.random.Generator
    view_size: int
    sweep: Sweep | None = None


OptionFactory = Callable[[SubGoal, GridView, SkillContext], Option | None]
"""Starts a skill; None where it cannot start or has nothing left to do."""


@dataclass(slots=True)
class ActionSequence:
    """An option that is a list of actions, known from the start (at least one)."""

    actions: list[Actions]

    def step(self, view: GridView) -> tuple[Actions, bool]:  # noqa: ARG002 the list is enough
        """The next action of the list."""
        return self.actions.pop(0), not self.actions


def turns(direction: int, towards: int) -> list[Actions]:
    """The fewest turns from one direction to another; about-face goes by the left."""
    return {
        0: [],
        1: [Actions.right],
        2: [Actions.left, Actions.left],
        3: [Actions.left],
    }[(towards - direction) % 4]
