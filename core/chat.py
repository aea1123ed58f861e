"""What is sent to a language model and what comes back."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal

from core.untrusted import clean

Role = Literal["system", "user", "assistant"]
STEPS_LEFT_OUT = "(Some steps are left out here.)"
"""Stands in a conversation about an episode between the first observation and the steps that it has."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation; its content is cleaned (`core.untrusted`)."""

    role: Role
    content: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "content", clean(self.content))

    def to_json(self) -> dict[str, str]:
        """The form that chat servers expect."""
        return {
            "role": self.role,
            "content": self.content,
        }  # many are written, and `asdict` is slow


def earlier_answer(text: str) -> Message:
    """An answer of the model as an earlier turn; many servers refuse a turn without a word."""
    return Message("assistant", text if text.strip() else "...")


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a language model picks the tokens of an answer.

    Attributes:
        temperature: 0 always takes the most likely token.
        max_tokens: an answer ends after this number of tokens.
        stop: an answer ends before the first of these texts.
        seed: of the random draws where the temperature is above 0.
    """

    temperature: float = 0.0
    max_tokens: int = 128
    stop: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """What a language model is asked to continue.

    Attributes:
        messages: the whole conversation, system message first; models keep no state.
        choices: if there are any, the answer is, or ends with, the most likely of them.
        sample: number of the answer, where several are sampled for the same conversation.
        sampling: how the answer, or the part before the choice, is picked.
        choices_after: where the choices begin: the model writes freely up to the first time this text appears in
            its answer; then the text, a blank and one of `choices` follow. Empty: the whole answer is a choice.
        choices_by: how choices are compared: by their ``mean`` log-probability per token, or by their ``total``
            log-probability; the token that ends the turn counts.
    """

    messages: tuple[Message, ...]
    choices: tuple[str, ...] = ()
    sample: int = 0
    sampling: Sampling = Sampling()
    choices_after: str = ""
    choices_by: Literal["mean", "total"] = "mean"

    @property
    def question(self) -> str:
        """The content of the last message."""
        return self.messages[-1].content if self.messages else ""

    def to_json(self) -> dict[str, Any]:
        """Plain values, which `core.decode` reads back.

        `choices_after` and `choices_by` are left out where they are the defaults: requests were recorded and cached
        before there were these fields.
        """
        # many are made, and `asdict` is slow for long conversations
        values = {name: getattr(self, name) for name in _DEFAULTS}
        values["messages"] = tuple(message.to_json() for message in self.messages)
        values["sampling"] = asdict(self.sampling)
        for name in ("choices_after", "choices_by"):
            if values[name] == _DEFAULTS[name]:
                del values[name]
        return values


_DEFAULTS = {item.name: item.default for item in fields(Request)}


@dataclass(frozen=True, slots=True)
class Usage:
    """What answers of language models took; sums of it are usages, too.

    Attributes:
        llm_calls: requests a language model had to answer (0 for rules, caches and recordings).
        prompt_tokens, completion_tokens: as the server counted them.
        seconds: time spent waiting for the answers, summed over requests.
        cache_hits: requests answered from `planner.cache`.
    """

    llm_calls: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    seconds: float = 0.0
    cache_hits: int = 0

    @property
    def tokens(self) -> int:
        """Prompt and completion tokens."""
        return self.prompt_tokens + self.completion_tokens

    def __add__(self, other: "Usage") -> "Usage":
        """The sum, field by field."""
        return Usage(
            self.llm_calls + other.llm_calls,
            self.prompt_tokens + other.prompt_tokens,
            self.completion_tokens + other.completion_tokens,
            self.seconds + other.seconds,
            self.cache_hits + other.cache_hits,
        )

    def cost(self, per_million: Sequence[float]) -> float:
        """The price of the tokens.

        Args:
            per_million: price of a million prompt tokens and of a million completion tokens; the
                result is in the same currency.
        """
        per_prompt, per_completion = per_million
        return (self.prompt_tokens * per_prompt + self.completion_tokens * per_completion) / 1e6

    def describe(self, per_million: Sequence[float] = ()) -> str:
        """One line of text; with prices of tokens (see `cost`) also the price."""
        if self == Usage():
            return "no calls of a language model"
        line = (
            f"{self.llm_calls} calls of a language model, {self.cache_hits} answers from the cache, "
            f"{self.prompt_tokens} + {self.completion_tokens} tokens in {self.seconds:.1f} s"
        )
        return f"{line}, price {self.cost(per_million):.4g}" if per_million else line


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came, and what it took.

    Attributes:
        text: of the answer; cleaned (`core.untrusted`), wherever it comes from.
        usage: what it took.
        cut: the answer ended at the token limit (`Sampling.max_tokens`); it may be incomplete.
    """

    text: str
    usage: Usage = Usage()
    cut: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", clean(self.text))

    def to_json(self) -> dict[str, Any]:
        """Plain values, which `core.decode` reads back."""
        return asdict(self)
