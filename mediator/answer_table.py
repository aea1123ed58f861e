"""All answers of a run: each distinct question is asked once, then looked up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from core.answer_counts import AnswerCounts
from core.chat import Reply, Usage
from core.decode import convert
from core.old_names import translate_reply
from core.rooms.plan import Plan
from core.rooms.plan_ids import PlanIds
from core.rooms.scene import Scene
from mediator.mediator import Answer, Mediator
from planner.planner import FailedAttempt, Question

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
NUM_CORRUPTED = 60
"""Slots of wrong answers; a situation's wrong plans are repeated in turn over them. Up to six wrong plans are
equally frequent, because 60 is divisible by 1 to 6."""


@dataclass(frozen=True, slots=True)
class _KeptReply:
    """A row of a checkpoint: a question (`planner.planner.Question`), its reply, and whether it held no plan."""

    text: str
    sample: int
    rejections: tuple[FailedAttempt, ...]
    reply: Reply
    is_rejected: bool = False


class AnswerTable:
    """Answers by question and slot: each is asked for once, then looked up.

    A question is an engine's number of a situation. Its slots are the samples 0, 1, ... of the
    planner's answer, followed by `NUM_CORRUPTED` wrong answers if there is noise. Situations with the
    same description share the planner's replies, which are what a checkpoint keeps.

    Args:
        mediator: asked for what is not in the table.
        scene: the situation of a question.
        plan_ids: numbers the plans.
        num_samples: answers of the planner to each question.
        noise: probability of a wrong answer, see `Mediator.corrupt`.
    """

    def __init__(
        self,
        mediator: Mediator,
        scene: Callable[[int], Scene],
        plan_ids: PlanIds,
        num_samples: int = 1,
        noise: float = 0.0,
    ) -> None:
        self._mediator = mediator
        self._num_samples = num_samples
        self._noise = noise
        self._num_slots = num_samples + (NUM_CORRUPTED if noise else 0)
        self._scene = scene
        self._plan_ids = plan_ids
        # keys are question * num_slots + slot
        self._answers: dict[int, Answer] = {}
        self._unreported: dict[int, Usage] = {}
        self._replies: dict[Question, Reply] = {}
        self._rejected: set[Question] = set()
        # the same as sorted arrays, to look many up at once
        self._keys: Ints = np.zeros(0, dtype=np.int64)
        self._plans: Ints = np.zeros(0, dtype=np.int64)

    def draw_slots(self, uniforms: Doubles) -> Ints:
        """``(B,)`` slots of ``(B,)`` uniform random numbers in [0, 1)."""
        is_wrong = uniforms < self._noise
        # the remainder of a uniform number that has chosen between right and wrong is uniform again
        low, high = np.where(is_wrong, 0.0, self._noise), np.where(is_wrong, self._noise, 1.0)
        rest = (uniforms - low) / (high - low)
        slots: Ints = (rest * np.where(is_wrong, NUM_CORRUPTED, self._num_samples)).astype(np.int64)
        slots[is_wrong] += self._num_samples
        return slots

    def without_noise(self, slots: Ints) -> Ints:
        """The same slots, with sample 0 instead of wrong answers."""
        return np.where(slots < self._num_samples, slots, 0)

    def plans(self, questions: Ints, slots: Ints) -> Ints:
        """``(B,)`` plan ids of the answers; the planner is asked for those that are not in the table.

        Raises:
            ModelError: the planner gave no answer.
        """
        keys = questions * self._num_slots + slots
        places = np.searchsorted(self._keys, keys)
        places[places == len(self._keys)] = 0
        if not len(self._keys) or (self._keys[places] != keys).any():
            self._ask(np.setdiff1d(keys, self._keys))
            places = np.searchsorted(self._keys, keys)
        return self._plans[places]

    def answer(self, question: int, slot: int) -> Answer:
        """An answer that is in the table."""
        return self._answers[question * self._num_slots + slot]

    def pop_usage(self, questions: Ints, slots: Ints) -> dict[int, Usage]:
        """Usage since the last call, by index in the ``(B,)`` questions and slots.

        Looking ahead counts, too. Of several rooms with the same question the first one is charged.
        """
        usage: dict[int, Usage] = {}
        for column in (slots, self.without_noise(slots)):
            if not self._unreported:
                break
            for index, key in enumerate((questions * self._num_slots + column).tolist()):
                new = self._unreported.pop(key, None)
                if new is not None:
                    usage[index] = usage.get(index, Usage()) + new
        return usage

    @property
    def num_questions(self) -> int:
        """Number of distinct questions that the planner has answered, retries included."""
        return len(self._replies)

    @property
    def usage(self) -> Usage:
        """Of all replies, including those before a resumed run's checkpoint."""
        return sum((reply.usage for reply in self._replies.values()), Usage())

    @property
    def counts(self) -> AnswerCounts:
        """How many of the replies held no feasible plan."""
        return AnswerCounts.of(
            len(self._replies), [self._replies[question] for question in self._rejected]
        )

    @property
    def only_plan(self) -> Plan | None:
        """The plan of all answers; None if they differ, or there are none."""
        if len(np.unique(self._plans)) != 1:
            return None
        return next(iter(self._answers.values())).plan

    def to_json(self) -> list[dict[str, object]]:
        """All replies, for a checkpoint."""
        return [
            {
                "text": question.text,
                "sample": question.sample,
                "rejections": [list(attempt) for attempt in question.failed_attempts],
                "reply": reply.to_json(),
                "is_rejected": question in self._rejected,
            }
            for question, reply in self._replies.items()
        ]

    def load(self, saved: Sequence[Mapping[str, Any]]) -> None:
        """Restore the replies that `to_json` wrote.

        Raises:
            RunDirectoryError: a row is something else.
        """
        for number, row in enumerate(saved, start=1):
            kept = convert(translate_reply(row), _KeptReply, f"reply {number} of the checkpoint")
            question = Question(kept.text, kept.sample, kept.rejections)
            self._replies[question] = kept.reply
            if kept.is_rejected:
                self._rejected.add(question)

    def _ask(self, keys: Ints) -> None:
        questions, slots = (column.tolist() for column in np.divmod(keys, self._num_slots))
        scenes = [self._scene(question) for question in questions]
        # a wrong answer is chosen to differ from the planner's, so the planner is asked in any case
        samples = self.without_noise(np.array(slots, dtype=np.int64)).tolist()
        answers = self._mediator.ask(scenes, samples, self._replies)
        for key, scene, slot, answer in zip(keys.tolist(), scenes, slots, answers, strict=True):
            if answer.usage != Usage():
                self._unreported[key] = answer.usage
            self._rejected.update(question for question, _ in answer.rejected)
            index = slot - self._num_samples
            if index >= 0:
                answer = self._mediator.corrupt(scene, answer, index)
            self._answers[key] = answer
        self._keys = np.array(sorted(self._answers), dtype=np.int64)
        plans = (self._plan_ids.id_of(self._answers[key].plan) for key in self._keys.tolist())
        self._plans = np.fromiter(plans, dtype=np.int64, count=len(self._keys))
