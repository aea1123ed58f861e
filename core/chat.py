"""What goes to a language model and what comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

Role = Literal["system", "user", "assistant"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str

    def to_json(self) -> dict[str, str]:
        """As chat servers spell it."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Request:
    """What is put to a language model.

    Attributes:
        messages: the whole conversation, system message first; nothing is kept between requests.
        choices: if there are any, the answer is to be one of these, the likeliest.
        sample: which of several answers to the same conversation.
    """

    messages: tuple[Message, ...]
    choices: tuple[str, ...] = ()
    sample: int = 0

    @property
    def question(self) -> str:
        """What was said last."""
        return self.messages[-1].content if self.messages else ""

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `from_json` reads back."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Request":
        """Read what `to_json` wrote.

        Raises:
            KeyError, TypeError: something is missing or of another type.
        """
        messages = tuple(Message(**message) for message in data["messages"])
        return cls(messages, tuple(data["choices"]), data["sample"])


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer and what it cost.

    Attributes:
        text: the answer as it came.
        llm_calls: requests a language model had to answer for it (0 for rules, memory and record).
        prompt_tokens, completion_tokens: as the server counted them.
        seconds: time spent waiting for it.
        store_hits: requests that had been answered in an earlier run, see `planner.cache`.
    """

    text: str
    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    store_hits: int = 0

    def to_json(self) -> dict[str, Any]:
        """A dictionary that `Reply(**...)` reads back."""
        return asdict(self)

    def __add__(self, other: "Reply") -> "Reply":
        """The other's text, the cost of both."""
        return Reply(
            text=other.text,
            llm_calls=self.llm_calls + other.llm_calls,
            prompt_tokens=self.prompt_tokens + other.prompt_tokens,
            completion_tokens=self.completion_tokens + other.completion_tokens,
            seconds=self.seconds + other.seconds,
            store_hits=self.store_hits + other.store_hits,
        )


def price(spent: Reply, per_million: Sequence[float]) -> float:
    """What the tokens of a reply cost.

    Args:
        spent: the reply.
        per_million: price of a million tokens, of prompts and of answers; the unit is the caller's.
    """
    of_prompts, of_answers = per_million
    return (spent.prompt_tokens * of_prompts + spent.completion_tokens * of_answers) / 1e6
