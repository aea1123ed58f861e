"""Choosing among texts by their log-probabilities, and the prompts to score them with.

Servers score whole texts, so a conversation must be written as the model's chat template writes it.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np

from core.chat import Message

Template = Callable[[Sequence[Message]], tuple[str, str]]
"""Messages -> the text up to where the assistant's turn begins, and the pattern of that turn."""


def _chatml(messages: Sequence[Message]) -> tuple[str, str]:
    turns = (f"<|im_start|>{turn.role}\n{turn.content}<|im_end|>\n" for turn in messages)
    return "".join(turns) + "<|im_start|>assistant\n", "{}<|im_end|>"


def _vicuna(messages: Sequence[Message]) -> tuple[str, str]:
    patterns = {"system": "{} ", "user": "USER: {} ", "assistant": "ASSISTANT: {}</s>"}
    turns = (patterns[turn.role].format(turn.content) for turn in messages)
    return "".join(turns) + "ASSISTANT:", " {}</s>"


TEMPLATES: Mapping[str, Template] = {"chatml": _chatml, "vicuna": _vicuna}
"""ChatML (SmolLM2, Qwen, Yi), and Vicuna from version 1.1 on."""


def most_likely(
    choices: Sequence[str],
    logprobs: Sequence[Sequence[float]],
    by: Literal["mean", "total"] = "mean",
) -> str:
    """The choice with the highest log-probability; the first of equals.

    The total is what the model would say if it could say nothing else. Of a model that was not tuned to give such
    answers the shortest text would nearly always win by it, which the mean prevents (docs/PLANNERS.md).

    Args:
        choices: C texts.
        logprobs: for each of the C texts, the log-probabilities of its tokens, including the token
            that ends the turn.
        by: compare the ``mean`` over a text's tokens, or their ``total``.
    """
    score = np.mean if by == "mean" else np.sum
    return choices[int(np.argmax([score(tokens) for tokens in logprobs]))]
