"""Conversations with a language model that are written as generators, several at a time."""

from collections.abc import Generator, Iterator, Mapping
from typing import TypeVar

from core.chat import Reply, Request
from core.errors import ModelRefused
from planner.chat import ChatModel
from planner.dispatch import Dispatcher

T = TypeVar("T")
Conversation = Generator[Request, Reply | ModelRefused, T]
"""Yields requests, takes the reply to each, and returns a result."""


def converse(
    conversations: Mapping[str, Conversation[T]], model: ChatModel
) -> Iterator[tuple[str, T]]:
    """Carry on conversations together; yields the name and the result of each as soon as it has ended.

    Raises:
        ModelError: a request has no answer.
    """
    with Dispatcher[str](model) as dispatcher:
        for name, conversation in conversations.items():
            dispatcher.send(name, next(conversation))
        missing = len(conversations)
        while missing:
            for name, reply in dispatcher.receive():
                try:
                    dispatcher.send(name, conversations[name].send(reply))
                except StopIteration as end:
                    missing -= 1
                    yield name, end.value
