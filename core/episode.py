"""Records of episodes: one JSON document per line of ``episodes.jsonl``, read back without loss."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, MISSING, asdict, dataclass, field, fields
from typing import Annotated, Any

from msgspec import Meta

from core.chat import Usage
from core.decode import convert
from core.errors import RunDirectoryError
from core.task import PAPER_ROOMS

FORMAT = "when-to-ask-episode-2"
FORMAT_1 = "when-to-ask-episode-1"
"""Written until November 2026: MiniGrid rooms only, actions as numbers, success derived from the reward."""

_FORMAT_1_ACTIONS = ("left", "right", "forward", "pickup", "drop", "toggle", "done")


@dataclass(frozen=True, slots=True)
class Consultation:
    """The text of one question to a planner.

    Attributes:
        question, answer: as sent and as received.
        plan: the answer as parsed, see `core.rooms.plan.format_plan`.
        is_forced: asked because the current plan was finished, not because the policy chose to.
        cost: ask cost, in units of reward.
        format_errors: answers to this question that contained no plan.
    """

    question: str
    answer: str
    plan: str
    is_forced: bool
    cost: float
    format_errors: int = 0


@dataclass(frozen=True, slots=True)
class PolicyTrace:
    """What a policy computed for one step.

    Attributes:
        decision: index of its action; for asking policies 1 means ask.
        probability: of this decision.
        value: the critic's estimate before the step, 0 without a critic.
    """

    decision: int
    probability: float
    value: float


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an agent.

    Attributes:
        action: as text; in rooms MiniGrid's name of the primitive action, for example ``pickup``.
        reward: the environment's.
        observation: the text before the action; empty in rooms, which are drawn from their seed.
        thought: the model's reasoning before the action.
        answer: the model's answer, of which `action` is a part.
        cut: the answer ended at the limit of tokens.
        is_valid: whether the environment understood the action; of an answer without one, False.
        primitive_steps: number of the environment's own steps that carried out the action.
        skill: the skill that chose the action, in rooms.
        consultation: the question to the planner before the action, if there was one.
        policy: of a policy that decides by probabilities.
        usage: what the language model spent on this step.
    """

    action: str
    reward: float
    _: KW_ONLY
    observation: str = ""
    thought: str = ""
    answer: str = ""
    cut: bool = False
    is_valid: bool = True
    primitive_steps: int = 1
    skill: str = ""
    consultation: Consultation | None = None
    policy: PolicyTrace | None = None
    usage: Usage = Usage()

    @property
    def is_unreadable(self) -> bool:
        """Whether the model's answer held no action."""
        return not self.is_valid and not self.action

    def to_json(self) -> dict[str, Any]:
        """Plain values; fields at their defaults are left out."""
        plain = asdict(self)
        return {
            item.name: plain[item.name]
            for item in fields(self)
            if item.default is MISSING or getattr(self, item.name) != item.default
        }


