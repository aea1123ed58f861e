"""Episodes as they are kept: one line of JSON each, read back without loss."""

from dataclasses import asdict, dataclass, field
from typing import Any

from core.errors import RunDirectoryError
from core.task import PAPER_ROOMS

FORMAT = "when-to-ask-episode-1"


@dataclass(frozen=True, slots=True)
class Consultation:
    """One question and what came of it.

    Attributes:
        question, answer, plan: as put, as given, as understood (`core.rooms.plan.format_plan`).
        is_forced: it was put because the plan was through, not because the policy chose to.
        cost: its price, in units of reward.
        llm_calls, prompt_tokens, completion_tokens, seconds, store_hits: see `core.chat.Reply`.
        format_errors: answers to it that held no plan.
    """

    question: str
    answer: str
    plan: str
    is_forced: bool
    cost: float
    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    format_errors: int = 0
    store_hits: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One step in a room.

    Attributes:
        decision: the policy's; for asking 1 is to ask.
        probability: the policy's, of this decision.
        value: the critic's estimate before the step, 0 without a critic.
        skill: the skill that chose the action.
        action: the primitive action, 0..6.
        reward: the environment's.
        consultation: the question put before the action, if there was one.
    """

    decision: int
    probability: float
    value: float
    skill: str
    action: int
    reward: float
    consultation: Consultation | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """All steps from a reset to the end.

    Attributes:
        task: the task's name.
        seed: the layout's seed.
        terminated: the task's own end; `truncated` is running out of steps.
        rooms: which of `core.task.ROOMS`.
    """

    task: str
    seed: int
    terminated: bool
    truncated: bool
    steps: tuple[Step, ...] = field(repr=False)
    rooms: str = PAPER_ROOMS

    @property
    def consultations(self) -> list[Consultation]:
        """The questions, in order."""
        return [step.consultation for step in self.steps if step.consultation is not None]

    @property
    def plans(self) -> list[str]:
        """The plan in hand at each step."""
        plans: list[str] = []
        for step in self.steps:
            asked = step.consultation
            plans.append(asked.plan if asked is not None else plans[-1] if plans else "")
        return plans

    @property
    def num_steps(self) -> int:
        """Length in primitive actions."""
        return len(self.steps)

    @property
    def asks(self) -> int:
        """Questions put, forced ones included."""
        return len(self.consultations)

    @property
    def reward(self) -> float:
        """Sum of the environment's rewards: the return without ask cost."""
        return sum(step.reward for step in self.steps)

    @property
    def total_return(self) -> float:
        """Sum of rewards less what the questions cost."""
        return self.reward - sum(consultation.cost for consultation in self.consultations)

    @property
    def success(self) -> bool:
        """The task was done: terminated with reward."""
        return self.terminated and self.reward > 0

    def to_json(self) -> dict[str, Any]:
        """A dictionary of plain values, with a format number and the sums for easy reading."""
        sums = {
            "asks": self.asks,
            "num_steps": self.num_steps,
            "success": self.success,
            "return": self.total_return,
        }
        return {"format": FORMAT, **sums, **asdict(self)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Episode":
        """Read what `to_json` wrote.

        Raises:
            RunDirectoryError: it is no episode of this format.
        """
        if data.get("format") != FORMAT:
            raise RunDirectoryError(f"not an episode of format {FORMAT!r}: {data.get('format')!r}")
        steps = []
        for step in data["steps"]:
            consultation = step["consultation"]
            known = None if consultation is None else Consultation(**consultation)
            steps.append(Step(**{**step, "consultation": known}))
        plain = {name: data[name] for name in ("task", "seed", "terminated", "truncated")}
        # before there were others, no episode said which
        return cls(**plain, steps=tuple(steps), rooms=data.get("rooms", PAPER_ROOMS))
