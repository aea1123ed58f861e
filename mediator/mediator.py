"""The mediator's speech: puts a situation into words, asks, and makes a plan of the answer."""

from dataclasses import dataclass

from core.chat import Reply
from core.errors import PlanFormatError
from core.plan import EXPLORE_PLAN, ObjectName, Plan, Skill
from core.scene import Scene
from mediator.describe import describe
from mediator.parse import parse_plan
from mediator.sightings import meant_by
from planner.planner import Planner, Rejection

MAX_TRIES = 3
"""A question is put at most so often; then the agent explores."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question.

    Attributes:
        question: as it was put.
        reply: the planner's last text, and the cost of all tries.
        plan: what the text says, or the fallback.
        format_errors: how many answers held no plan that can be carried out.
    """

    question: str
    reply: Reply
    plan: Plan
    format_errors: int


class Mediator:
    """Stands between the agent's situations and a planner's texts."""

    def __init__(self, planner: Planner, *, names_colors: bool) -> None:
        self._planner = planner
        self._names_colors = names_colors

    def ask(self, scene: Scene) -> Answer:
        """Ask until there is a plan that can be carried out, at most `MAX_TRIES` times.

        Raises:
            PlannerError: the planner gave no answer at all.
        """
        question = describe(scene, names_colors=self._names_colors)
        rejections: list[Rejection] = []
        spent = Reply("")
        while len(rejections) < MAX_TRIES:
            spent += self._planner.answer(question, rejections)
            try:
                plan = _check(parse_plan(spent.text), spent.text, scene.known)
            except PlanFormatError as error:
                rejections.append(Rejection(spent.text, error.reason))
            else:
                return Answer(question, spent, plan, len(rejections))
        return Answer(question, spent, EXPLORE_PLAN, len(rejections))


def _check(plan: Plan, text: str, known: frozenset[ObjectName]) -> Plan:
    """The plan itself, if every place it walks to is known.

    Raises:
        PlanFormatError: it walks to something that was never seen.
    """
    for sub_goal in plan:
        target = sub_goal.target if sub_goal.skill is Skill.GO_TO else None
        if target is not None and meant_by(target, known) is None:
            raise PlanFormatError(text, f"no {target} has been seen yet")
    return plan
