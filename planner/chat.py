"""What every language model offers here."""

from collections.abc import Sequence
from typing import Protocol

from core.chat import Message, Reply


class ChatModel(Protocol):
    """Something that continues a conversation."""

    @property
    def name(self) -> str:
        """What logs and tables call it."""
        ...

    def chat(self, messages: Sequence[Message]) -> Reply:
        """The next turn.

        Args:
            messages: the whole conversation, system message first; nothing is kept between calls.

        Raises:
            PlannerError: there is no answer to be had.
        """
        ...
