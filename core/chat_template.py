"""Conversations as the texts that a model reads, written by the chat template of its tokenizer."""

from collections.abc import Sequence
from typing import Any, Protocol

from jinja2 import TemplateError

from core.chat import Message

_PROBE = (Message("system", "Probe of the system role."), Message("user", "Hello."))


class ChatTokenizer(Protocol):
    """What is used of a Hugging Face tokenizer here."""

    def apply_chat_template(
        self, conversation: Any, *, tokenize: bool, add_generation_prompt: bool
    ) -> Any:
        """The text of a conversation, or of each of several."""
        ...


class ChatTemplate:
    """Writes conversations for a model that reads or is trained on them, so that both are the same text.

    Where the template refuses or drops a system message, its text is put before the first user message, followed by an
    empty line.

    Args:
        tokenizer: has a chat template.
    """

    def __init__(self, tokenizer: ChatTokenizer) -> None:
        self._tokenizer = tokenizer
        self._takes_system = self._writes_system()

    def prompts(self, conversations: Sequence[Sequence[Message]]) -> list[str]:
        """The text of each conversation up to where the model's turn begins.

        Raises:
            jinja2.TemplateError: the template refuses one of them.
        """
        return self._write(conversations, asks=True)

    def whole(self, conversation: Sequence[Message]) -> str:
        """The text of a conversation that ends with an answer.

        Raises:
            jinja2.TemplateError: the template refuses it.
        """
        return self._write([conversation], asks=False)[0]

    def _write(self, conversations: Sequence[Sequence[Message]], *, asks: bool) -> list[str]:
        if not self._takes_system:
            conversations = [_without_system(messages) for messages in conversations]
        return self._apply(conversations, asks=asks)

    def _writes_system(self) -> bool:
        try:
            [text] = self._apply([_PROBE], asks=True)
        except TemplateError:
            return False
        return _PROBE[0].content in text

    def _apply(self, conversations: Sequence[Sequence[Message]], *, asks: bool) -> list[str]:
        turns = [[message.to_json() for message in messages] for messages in conversations]
        try:
            texts: list[str] = self._tokenizer.apply_chat_template(
                turns, tokenize=False, add_generation_prompt=asks
            )
        except (TemplateError, MemoryError):
            raise
        except Exception as error:  # a template is a program that came with the model
            raise TemplateError(f"{type(error).__name__}: {error}") from error
        return texts


def _without_system(messages: Sequence[Message]) -> Sequence[Message]:
    if not messages or messages[0].role != "system":
        return messages
    rules, rest = messages[0].content, messages[1:]
    if not rest or rest[0].role != "user":
        return (Message("user", rules), *rest)
    return (Message("user", f"{rules}\n\n{rest[0].content}"), *rest[1:])
