"""An agent that is told something about earlier attempts, and the request for a note after a failed one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from agents.text_prompt import read_prompt
from core.answer import spoken
from core.chat import Reply, Request, Sampling
from core.episode import Episode
from core.errors import ModelRefused
from core.reflection import REFLECTION_CUE, Reflection
from runner.player import Case
from runner.text import History, Move, TextPolicy, history_at_end


@dataclass(frozen=True, slots=True)
class ReflexionPrompt:
    """The texts of ``agents/prompts/reflexion.json``.

    Attributes:
        ended: how an attempt ended, by the names of `Episode`'s fields.
        instructions: what a note shall be.
        last_attempt: in front of the whole last attempt.
        left_out: in place of an observation that is left out there.
        begin: after it.
    """

    ended: Mapping[str, str]
    instructions: str
    last_attempt: str
    left_out: str
    begin: str

    def how_ended(self, episode: Episode) -> str:
        """How an attempt that failed has ended, in words."""
        kinds = ("looped", "truncated", "terminated")
        return next(self.ended[kind] for kind in kinds if getattr(episode, kind))

    def ask_for_note(self, episode: Episode) -> str:
        """The question after a failed attempt."""
        return f"{self.how_ended(episode)} {self.instructions}\n{REFLECTION_CUE}"


def load_prompt() -> ReflexionPrompt:
    """The texts of ``agents/prompts/reflexion.json``."""
    return read_prompt("reflexion", ReflexionPrompt)


@dataclass(frozen=True, slots=True)
class TrialPolicy:
    """The policy of one trial, or of one round; see `runner.text.TextPolicy`.

    Attributes:
        policy: acts.
        told: what stands before the first observation of a case; may be empty.
        sample: number of the answers that are drawn (`core.chat.Request.sample`).
    """

    policy: TextPolicy
    told: Callable[[Case], str]
    sample: int = 0

    def request(self, history: History) -> Request:
        """The request of the policy, which is told about earlier attempts."""
        request = self.policy.request(replace(history, told=self.told(history.case)))
        return replace(request, sample=self.sample)

    def read(self, reply: Reply) -> Move:
        """As the policy reads it."""
        return self.policy.read(reply)


def note_request(
    episode: Episode, policy: TextPolicy, question: str, sampling: Sampling
) -> Request:
    """Asks about a failed attempt, in the conversation of that attempt.

    Args:
        episode: the attempt.
        policy: that made its requests.
        question: put after the last observation.
        sampling: of the answer.
    """
    history = history_at_end(episode)
    request = policy.request(replace(history, observation=f"{history.observation}\n\n{question}"))
    return replace(request, sampling=sampling)


def read_note(trial: int, reply: Reply | ModelRefused) -> Reflection:
    """The note in an answer: what it says (`core.answer.spoken`); an empty one if there is none."""
    if isinstance(reply, ModelRefused):
        return Reflection(trial, "")
    said = spoken(reply.text)
    text = "\n".join(part.strip() for part in said.parts)
    return Reflection(trial, text, reply.usage, cut=reply.cut and not said.has_ended)