@dataclass(frozen=True, slots=True)
class Episode:
    """All steps from a reset to the end.

    Attributes:
        task: the task's name.
        case: the case's name within the task; in rooms the environment's seed.
        success: whether the environment says that the task was solved.
        score: how much of the task was solved, 0 to 1.
        terminated: ended by the task itself; `truncated`: ended by the limit of steps, or because of `looped`.
        looped: ended because the agent repeated itself, where a rule says when it does (`runner.text.play_text`).
        rooms: in rooms, their size and view (`core.task.ROOMS`).
        goal: the goal as the environment states it.
        final_observation: the text after the last action.
    """

    task: str
    case: str
    _: KW_ONLY
    success: bool
    score: float
    terminated: bool
    truncated: bool
    steps: tuple[Step, ...] = field(repr=False)
    rooms: str = ""
    goal: str = ""
    final_observation: str = ""
    looped: bool = False

    @property
    def results(self) -> tuple[str, ...]:
        """The observation after each step."""
        observations = (*(step.observation for step in self.steps), self.final_observation)
        return observations[1:]

    @property
    def consultations(self) -> list[Consultation]:
        """The questions to the planner, in order."""
        return [step.consultation for step in self.steps if step.consultation is not None]

    @property
    def plans(self) -> list[str]:
        """The current plan at each step."""
        plans: list[str] = []
        for step in self.steps:
            asked = step.consultation
            plans.append(asked.plan if asked is not None else plans[-1] if plans else "")
        return plans

    @property
    def num_steps(self) -> int:
        """Number of steps."""
        return len(self.steps)

    @property
    def primitive_steps(self) -> int:
        """Number of the environment's own steps."""
        return sum(step.primitive_steps for step in self.steps)

    @property
    def is_text(self) -> bool:
        """Whether it was played in a text world."""
        return bool(self.final_observation) or any(step.observation for step in self.steps)

    @property
    def unreadable_answers(self) -> int:
        """Number of the model's answers that held no action."""
        return sum(step.is_unreadable for step in self.steps)

    @property
    def invalid_actions(self) -> int:
        """Number of actions that the environment did not understand or could not carry out."""
        return sum(not step.is_valid for step in self.steps) - self.unreadable_answers

    @property
    def asks(self) -> int:
        """Number of questions to the planner, forced ones included."""
        return len(self.consultations)

    @property
    def usage(self) -> Usage:
        """What the language model spent on all steps."""
        return sum((step.usage for step in self.steps), Usage())

    @property
    def reward(self) -> float:
        """Undiscounted sum of the environment's rewards, without ask costs."""
        return sum(step.reward for step in self.steps)

    @property
    def total_return(self) -> float:
        """Undiscounted sum of rewards minus ask costs."""
        return self.reward - sum(consultation.cost for consultation in self.consultations)

    def to_json(self) -> dict[str, Any]:
        """Plain values, with the format's name first and sums over the steps."""
        sums = {
            "asks": self.asks,
            "num_steps": self.num_steps,
            "return": self.total_return,
            "llm_calls": self.usage.llm_calls,
        }
        own = {item.name: getattr(self, item.name) for item in fields(self)}
        steps = [step.to_json() for step in self.steps]
        return {"format": FORMAT, **sums, **own, "steps": steps}

    @classmethod
    def from_json(cls, data: Mapping[str, Any], where: str = "an episode") -> "Episode":
        """Read what `to_json` wrote, now or in format 1.

        Args:
            data: plain values.
            where: their file and line, for the error.

        Raises:
            RunDirectoryError: they are no episode, or a damaged one.
        """
        found = data.get("format")
        if found == FORMAT_1:
            return convert(data, _Episode1, where).today()
        if found != FORMAT:
            raise RunDirectoryError(
                f"{where} is not an episode of format {FORMAT!r}: {found!r:.50}"
            )
        return convert(data, cls, where)


@dataclass(frozen=True, slots=True)
class _Consultation1:
    """A question in format 1, with what its answer took."""

    question: str
    answer: str
    plan: str
    is_forced: bool
    cost: float
    llm_calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float
    format_errors: int = 0
    store_hits: int = 0


@dataclass(frozen=True, slots=True)
class _Step1:
    """A step in format 1."""

    decision: int
    probability: float
    value: float
    skill: str
    action: Annotated[int, Meta(ge=0, lt=len(_FORMAT_1_ACTIONS))]
    reward: float
    consultation: _Consultation1 | None

    def today(self) -> Step:
        consultation, usage, asked = None, Usage(), self.consultation
        if asked is not None:
            usage = Usage(
                asked.llm_calls,
                asked.prompt_tokens,
                asked.completion_tokens,
                asked.seconds,
                asked.store_hits,
            )
            consultation = Consultation(
                asked.question,
                asked.answer,
                asked.plan,
                asked.is_forced,
                asked.cost,
                asked.format_errors,
            )
        return Step(
            action=_FORMAT_1_ACTIONS[self.action],
            reward=self.reward,
            skill=self.skill,
            consultation=consultation,
            policy=PolicyTrace(self.decision, self.probability, self.value),
            usage=usage,
        )


@dataclass(frozen=True, slots=True)
class _Episode1:
    """An episode in format 1."""

    task: str
    seed: int
    terminated: bool
    truncated: bool
    steps: tuple[_Step1, ...]
    rooms: str = PAPER_ROOMS  # the first files had no other rooms

    def today(self) -> Episode:
        steps = tuple(step.today() for step in self.steps)
        success = self.terminated and sum(step.reward for step in steps) > 0
        return Episode(
            task=self.task,
            case=str(self.seed),
            success=success,
            score=float(success),
            terminated=self.terminated,
            truncated=self.truncated,
            steps=steps,
            rooms=self.rooms,
        )
