"""What was played, side by side: columns for learning, episodes for people."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.chat import Usage
from core.episode import Consultation, Episode, Step
from core.rooms.plan import Skill, format_plan
from core.task import Task
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
            "success": (self.terminated & (reward > 0)).astype(np.float64),
        }

    def means(self) -> dict[str, float]:
        """The means over episodes."""
        return {name: float(values.mean()) for name, values in self.by_episode().items()}

    def episodes(self, task: Task, answers: AnswerTable | None) -> list[Episode]:
        """The episodes one by one, with the words of every question."""
        steps = [
            Step(
                decision=int(self.decisions[n]),
                probability=float(self.probabilities[n]),
                value=float(self.values[n]),
                skill=Skill(self.skills[n]).phrase,
                action=int(self.actions[n]),
                reward=float(self.rewards[n]),
                consultation=self._consultation(n, answers) if self.asked[n] else None,
            )
            for n in range(len(self.decisions))
        ]
        ends = np.cumsum(self.lengths).tolist()
        return [
            Episode(
                task.name,
                layout,
                terminated,
                truncated,
                tuple(steps[end - length : end]),
                task.rooms,
            )
            for layout, terminated, truncated, length, end in zip(
                self.layouts.tolist(),
                self.terminated.tolist(),
                self.truncated.tolist(),
                self.lengths.tolist(),
                ends,
                strict=True,
            )
        ]

    def _consultation(self, number: int, answers: AnswerTable | None) -> Consultation:
        assert answers is not None
        return consultation(
            answers[int(self.questions[number])],
            self.bills.get(number, Usage()),
            is_forced=bool(self.forced[number]),
            cost=float(self.costs[number]),
        )


def consultation(answer: Answer, bill: Usage, *, is_forced: bool, cost: float) -> Consultation:
    """A question as it is kept: what was said, and what a planner spent on it this time."""
    return Consultation(
        question=answer.question,
        answer=answer.text,
        plan=format_plan(answer.plan),
        is_forced=is_forced,
        cost=cost,
        llm_calls=bill.llm_calls,
        prompt_tokens=bill.prompt_tokens,
        completion_tokens=bill.completion_tokens,
        seconds=bill.seconds,
        format_errors=answer.format_errors,
        store_hits=bill.cache_hits,
    )
