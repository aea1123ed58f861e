"""What goes to a language model and what comes back."""

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
class Reply:
    """An answer and what it cost.

    Attributes:
        text: the answer as it came.
        llm_calls: requests a language model had to answer for it (0 for rules, cache and record).
        prompt_tokens, completion_tokens: as the server counted them.
        seconds: time spent waiting for it.
    """

    text: str
    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0

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
        )
