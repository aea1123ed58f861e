"""A planner answers one question about a task; here it puts it to a chat model in full."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from core.chat import Message, Reply
from planner.chat import ChatModel
from planner.prompt import Prompt


class Rejection(NamedTuple):
    """An answer that held no plan, and what was wrong with it."""

    answer: str
    reason: str


class Planner(Protocol):
    """What the mediator asks."""

    @property
    def name(self) -> str:
        """What logs and tables call it."""
        ...

    def answer(self, question: str, rejections: Sequence[Rejection] = ()) -> Reply:
        """A plan for a described situation, as text.

        Args:
            question: a description (see `mediator.describe`).
            rejections: earlier answers to this question that were no plans, oldest first.

        Raises:
            PlannerError: there is no answer to be had.
        """
        ...


class ChatPlanner:
    """Asks a chat model with a task's prompt: rules, worked examples, then the question."""

    def __init__(self, model: ChatModel, prompt: Prompt) -> None:
        self._model = model
        self._prompt = prompt

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def answer(self, question: str, rejections: Sequence[Rejection] = ()) -> Reply:
        """The model's next turn after the prompt, the question and the complaints."""
        messages = [*self._prompt.messages, Message("user", question)]
        for rejection in rejections:
            messages.append(Message("assistant", rejection.answer))
            messages.append(Message("user", self._prompt.complain(rejection.reason, question)))
        return self._model.chat(messages)
