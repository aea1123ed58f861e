"""What a language model is tuned on: episodes as conversations, and pairs of them."""

from dataclasses import dataclass

from core.chat import Message


@dataclass(frozen=True, slots=True)
class Trajectory:
    """An episode as a conversation, and how it ended.

    Attributes:
        case: the case's name within its task.
        messages: the prompt (a system message if there is one, and the first observation), then the agent's answers
            and the observations in turns; the last message is the agent's.
        reward: how much of the task was solved, 0 to 1; None if the model refused to go on before the
            world gave a score.
        success: whether the world says that the task was solved.
        others: for each of the agent's answers some others that were possible in its place; empty if none are known.
    """

    case: str
    messages: tuple[Message, ...]
    reward: float | None
    success: bool = False
    others: tuple[tuple[str, ...], ...] = ()

    @property
    def prompt(self) -> tuple[Message, ...]:
        """The messages before the agent's first answer."""
        return self.messages[: self._num_prompt]

    @property
    def turns(self) -> tuple[Message, ...]:
        """The messages from the agent's first answer on: answers and observations in turns."""
        return self.messages[self._num_prompt :]

    @property
    def _num_prompt(self) -> int:
        roles = [message.role for message in self.messages]
        return roles.index("assistant") if "assistant" in roles else len(roles)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two ways on from the same prompt, one better than the other (arXiv 2403.02502, section 3.2).

    Attributes:
        case: the case's name within its task.
        prompt: the messages that both have in common.
        chosen, rejected: answers and observations in turns; each begins and ends with an answer.
    """

    case: str
    prompt: tuple[Message, ...]
    chosen: tuple[Message, ...]
    rejected: tuple[Message, ...]

    @property
    def num_shared(self) -> int:
        """Number of messages that both sides begin with."""
        both = enumerate(zip(self.chosen, self.rejected, strict=False))
        shorter = min(len(self.chosen), len(self.rejected))
        return next((number for number, (one, other) in both if one != other), shorter)


def up_to_last_answer(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages without what stands after the last answer; none if there is no answer."""
    for end in range(len(messages), 0, -1):
        if messages[end - 1].role == "assistant":
            return messages[:end]
    return ()
