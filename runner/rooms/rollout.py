"""Column-wise rollout of whole episodes; converts to `core.episode.Episode` records."""

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
    """E whole episodes, S steps in all; the steps of an episode are contiguous, in order.

    Attributes:
        env_seeds, lengths: ``(E,)`` environment seed and number of steps.
        terminated, truncated: ``(E,)`` how it ended.
        last_values: ``(E,)`` the critic's estimate after the last step of a truncated episode, 0 for
            others.
        decisions, probabilities, values: ``(S,)`` the policy's, see `mediator.policies.PolicyOutput`.
        skills, actions, rewards: ``(S,)`` see `runner.rooms.engine.StepResults`.
        asked, forced, costs: ``(S,)`` see `runner.rooms.collect.ControllerOutput`.
        questions, answer_slots: ``(S,)`` see `mediator.policies.Observations`.
        options: ``(S,)`` the option in progress.
        features: ``(S, width, height, C)`` the policy's input; ``(S,)`` zeros without a critic.
        usage: step -> what the planner's new answers took.
    """

    env_seeds: Ints
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
    answer_slots: Ints
    options: Ints
    features: npt.NDArray[np.int8]
    usage: Mapping[int, Usage]

    @property
    def success(self) -> Bools:
        """``(E,)`` whether the door was opened: only this ends an episode with a reward."""
        starts = np.cumsum(self.lengths) - self.lengths
        return self.terminated & (np.add.reduceat(self.rewards, starts) > 0)

    def by_episode(self) -> dict[str, Doubles]:
        """``(E,)`` each: `reports.statistics.QUANTITIES`, vectorised."""
        starts = np.cumsum(self.lengths) - self.lengths
        reward, cost = (np.add.reduceat(x, starts) for x in (self.rewards, self.costs))
        calls = np.zeros(len(self.rewards))
        for step, usage in self.usage.items():
            calls[step] = usage.llm_calls
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
                self.env_seeds.tolist(),
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
            usage=self.usage.get(number, Usage()),
        )

    def _consultation(self, number: int, answers: AnswerTable | None) -> Consultation:
        assert answers is not None
        return consultation(
            answers.answer(int(self.questions[number]), int(self.answer_slots[number])),
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
