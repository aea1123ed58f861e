"""The interface of skills: a factory makes an option from a sub-goal; the option acts step by step."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from minigrid.core.actions import Actions

from core.rooms.plan import ObjectName, SubGoal
from core.rooms.view import GridView, Position

Locate = Callable[[ObjectName], Position | None]
"""Returns where an object was last seen, None if it never was."""


class Option(Protocol):
    """A sub-goal in progress."""

    def step(self, view: GridView) -> tuple[Actions, bool]:
        """The next primitive action, and whether it is this option's last."""
        ...


@dataclass(slots=True)
class Sweep:
    """Progress of an exploration sweep; it survives a change of plan (see `skills.explore`)."""

    pending: list[Actions] = field(default_factory=list)
    reached_corner: bool = False


@dataclass(slots=True)
class SkillContext:
    """State of the episode that options use besides the view.

    Attributes:
        locate: returns where an object was last seen.
        rng: the episode's own generator, for random turns.
        view_size: depth of the agent's view in cells, its own included.
        sweep: progress of exploring; options that walk elsewhere set it to None.
    """

    locate: Locate
    rng: np.random.Generator
    view_size: int
    sweep: Sweep | None = None


OptionFactory = Callable[[SubGoal, GridView, SkillContext], Option | None]
"""Makes the option of a sub-goal; None if it cannot start or has nothing to do."""


@dataclass(slots=True)
class ActionSequence:
    """An option that is a fixed list of at least one action."""

    actions: list[Actions]

    def step(self, view: GridView) -> tuple[Actions, bool]:  # noqa: ARG002 the list is fixed
        """The next action of the list."""
        return self.actions.pop(0), not self.actions


def turns(direction: int, towards: int) -> list[Actions]:
    """The fewest turns from one direction to another; a half turn goes left."""
    return {
        0: [],
        1: [Actions.right],
        2: [Actions.left, Actions.left],
        3: [Actions.left],
    }[(towards - direction) % 4]
