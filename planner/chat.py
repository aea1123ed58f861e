"""What every language model offers here."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np

from core.chat import Reply, Request


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a language model picks its words.

    Attributes:
        temperature: 0 is always the likeliest word.
        max_tokens: an answer ends there.
        stop: an answer ends before the first of these.
        seed: where the temperature leaves something to chance.
    """

    temperature: float = 0.0
    max_tokens: int = 128
    stop: tuple[str, ...] = ()
    seed: int = 0

    def seed_of(self, sample: int) -> int:
        """Another one for each run and each of its samples."""
        state = np.random.SeedSequence((self.seed, sample)).generate_state(1)
        return int(state[0]) >> 1  # servers want 31 bits

    @property
    def identity(self) -> dict[str, Any]:
        """What of it an answer depends on: where nothing is left to chance, not the seed."""
        everything = asdict(self)
        if self.temperature == 0:
            del everything["seed"]
        return everything


def clean(text: str) -> str:
    """What a model wrote, without what no file and no terminal should get: control characters, and
    the halves of characters that JSON can spell.
    """
    return "".join(sign for sign in text if sign.isprintable() or sign in "\n\t")


class ChatModel(Protocol):
    """Something that continues conversations."""

    @property
    def name(self) -> str:
        """What logs and tables call it."""
        ...

    def chat(self, requests: Sequence[Request]) -> Iterable[Reply]:
        """The next turn of each conversation, in order, each as soon as it is there.

        Requests that come together are answered together, as well as the model can.

        Raises:
            PlannerError: there is no answer to be had; those before it count all the same.
        """
        ...
