"""What stands in a completion, in the shapes that servers give it.

The functions raise one of `MALFORMED` for a document of another shape.
"""

import math
from collections.abc import Mapping
from typing import Any

MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a JSON document of an unexpected shape raises."""
MAX_COUNT = 2**63 - 1
"""The largest number of tokens that the response cache can store."""
_CUT = frozenset({"length", "max_tokens", "model_length", "max_output_tokens"})
"""How servers say that an answer ended at the token limit, in small letters."""
_BROKEN = ("error", "abort")
"""How servers say that they failed in the middle of an answer."""
_TYPES_OF_TEXT = frozenset({"text", "output_text"})
_INSTEAD_OF_CONTENT = (
    "role",
    "reasoning_content",
    "reasoning",
    "tool_calls",
    "function_call",
    "refusal",
)


def text_of(document: Any) -> str:
    """The text of the first choice; the words of a refusal, or none, if it has no content.

    Thoughts in a field or a part of their own are not part of it.
    """
    choice = document["choices"][0]
    if choice.get("error") or choice.get("finish_reason") in _BROKEN:
        raise ValueError("the server failed in the middle of the answer")
    message = choice["message"]
    content = message.get("content")
    if content is None and message.keys().isdisjoint(("content", *_INSTEAD_OF_CONTENT)):
        raise KeyError("content")
    parts = content if isinstance(content, list) else [content]
    text = "".join(_text_of_part(part) for part in parts if part is not None)
    refusal = message.get("refusal")
    return text or (refusal if isinstance(refusal, str) else "")


def _text_of_part(part: Any) -> str:
    if isinstance(part, str):
        return part
    kind = part.get("type", "text")
    text = part["text"] if kind in _TYPES_OF_TEXT else part.get("refusal", "")
    if not isinstance(text, str):
        raise TypeError(f"the text is {text!r}")
    return text


def is_cut(document: Any) -> bool:
    """Whether the first choice ended at the token limit."""
    return str(document["choices"][0].get("finish_reason")).lower() in _CUT


def scores_in(document: Any, span: range) -> list[float] | None:
    """The log-probabilities of the tokens that begin in a span of characters of the prompt.

    None if the completion says nothing about probabilities, an empty list if nothing about these.
    """
    logprobs = document["choices"][0].get("logprobs")
    if not logprobs:
        return None
    pairs = zip(logprobs["text_offset"], logprobs["token_logprobs"], strict=True)
    scores = [float(value) for offset, value in pairs if offset in span]
    if any(map(math.isnan, scores)):
        raise ValueError("a log-probability is not a number")
    return scores


def token_counts(document: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """The tokens of the prompt and of the completion: 0 if not said, None for what is no count."""
    usage = document.get("usage") or {}
    if not isinstance(usage, Mapping):
        return None, None
    return _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))


def _count(value: Any) -> int | None:
    if value is None:
        return 0
    try:
        count = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return count if 0 <= count <= MAX_COUNT else None
