"""Sub-goals and plans: what a planner asks for and what skills carry out."""

from dataclasses import dataclass
from enum import IntEnum


class Skill(IntEnum):
    """The skills a sub-goal can name."""

    EXPLORE = 0
    GO_TO = 1
    PICK_UP = 2
    DROP = 3
    TOGGLE = 4

    @property
    def phrase(self) -> str:
        """The skill as a plan spells it, for example ``go to``."""
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True)
class ObjectName:
    """How the text speaks of an object: its kind and, where that matters, its colour."""

    kind: str
    color: str | None = None

    def __str__(self) -> str:
        return self.kind if self.color is None else f"{self.color} {self.kind}"


@dataclass(frozen=True, slots=True)
class SubGoal:
    """One skill and the object it is meant for; `EXPLORE` needs none."""

    skill: Skill
    target: ObjectName | None = None

    def __str__(self) -> str:
        return (
            self.skill.phrase if self.target is None else f"{self.skill.phrase} the {self.target}"
        )

    @property
    def option(self) -> int:
        """Index in `OPTIONS`: which kind of sub-goal this is, whatever its colour."""
        return OPTIONS.index((self.skill, self.target.kind if self.target is not None else None))


KINDS = ("key", "box", "door")
"""The kinds of object a sub-goal can be meant for."""

OPTIONS: tuple[tuple[Skill, str | None], ...] = (
    (Skill.EXPLORE, None),
    *((skill, kind) for skill in Skill if skill is not Skill.EXPLORE for kind in (*KINDS, None)),
)
"""The paper's K options: to go to a key is another thing than to go to a door."""

Plan = tuple[SubGoal, ...]

MAX_SUB_GOALS = 20
"""No plan is longer."""

EXPLORE_PLAN: Plan = (SubGoal(Skill.EXPLORE),)


def format_plan(plan: Plan) -> str:
    """Write a plan as planners do: ``{go to the key, pick up the key}``."""
    return "{" + ", ".join(str(sub_goal) for sub_goal in plan) + "}"
