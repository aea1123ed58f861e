"""Sub-goals and plans: the output of a planner and the input of the skills."""

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
    """An object's name in text: its kind and, where it matters, its colour."""

    kind: str
    color: str | None = None

    def __str__(self) -> str:
        return self.kind if self.color is None else f"{self.color} {self.kind}"


@dataclass(frozen=True, slots=True)
class SubGoal:
    """A skill and its target object; `EXPLORE` has no target."""

    skill: Skill
    target: ObjectName | None = None

    def __str__(self) -> str:
        return (
            self.skill.phrase if self.target is None else f"{self.skill.phrase} the {self.target}"
        )

    @property
    def option(self) -> int:
        """Index in `OPTIONS`, which ignores the target's colour."""
        return OPTIONS.index((self.skill, self.target.kind if self.target is not None else None))


KINDS = ("key", "box", "door")
"""The kinds of object that a sub-goal can have as its target."""

OPTIONS: tuple[tuple[Skill, str | None], ...] = (
    (Skill.EXPLORE, None),
    *((skill, kind) for skill in Skill if skill is not Skill.EXPLORE for kind in (*KINDS, None)),
)
"""The K options of arXiv 2306.03604, section 4: pairs of a skill and a target's kind."""

Plan = tuple[SubGoal, ...]

MAX_SUB_GOALS = 20
"""Upper bound of a plan's length."""

EXPLORE_PLAN: Plan = (SubGoal(Skill.EXPLORE),)


def format_plan(plan: Plan) -> str:
    """Write a plan in the planner's format: ``{go to the key, pick up the key}``."""
    return "{" + ", ".join(str(sub_goal) for sub_goal in plan) + "}"
