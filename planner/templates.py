"""How a conversation is written as one text, for servers that complete texts."""

from collections.abc import Callable, Mapping, Sequence

from core.chat import Message

Template = Callable[[Sequence[Message]], tuple[str, str]]
"""Messages -> the text up to where the assistant's turn begins, and the pattern of that turn."""


def _chatml(messages: Sequence[Message]) -> tuple[str, str]:
    turns = (f"<|im_start|>{turn.role}\n{turn.content}<|im_end|>\n" for turn in messages)
    return "".join(turns) + "<|im_start|>assistant\n", "{}<|im_end|>"


def _vicuna(messages: Sequence[Message]) -> tuple[str, str]:
    words = {"system": "{} ", "user": "USER: {} ", "assistant": "ASSISTANT: {}</s>"}
    turns = (words[turn.role].format(turn.content) for turn in messages)
    return "".join(turns) + "ASSISTANT:", " {}</s>"


TEMPLATES: Mapping[str, Template] = {"chatml": _chatml, "vicuna": _vicuna}
"""ChatML (SmolLM2, Qwen, Yi), and Vicuna from version 1.1 on."""
