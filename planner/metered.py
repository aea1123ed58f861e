"""Counts the calls and tokens that a run spends on its language model."""

import threading
from collections.abc import Iterator, Sequence

from core.chat import Reply, Request, Usage
from core.errors import ModelError
from planner.account import Account
from planner.chat import ChatModel


class MeteredModel:
    """A chat model that sums the usage of all its replies.

    Attributes:
        account: of the run that asks.
        usage: of all requests so far, including those completed in a batch that failed.
    """

    def __init__(self, model: ChatModel, account: Account) -> None:
        self._model = model
        self.account = account
        self.usage = Usage()
        self._lock = threading.Lock()  # `chat` may run in several threads

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def in_flight(self) -> int:
        """See `ChatModel.in_flight`."""
        return self._model.in_flight

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers; see `planner.chat.ChatModel`."""
        try:
            for reply in self._model.chat(requests):
                self._add(reply.usage)
                yield reply
        except ModelError as error:
            self._add(sum((reply.usage for _, reply in error.completed), Usage()))
            raise

    def _add(self, usage: Usage) -> None:
        with self._lock:
            self.usage += usage
