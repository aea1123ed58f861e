"""What was played, side by side: columns for learning, episodes for people."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from minigrid.core.actions import Actions

from core.chat import Usage
from core.episode import Consultation, Episode, PolicyTrace, Step
from core.rooms.plan import Skill, format_plan
from core.task import RoomTask
from mediator.answer_table import AnswerTable
from mediator.mediator import Answer
from mediator.policies import Bools, Ints

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """E whole episodes, S steps in all; the steps of an episode stand together, in order.

    Attributes:
        layouts, lengths: ``(E,)`` seed and number of steps.
        terminated, truncated: ``(E,)`` how it ended.
        last_values: ``(E,)`` the critic's estimate after the last step where the episode was only
            cut off, 0 elsewhere.
        decisions, probabilities, values: ``(S,)`` the policy's, see `mediator.policies.Decisions`.
        skills, actions, rewards: ``(S,)`` what was done, see `runner.engine.Outcomes`.
        asked, forced: ``(S,)`` a question was put; it was put only because the plan was through.
        costs, questions: ``(S,)`` its price and its number.
        options: ``(S,)`` the kind of sub-goal that was under way.
        features: ``(S, width, height, C)`` what the policy saw; empty if nobody is to learn.
        bills: step -> what a planner spent on the answer, where it had to work for it.
    """

    layouts: Ints
    lengths: Ints
    terminated: Bools
    truncated: Bools
    last_values: Floats
    decisions: Ints
    probabilities: Floats
    values: Floats
    skills: Ints
    actions: Ints
    rewards: Doubles
    asked: Bools
    forced: Bools
    costs: Doubles
    questions: Ints
    options: Ints
    features: npt.NDArray[np.int8]
    bills: Mapping[int, Usage]

    @property
    def success(self) -> Bools:
        """``(E,)`` whether the door was opened: only this ends an episode with a reward."""
        starts = np.cumsum(self.lengths) - self.lengths
        return self.terminated & (np.add.reduceat(self.rewards, starts) > 0)

    def by_episode(self) -> dict[str, Doubles]:
        """``(E,)`` each: what `reports.statistics.QUANTITIES` are of the episodes, without making them."""
        starts = np.cumsum(self.lengths) - self.lengths
        reward, cost = (np.add.reduceat(x, starts) for x in (self.rewards, self.costs))
        calls = np.zeros(len(self.rewards))
        for step, bill in self.bills.items():
            calls[step] = bill.llm_calls
        return {
            "return": reward - cost,
            "return_without_cost": reward,
            "steps": self.lengths.astype(np.float64),
            "asks": np.add.reduceat(self.asked.astype(np.float64), starts),
            "llm_calls": np.add.reduceat(calls, starts),
            "success": self.success.astype(np.float64),
        }

    def means(self) -> dict[str, float]:
        """The means over episodes."""
        return {name: float(values.mean()) for name, values in self.by_episode().items()}

    def episodes(self, task: RoomTask, answers: AnswerTable | None) -> list[Episode]:
        """Records of the episodes, with the text of every question."""
        steps = [self._step(n, answers) for n in range(len(self.decisions))]
        ends = np.cumsum(self.lengths).tolist()
        return [
            Episode(
                task=task.name,
                case=str(seed),
                success=success,
                score=float(success),
                terminated=terminated,
                truncated=truncated,
                steps=tuple(steps[end - length : end]),
                rooms=task.rooms,
            )
            for seed, success, terminated, truncated, length, end in zip(
                self.layouts.tolist(),
                self.success.tolist(),
                self.terminated.tolist(),
                self.truncated.tolist(),
                self.lengths.tolist(),
                ends,
                strict=True,
            )
        ]

    def _step(self, number: int, answers: AnswerTable | None) -> Step:
        return Step(
            Actions(self.actions[number]).name,
            float(self.rewards[number]),
            skill=Skill(self.skills[number]).phrase,
            consultation=self._consultation(number, answers) if self.asked[number] else None,
            policy=PolicyTrace(
                int(self.decisions[number]),
                float(self.probabilities[number]),
                float(self.values[number]),
            ),
            usage=self.bills.get(number, Usage()),
        )

    def _consultation(self, number: int, answers: AnswerTable | None) -> Consultation:
        assert answers is not None
        return consultation(
            answers[int(self.questions[number])],
            is_forced=bool(self.forced[number]),
            cost=float(self.costs[number]),
        )


def consultation(answer: Answer, *, is_forced: bool, cost: float) -> Consultation:
    """The record of a question."""
    return Consultation(
        question=answer.question,
        answer=answer.text,
        plan=format_plan(answer.plan),
        is_forced=is_forced,
        cost=cost,
        format_errors=answer.format_errors,
    )
