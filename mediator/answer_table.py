"""The planner as a table: each distinct question is answered once, and then looked up."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.chat import Usage
from core.rooms.plan_ids import PlanIds
from core.rooms.scene import Scene
from mediator.mediator import Answer, Mediator

Ints = npt.NDArray[np.int64]
Doubles = npt.NDArray[np.float64]
NUM_CORRUPTED = 60
"""So many wrong answers are told apart; a situation's wrong plans take turns among them. Up to six of them
come equally often, for 60 can be divided by their number."""


class AnswerTable:
    """Answers to questions that are numbers.

    Args:
        mediator: asked for what is not in the table.
        scene: what a question's number stands for.
        plan_ids: numbers the plans.
        num_samples: how many answers each question has; which one is drawn at every asking.
        noise: share of the askings that get a wrong answer, see `Mediator.corrupt`.
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
        # behind the samples of a question come its wrong answers
        self._num_slots = num_samples + (NUM_CORRUPTED if noise else 0)
        self._scene = scene
        self._plan_ids = plan_ids
        self._answers: dict[int, Answer] = {}
        self._unpaid: set[int] = set()
        # the same, for looking many up at once: questions in order, and their plans
        self._questions: Ints = np.zeros(0, dtype=np.int64)
        self._plans: Ints = np.zeros(0, dtype=np.int64)

    def draw(self, questions: Ints, uniforms: Doubles) -> Ints:
        """Questions with the sample each is to have for an answer, as numbers again.

        Args:
            questions: ``(B,)`` an engine's.
            uniforms: ``(B,)`` random numbers in [0, 1).
        """
        is_wrong = uniforms < self._noise
        # what is left of a draw that has decided between right and wrong is a draw again
        low, high = np.where(is_wrong, 0.0, self._noise), np.where(is_wrong, self._noise, 1.0)
        rest = (uniforms - low) / (high - low)
        slots = (rest * np.where(is_wrong, NUM_CORRUPTED, self._num_samples)).astype(np.int64)
        numbers: Ints = questions * self._num_slots + slots
        numbers[is_wrong] += self._num_samples
        return numbers

    def without_noise(self, questions: Ints) -> Ints:
        """The same questions, those that would be misled with the planner's own answer instead."""
        slots = questions % self._num_slots
        return np.where(slots < self._num_samples, questions, questions - slots)

    def plans(self, questions: Ints) -> Ints:
        """The plan's number for each question ``(B,)``; what was never asked is asked now.

        Raises:
            ModelError: the planner gave no answer at all.
        """
        places = np.searchsorted(self._questions, questions)
        places[places == len(self._questions)] = 0
        if not len(self._questions) or (self._questions[places] != questions).any():
            self._ask(np.setdiff1d(questions, self._questions))
            places = np.searchsorted(self._questions, questions)
        return self._plans[places]

    def __getitem__(self, question: int) -> Answer:
        """The answer to a question that was asked."""
        return self._answers[question]

    @property
    def has_unpaid(self) -> bool:
        """Whether an answer has not been paid for."""
        return bool(self._unpaid)

    def settle(self, question: int) -> Usage | None:
        """What its answer cost, to whom asks first; None to all later ones."""
        if question not in self._unpaid:
            return None
        self._unpaid.remove(question)
        return self._answers[question].usage

    def _ask(self, questions: Ints) -> None:
        numbers = questions.tolist()
        scenes = [self._scene(number // self._num_slots) for number in numbers]
        slots = [number % self._num_slots for number in numbers]
        # who is given a wrong answer has asked all the same
        samples = [slot if slot < self._num_samples else 0 for slot in slots]
        answers = self._mediator.ask(scenes, samples)
        for number, scene, slot, answer in zip(numbers, scenes, slots, answers, strict=True):
            wrong = slot - self._num_samples
            self._answers[number] = (
                answer if wrong < 0 else self._mediator.corrupt(scene, answer, wrong)
            )
        self._unpaid.update(numbers)
        self._questions = np.array(sorted(self._answers), dtype=np.int64)
        plans = (self._plan_ids.id_of(self._answers[key].plan) for key in self._questions.tolist())
        self._plans = np.fromiter(plans, dtype=np.int64, count=len(self._questions))
