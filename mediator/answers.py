"""The planner as a table: each distinct question is answered once, and then looked up."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from core.chat import Reply
from core.plan_book import PlanBook
from core.scene import Scene
from mediator.mediator import Answer, Mediator

Ints = npt.NDArray[np.int64]


class Answers:
    """Answers to questions that are numbers.

    Args:
        mediator: asked for what is not in the table.
        scene: what a question's number stands for.
        book: numbers the plans.
    """

    def __init__(self, mediator: Mediator, scene: Callable[[int], Scene], book: PlanBook) -> None:
        self._mediator = mediator
        self._scene = scene
        self._book = book
        self._answers: dict[int, Answer] = {}
        self._unpaid: set[int] = set()
        # the same, for looking many up at once: questions in order, and their plans
        self._questions: Ints = np.zeros(0, dtype=np.int64)
        self._plans: Ints = np.zeros(0, dtype=np.int64)

    def plans(self, questions: Ints) -> Ints:
        """The plan's number for each question ``(B,)``; what was never asked is asked now.

        Raises:
            PlannerError: the planner gave no answer at all.
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

    def settle(self, question: int) -> Reply | None:
        """What its answer cost, to whom asks first; None to all later ones."""
        if question not in self._unpaid:
            return None
        self._unpaid.remove(question)
        return self._answers[question].reply

    def _ask(self, questions: Ints) -> None:
        for question in questions.tolist():
            self._answers[question] = self._mediator.ask(self._scene(question))
            self._unpaid.add(question)
        self._questions = np.array(sorted(self._answers), dtype=np.int64)
        numbers = (self._book.number(self._answers[key].plan) for key in self._questions.tolist())
        self._plans = np.fromiter(numbers, dtype=np.int64, count=len(self._questions))
