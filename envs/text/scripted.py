"""The scripted model in text worlds: it plays by rules, from the conversation alone."""

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from core.chat import STEPS_LEFT_OUT, Message, Reply, Request
from core.errors import MAX_SHOWN, ModelRefused
from core.rooms.plan import EXPLORE_PLAN
from envs.text.alfworld.expert import Expert as HouseholdExpert
from envs.text.hotpotqa.expert import Expert as QuestionExpert
from envs.text.pddl.expert import Expert as PlanningExpert
from planner.scripted import ScriptedModel, answer_text

_ANSWER = re.compile(r"(?:Thought: [^\n]*\n)?(?:Action: )?(?P<action>[^\n]*)")


class Expert(Protocol):
    """Plays one episode and knows only what it has read."""

    def act(self) -> str:
        """The next action; the same again until something is observed."""
        ...

    def thought(self) -> str:
        """Why `act` chooses it, in a sentence."""
        ...

    def wander(self, rng: random.Random) -> str:
        """An action that is possible but not chosen for the goal."""
        ...

    def observe(self, action: str, observation: str) -> None:
        """What came of an action, its own or not."""
        ...


EXPERTS: Sequence[Callable[[str], Expert]] = (HouseholdExpert, PlanningExpert, QuestionExpert)
"""Each raises a ValueError for the first observation of another world."""


class ScriptedTextModel:
    """Answers by rules in place of a language model, with a thought where the conversation shows thoughts.

    It keeps no state: each answer follows from the conversation.

    Args:
        skill: probability that an answer is the rules'; otherwise it is some action that is possible.
        seed: of the draws.
    """

    in_flight = 1

    def __init__(self, skill: float = 1.0, seed: int = 0) -> None:
        self._skill = skill
        self._seed = seed
        self._in_rooms = ScriptedModel()

    @property
    def name(self) -> str:
        """``scripted``, and its skill if that is not perfect."""
        return "scripted" if self._skill == 1 else f"scripted with skill {self._skill:g}"

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The next action of each conversation.

        Raises:
            ModelRefused: a conversation is in no world that it knows.
        """
        return map(self._answer, requests)

    def _answer(self, request: Request) -> Reply:
        rng = self._generator(request)
        errs = rng.random() >= self._skill
        expert = _expert_of(request.messages)
        if expert is not None:
            action = expert.wander(rng) if errs else expert.act()
            return Reply(answer_text(request, expert.thought(), action))
        if errs:
            return Reply(answer_text(request, "I explore.", str(EXPLORE_PLAN[0])))
        try:
            [reply] = self._in_rooms.chat([request])
        except ModelRefused:
            raise ModelRefused(
                "the scripted model plays rooms, ALFWorld and robotic planning in plain texts; this is neither: "
                f"{request.question[:MAX_SHOWN]!r}"
            ) from None
        return reply

    def _generator(self, request: Request) -> random.Random:
        """Draws that depend on the seed and the conversation only."""
        text = "\n".join(message.content for message in request.messages)
        digest = hashlib.sha256(f"{self._seed} {request.sample}\n{text}".encode()).digest()
        return random.Random(int.from_bytes(digest))


def _expert_of(messages: Sequence[Message]) -> Expert | None:
    """The expert of the conversation's last episode, after all that has happened in it.

    None if the conversation is in no world that has an expert.
    """
    for start in reversed(range(len(messages))):
        first, _, rest = messages[start].content.partition(f"\n{STEPS_LEFT_OUT}\n")
        expert = _make_expert(first) if messages[start].role == "user" else None
        if expert is not None:
            if rest:
                expert.observe("", rest)
            turns = messages[start + 1 :]
            for answer, observation in zip(turns[::2], turns[1::2], strict=True):
                expert.observe(_action_in(answer.content), observation.content)
            return expert
    return None


def _make_expert(introduction: str) -> Expert | None:
    for make in EXPERTS:
        try:
            return make(introduction)
        except ValueError:
            continue
    return None


def _action_in(answer: str) -> str:
    match = _ANSWER.match(answer)
    return match["action"] if match is not None else answer
