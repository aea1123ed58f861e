"""The mediator's speech: puts a situation into words, asks, and makes a plan of the answer."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.chat import Usage
from core.errors import PlanFormatError
from core.rooms.describe import describe
from core.rooms.object_memory import resolve_name
from core.rooms.parse import parse_plan
from core.rooms.plan import EXPLORE_PLAN, ObjectName, Plan, Skill, format_plan
from core.rooms.scene import Scene
from mediator.candidate_plans import choices, possible_plans
from planner.planner import Planner, Question

MAX_TRIES = 3
"""A question is put at most so often; then the agent explores."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one question.

    Attributes:
        question: as it was put.
        text: the planner's last answer.
        usage: what all tries took.
        plan: what the text says, or the fallback.
        format_errors: how many answers held no plan that can be carried out.
    """

    question: str
    text: str
    usage: Usage
    plan: Plan
    format_errors: int


class Mediator:
    """Stands between the agent's situations and a planner's texts."""

    def __init__(self, planner: Planner, *, names_colors: bool) -> None:
        self._planner = planner
        self._names_colors = names_colors

    def ask(self, scenes: Sequence[Scene], samples: Sequence[int]) -> list[Answer]:
        """Ask about some scenes together.

        Each question is put until there is a plan that can be carried out, at most `MAX_TRIES`
        times.

        Args:
            scenes: what to ask about.
            samples: which of several answers is wanted, for each.

        Raises:
            ModelError: the planner gave no answer at all.
        """
        questions = [self._question(*pair) for pair in zip(scenes, samples, strict=True)]
        texts, usages = [""] * len(scenes), [Usage()] * len(scenes)
        plans = [EXPLORE_PLAN] * len(scenes)
        waiting = list(range(len(scenes)))
        for _ in range(MAX_TRIES):
            if not waiting:
                break
            replies = self._planner.answer([questions[place] for place in waiting])
            rejected = []
            for place, reply in zip(waiting, replies, strict=True):
                texts[place], usages[place] = reply.text, usages[place] + reply.usage
                try:
                    plans[place] = _check(parse_plan(reply.text), reply.text, scenes[place].known)
                except PlanFormatError as error:
                    questions[place] = questions[place].rejected(reply.text, error.reason)
                    rejected.append(place)
            waiting = rejected
        return [
            Answer(question.text, text, usage, plan, len(question.failed_attempts))
            for question, text, usage, plan in zip(questions, texts, usages, plans, strict=True)
        ]

    def corrupt(self, scene: Scene, answer: Answer, which: int) -> Answer:
        """The same answer with a wrong plan: another of those that can be carried out.

        Args:
            scene: what was asked about.
            answer: the planner's.
            which: of the wrong plans, counted round; if there is none, the answer stays.
        """
        possible = possible_plans(scene, names_colors=self._names_colors)
        wrong = [plan for plan in possible if plan != answer.plan]
        if not wrong:
            return answer
        plan = wrong[which % len(wrong)]
        return replace(answer, text=format_plan(plan), plan=plan)

    def _question(self, scene: Scene, sample: int) -> Question:
        text = describe(scene, names_colors=self._names_colors)
        return Question(text, sample, choices=choices(scene, names_colors=self._names_colors))


def _check(plan: Plan, text: str, known: frozenset[ObjectName]) -> Plan:
    """The plan itself, if every place it walks to is known.

    Raises:
        PlanFormatError: it walks to something that was never seen.
    """
    for sub_goal in plan:
        target = sub_goal.target if sub_goal.skill is Skill.GO_TO else None
        if target is not None and resolve_name(target, known) is None:
            raise PlanFormatError(text, f"no {target} has been seen yet")
    return plan
