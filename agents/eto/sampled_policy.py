"""A policy that asks for another sample of each answer."""

from dataclasses import dataclass, replace

from core.chat import Reply, Request
from runner.text import History, Move, TextPolicy


@dataclass(frozen=True, slots=True)
class SampledPolicy:
    """Makes the requests of a policy for another sample; see `runner.text.TextPolicy`.

    Attributes:
        policy: makes the requests.
        exploration: number of the sample.
    """

    policy: TextPolicy
    exploration: int

    def request(self, history: History) -> Request:
        """The policy's request, for this sample."""
        return replace(self.policy.request(history), sample=self.exploration)

    def read(self, reply: Reply) -> Move:
        """The move in an answer."""
        return self.policy.read(reply)
