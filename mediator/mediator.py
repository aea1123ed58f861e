"""The mediator: describes scenes, asks the planner about them, and reads plans in its answers."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from core.chat import Reply, Usage
from core.errors import PlanFormatError
from core.rooms.describe import describe
from core.rooms.object_memory import resolve_name
from core.rooms.parse import read_reply
from core.rooms.plan import EXPLORE_PLAN, ObjectName, Plan, Skill, format_plan
from core.rooms.scene import Scene
from mediator.candidate_plans import choices, feasible_plans
from planner.planner import Planner, Question

MAX_ANSWERS = 3
"""Answers to a question until one of them holds a feasible plan; then the agent explores."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A question, the last answer to it, and the plan that follows.

    Attributes:
        question: its text.
        text: the planner's last answer.
        usage: of all answers that were not known before.
        plan: in the text; explore if no answer held a feasible plan.
        rejected: the questions, retries included, whose answers held no feasible plan, with these.
    """

    question: str
    text: str
    usage: Usage
    plan: Plan
    rejected: tuple[tuple[Question, Reply], ...]

    @property
    def format_errors(self) -> int:
        """Number of answers that held no feasible plan."""
        return len(self.rejected)


@dataclass(slots=True)
class _Inquiry:
    """A scene that is asked about, and what came of it so far; see `Answer`."""

    scene: Scene
    question: Question
    text: str = ""
    usage: Usage = Usage()
    plan: Plan = EXPLORE_PLAN
    rejected: list[tuple[Question, Reply]] = field(default_factory=list)

    def read(self, reply: Reply, usage: Usage) -> bool:
        """Take the plan from a reply; if it holds none, return False: the question now asks again."""
        self.text = reply.text
        self.usage += usage
        try:
            self.plan = read_plan(reply, self.scene.known)
        except PlanFormatError as error:
            self.rejected.append((self.question, reply))
            self.question = self.question.after_failure(error.text, error.reason)
            return False
        return True

    @property
    def answer(self) -> Answer:
        """The outcome."""
        return Answer(self.question.text, self.text, self.usage, self.plan, tuple(self.rejected))


class Mediator:
    """Asks a planner about scenes.

    Args:
        planner: answers.
        names_colors: whether descriptions name colours.
    """

    def __init__(self, planner: Planner, *, names_colors: bool) -> None:
        self._planner = planner
        self._names_colors = names_colors

    def ask(
        self,
        scenes: Sequence[Scene],
        samples: Sequence[int],
        replies: dict[Question, Reply] | None = None,
    ) -> list[Answer]:
        """Ask about several scenes together, each until it has a feasible plan.

        Args:
            scenes: B scenes.
            samples: for each the number of the answer, where several are sampled.
            replies: those of earlier questions, which are not asked again; new ones are added.

        Raises:
            ModelError: the planner gave no answer; `replies` has those before it.
        """
        replies = {} if replies is None else replies
        inquiries = [
            _Inquiry(scene, self._question(scene, sample))
            for scene, sample in zip(scenes, samples, strict=True)
        ]
        pending = inquiries
        for _ in range(MAX_ANSWERS):
            asked = dict.fromkeys(one.question for one in pending)
            new = [question for question in asked if question not in replies]
            if new:
                requests = [self._planner.request(question) for question in new]
                replies.update(zip(new, self._planner.model.chat(requests), strict=True))
            unreported = {question: replies[question].usage for question in new}
            failed = []
            for one in pending:
                # the first scene with a new question is charged for the answer
                usage = unreported.pop(one.question, Usage())
                if not one.read(replies[one.question], usage):
                    failed.append(one)
            pending = failed
        return [one.answer for one in inquiries]

    def corrupt(self, scene: Scene, answer: Answer, index: int) -> Answer:
        """The answer with another feasible plan in place of the planner's.

        Args:
            scene: what was asked about.
            answer: the planner's.
            index: of the other plan, modulo their number; if there is none, the answer stays.
        """
        feasible = feasible_plans(scene, names_colors=self._names_colors)
        others = [plan for plan in feasible if plan != answer.plan]
        if not others:
            return answer
        plan = others[index % len(others)]
        return replace(answer, text=format_plan(plan), plan=plan)

    def _question(self, scene: Scene, sample: int) -> Question:
        text = describe(scene, names_colors=self._names_colors)
        return Question(text, sample, choices=choices(scene, names_colors=self._names_colors))


def read_plan(reply: Reply, known: frozenset[ObjectName]) -> Plan:
    """The plan in a reply.

    Args:
        reply: the planner's.
        known: what has been seen so far.

    Raises:
        PlanFormatError: there is no plan, or it goes to something that was never seen.
    """
    plan = read_reply(reply)
    for sub_goal in plan:
        target = sub_goal.target if sub_goal.skill is Skill.GO_TO else None
        if target is not None and resolve_name(target, known) is None:
            raise PlanFormatError(reply.text, f"no {target} has been seen yet")
    return plan
