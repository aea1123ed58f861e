"""A planner answers questions about a task; here it puts them to a chat model in full."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol

from core.chat import Message, Reply, Request, Sampling
from planner.chat import ChatModel
from planner.prompt import Prompt


class FailedAttempt(NamedTuple):
    """An answer that held no plan, and what was wrong with it."""

    answer: str
    reason: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a planner is asked.

    Attributes:
        text: a description (see `core.rooms.describe`).
        sample: which of several answers to it.
        failed_attempts: earlier answers to it that were no plans, oldest first.
        choices: the plans that can be carried out, as texts; they follow from the description.
    """

    text: str
    sample: int = 0
    failed_attempts: tuple[FailedAttempt, ...] = ()
    choices: tuple[str, ...] = field(default=(), compare=False)

    def rejected(self, answer: str, reason: str) -> "Question":
        """The same question, after one more answer that was no plan."""
        return replace(self, failed_attempts=(*self.failed_attempts, FailedAttempt(answer, reason)))


class Planner(Protocol):
    """What the mediator asks."""

    @property
    def name(self) -> str:
        """What logs and tables call it."""
        ...

    def answer(self, questions: Sequence[Question]) -> Iterable[Reply]:
        """Plans for described situations, as texts, in order.

        Raises:
            ModelError: there is no answer.
        """
        ...


class ChatPlanner:
    """Asks a chat model with a task's prompt: rules, worked examples, then the question.

    Args:
        model: continues the conversation.
        prompt: how it begins.
        sampling: how answers are picked.
        ranks: the model is to choose among the plans that can be carried out.
    """

    def __init__(
        self, model: ChatModel, prompt: Prompt, sampling: Sampling, *, ranks: bool = False
    ) -> None:
        self._model = model
        self._prompt = prompt
        self._sampling = sampling
        self._ranks = ranks

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def answer(self, questions: Sequence[Question]) -> Iterable[Reply]:
        """The model's next turns after the prompt, the question and the complaints."""
        return self._model.chat([self._request(question) for question in questions])

    def _request(self, question: Question) -> Request:
        messages = [*self._prompt.messages, Message("user", question.text)]
        for answer, reason in question.failed_attempts:
            messages.append(Message("assistant", answer))
            messages.append(Message("user", self._prompt.complain(reason, question.text)))
        choices = question.choices if self._ranks else ()
        return Request(tuple(messages), choices, question.sample, self._sampling)
