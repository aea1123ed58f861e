"""Requests of many conversations to one model: a slow answer delays its own conversation only."""

import contextlib
import queue
import threading
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Generic, Self, TypeVar

from core.chat import Reply, Request, Usage
from core.errors import ModelError, ModelRefused
from planner.chat import ChatModel

K = TypeVar("K")

ABOUT_THE_REQUEST = (None, 400, 413, 422)
"""HTTP statuses of a refusal that depends on the conversation; None is a model in this process."""


class Dispatcher(Generic[K]):
    """Sends the requests of conversations and hands back the replies as they arrive.

    A model with `ChatModel.in_flight` above 1 gets up to that many requests at the same time, each in its
    own call and thread; any other gets all waiting requests in one call. While a request waits
    for its reply, an equal one is not sent.

    Args:
        model: answers the requests.
    """

    def __init__(self, model: ChatModel) -> None:
        self._model = model
        self._keys: dict[Request, list[K]] = {}
        self._to_send: queue.SimpleQueue[Request | None] = queue.SimpleQueue()
        self._arrived: queue.SimpleQueue[tuple[Request, Reply | Exception]] = queue.SimpleQueue()
        # daemons, so that an interrupted process does not wait for a slow server
        self._threads = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(model.in_flight if model.in_flight > 1 else 0)
        ]

    def __enter__(self) -> Self:
        """Start the threads."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Send nothing more; after a model's error wait for the requests in flight, which are paid for."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._to_send.get_nowait()
        for _ in self._threads:
            self._to_send.put(None)
        if error is None or isinstance(error, ModelError):
            for thread in self._threads:
                thread.join()

    def send(self, key: K, request: Request) -> None:
        """Send a request; `receive` returns its reply with the key."""
        if request not in self._keys and self._threads:
            self._to_send.put(request)
        self._keys.setdefault(request, []).append(key)

    def receive(self) -> list[tuple[K, Reply | ModelRefused]]:
        """The replies that have arrived, at least one; some request must be waiting.

        Of equal requests the first gets the usage. A conversation that the model does not accept, for
        example because it is too long, gets the error as its reply.

        Raises:
            ModelError: a request has no answer for another reason.
        """
        return [
            (key, replace(reply, usage=Usage()) if number and isinstance(reply, Reply) else reply)
            for request, reply in self._replies()
            for number, key in enumerate(self._keys.pop(request))
        ]

    def _replies(self) -> list[tuple[Request, Reply | ModelRefused]]:
        if not self._threads:
            return self._answer_together(list(self._keys))
        arrived = [self._arrived.get()]
        while not self._arrived.empty():
            arrived.append(self._arrived.get())
        for _, reply in arrived:
            if isinstance(reply, Exception) and _is_fatal(reply):
                raise reply
        return [
            (request, reply)
            for request, reply in arrived
            if isinstance(reply, Reply | ModelRefused)
        ]

    def _answer_together(
        self, requests: Sequence[Request]
    ) -> list[tuple[Request, Reply | ModelRefused]]:
        answered: list[tuple[Request, Reply | ModelRefused]] = []
        try:
            for request, reply in zip(requests, self._model.chat(requests), strict=True):
                answered.append((request, reply))
        except ModelRefused as error:
            if _is_fatal(error):
                raise
            rest = requests[len(answered) :]
            if len(rest) == 1:
                return [*answered, (rest[0], error)]
            # the error does not say which one is refused
            for request in rest:
                answered += self._answer_together([request])
        return answered

    def _work(self) -> None:
        """One thread: answer one request after the other."""
        while (request := self._to_send.get()) is not None:
            try:
                [reply] = self._model.chat([request])
            except Exception as error:  # noqa: BLE001 raised where replies are received
                self._arrived.put((request, error))
            else:
                self._arrived.put((request, reply))


def _is_fatal(error: Exception) -> bool:
    """Whether an error concerns more than one conversation."""
    return not (isinstance(error, ModelRefused) and error.status in ABOUT_THE_REQUEST)
