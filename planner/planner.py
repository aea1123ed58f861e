"""How the questions of a door-room task are put to a language model."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from core.chat import Message, Request, Sampling, earlier_answer
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
        text: a description, see `core.rooms.describe`.
        sample: number of the answer, where several are sampled for the same description.
        failed_attempts: earlier answers to it that were no plans, oldest first.
        choices: the feasible plans, as texts; they follow from the description.
    """

    text: str
    sample: int = 0
    failed_attempts: tuple[FailedAttempt, ...] = ()
    choices: tuple[str, ...] = field(default=(), compare=False)

    def after_failure(self, answer: str, reason: str) -> "Question":
        """The same question after one more answer that was no plan."""
        return replace(self, failed_attempts=(*self.failed_attempts, FailedAttempt(answer, reason)))


@dataclass(frozen=True, slots=True)
class Planner:
    """A language model, and the requests that put a task's questions to it.

    Attributes:
        model: continues the conversation.
        prompt: how the conversation begins.
        sampling: how answers are picked.
        ranks: the model chooses among the feasible plans instead of writing one.
    """

    model: ChatModel
    prompt: Prompt
    sampling: Sampling
    ranks: bool = False

    @property
    def name(self) -> str:
        """The model's name."""
        return self.model.name

    def request(self, question: Question) -> Request:
        """The prompt, the question, and each failed attempt with the message that asks again."""
        messages = [*self.prompt.messages, Message("user", question.text)]
        for answer, reason in question.failed_attempts:
            messages.append(earlier_answer(answer))
            messages.append(Message("user", self.prompt.retry_message(reason, question.text)))
        choices = question.choices if self.ranks else ()
        return Request(tuple(messages), choices, question.sample, self.sampling)
