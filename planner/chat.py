"""What every language model offers here."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np

from core.chat import Reply, Request


class ChatModel(Protocol):
    """Continues conversations."""

    @property
    def name(self) -> str:
        """The name in logs and tables."""
        ...

    @property
    def in_flight(self) -> int:
        """Calls of `chat` that may run at the same time, each in its own thread.

        1 for a model in this process, which answers requests best in one call.
        """
        ...

    def chat(self, requests: Sequence[Request]) -> Iterable[Reply]:
        """The next turn of each conversation, in order, each as soon as it has arrived.

        The model answers as many requests of one call at the same time as it can.

        Raises:
            ModelError: a request has no answer; the replies before it have been yielded.
        """
        ...


def seed_of(request: Request) -> int:
    """The seed of a request's random draws: 31 bits, different for each `sample`."""
    state = np.random.SeedSequence((request.sampling.seed, request.sample)).generate_state(1)
    return int(state[0]) >> 1
