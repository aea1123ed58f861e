"""The scripted model in text worlds: it plays by rules, from the conversation alone."""

import hashlib
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import Protocol, TypeVar

from core.chat import STEPS_LEFT_OUT, Reply, Request
from core.errors import MAX_SHOWN, ModelRefused
from core.learning_text import EXAMPLE_CUE
from core.library import ONE_CALL
from core.reflection import LESSON_CUE, REFLECTION_CUE
from envs.text.alfworld.expert import Expert as HouseholdExpert
from envs.text.alfworld.forgetful import Forgetful as ForgetfulHouseholdExpert
from envs.text.alfworld.novice import Novice as HouseholdNovice
from envs.text.coding import programmer
from envs.text.hotpotqa.expert import Expert as QuestionExpert
from envs.text.macros import learner
from envs.text.macros.patterns import library_in
from envs.text.macros.player import example_of, next_decision
from envs.text.notes import read_notes
from envs.text.pddl.expert import Expert as PlanningExpert
from envs.text.pddl.novice import Novice as PlanningNovice
from envs.text.rooms_player import Expert as RoomsExpert
from envs.text.rooms_player import Novice as RoomsNovice
from envs.text.scienceworld.expert import Expert as ScienceExpert
from envs.text.scripted_code import FENCE, next_piece, observe_code, one_call
from envs.text.webshop.expert import Expert as ShopExpert
from planner.scripted import answer_text

_ANSWER = re.compile(r"(?:Thought: [^\n]*\n)?(?:Action: )?(?P<action>[^\n]*)")


class Expert(Protocol):
    """Plays one episode and knows only what it has read."""

    def act(self) -> str:
        """The next action; the same again until something is observed."""
        ...

    def thought(self) -> str:
        """Why `act` chooses it, in a sentence."""
        ...

    def other_action(self, rng: random.Random) -> str:
        """An action that is possible but not chosen for the goal."""
        ...

    def observe(self, action: str, observation: str) -> None:
        """What came of an action, its own or not."""
        ...


class Novice(Expert, Protocol):
    """Plays one episode, often fails, and learns from notes about earlier attempts."""

    def note(self) -> str:
        """What went wrong in the episode so far and what to do about it, in words."""
        ...

    def lesson(self) -> str:
        """What the episode so far teaches about other cases of the task, in words."""
        ...


def _answerer(introduction: str, notes: Sequence[str], _rng: random.Random) -> Novice:
    """The player of questions, expert and beginner in one: many of its guesses are wrong."""
    return QuestionExpert(introduction, notes)


def _customer(introduction: str, notes: Sequence[str], _rng: random.Random) -> Novice:
    """The player of shops, expert and beginner in one: it cannot read all features."""
    return ShopExpert(introduction, notes)


def _scientist(introduction: str, notes: Sequence[str], _rng: random.Random) -> Novice:
    """The player of science, expert and beginner in one: in cases whose path it does not know it fails."""
    return ScienceExpert(introduction, notes)


EXPERTS: Sequence[Callable[[str], Expert]] = (
    HouseholdExpert,
    PlanningExpert,
    RoomsExpert,
    QuestionExpert,
    ShopExpert,
    ScienceExpert,
)
"""Each raises a ValueError for the first observation of another world."""
NOVICES: Sequence[Callable[[str, Sequence[str], random.Random], Novice]] = (
    HouseholdNovice,
    PlanningNovice,
    RoomsNovice,
    _answerer,
    _customer,
    _scientist,
)
"""Each takes a first observation, the notes in front of it, and a generator that draws its habits.

It raises a ValueError for the first observation of another world, before it draws.
"""


FORGETFUL: Sequence[Callable[[str, random.Random], Expert]] = (ForgetfulHouseholdExpert,)
"""Experts with a systematic error, in the worlds that have one; in the others an expert makes none."""


P = TypeVar("P", bound=Expert)


class ScriptedTextModel:
    """Answers by rules in place of a language model, with a thought where the conversation shows thoughts.

    It keeps no state: each answer follows from the conversation.

    Args:
        skill: probability that an answer is the rules'; otherwise it is some action that is possible.
        seed: of the draws.
        is_novice: it plays as a beginner, who fails often, writes a note about it where it is asked to
            (`core.reflection`), and reads its notes. Its habits are drawn from the seed, the first observation
            and `Request.sample`: but for its notes it does the same in each attempt.
    """

    in_flight = 1

    def __init__(
        self,
        skill: float = 1.0,
        seed: int = 0,
        *,
        is_novice: bool = False,
        is_forgetful: bool = False,
    ) -> None:
        self._skill = skill
        self._seed = seed
        self._is_novice = is_novice
        self._is_forgetful = is_forgetful

    @property
    def name(self) -> str:
        """``scripted``, and its skill if that is not perfect."""
        kinds = {"novice": self._is_novice, "forgetful": self._is_forgetful}
        name = " ".join(["scripted", *(kind for kind, is_so in kinds.items() if is_so)])
        return name if self._skill == 1 else f"{name} with skill {self._skill:g}"

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The next action of each conversation, or a note about it.

        Raises:
            ModelRefused: a conversation is in no world that it knows.
        """
        return map(self._answer, requests)

    def _answer(self, request: Request) -> Reply:
        text = "\n".join(message.content for message in request.messages)
        rng = self._generator(request.sample, text)
        errs = rng.random() >= self._skill
        functions = learner.answer(request.messages, request.sample, rng)
        if functions is not None:
            return Reply(functions)
        if request.question.endswith(EXAMPLE_CUE):
            return Reply(_example(request.question))
        about_program = programmer.answer(request.messages, rng if errs else None)
        if about_program is not None:
            return Reply(about_program)
        if not self._is_novice:
            return self._act(request, _player_in(request, self._make_expert), rng, errs)
        novice = _player_in(request, partial(self._make_novice, request.sample))
        if request.question.endswith(LESSON_CUE):
            return Reply(novice.lesson())
        if request.question.endswith(REFLECTION_CUE):
            return Reply(novice.note())
        return self._act(request, novice, rng, errs)

    def _act(self, request: Request, player: Expert, rng: random.Random, errs: bool) -> Reply:
        if _wants_code(request):
            return Reply(_code(player, request.messages[0].content, rng if errs else None))
        if not errs:
            action = player.act()
        elif request.choices:
            action = rng.choice(request.choices)
        else:
            action = player.other_action(rng)
        return Reply(answer_text(request, player.thought(), action))

    def _make_expert(self, introduction: str, notes: Sequence[str]) -> Expert | None:
        for make in FORGETFUL if self._is_forgetful else ():
            with suppress(ValueError):
                return make(introduction, self._generator(0, introduction))
        return _make_expert(introduction, notes)

    def _make_novice(self, sample: int, introduction: str, notes: Sequence[str]) -> Novice | None:
        rng = self._generator(sample, introduction)
        for make in NOVICES:
            with suppress(ValueError):
                return make(introduction, notes, rng)
        return None

    def _generator(self, sample: int, text: str) -> random.Random:
        """Draws that depend on the seed and a text only."""
        digest = hashlib.sha256(f"{self._seed} {sample}\n{text}".encode()).digest()
        return random.Random(int.from_bytes(digest))


def _make_expert(introduction: str, _notes: Sequence[str]) -> Expert | None:
    for make in EXPERTS:
        with suppress(ValueError):
            return make(introduction)
    return None


def _wants_code(request: Request) -> bool:
    return bool(request.messages) and FENCE in request.messages[0].content


def _example(question: str) -> str:
    """How the functions in a question are called in the case with which it ends.

    Raises:
        ModelRefused: it is no case of a world that it knows.
    """
    player = _begin(question.removesuffix(EXAMPLE_CUE).rstrip(), _make_expert)
    if player is None:
        raise ModelRefused(f"the scripted model does not know this case: {question[-MAX_SHOWN:]!r}")
    return example_of(player, library_in(question)).as_answer(question)


def _code(player: Expert, system: str, rng: random.Random | None) -> str:
    """A decision as code; some action that is possible if a generator for it is given."""
    if rng is not None:
        piece = one_call(player, player.other_action(rng))
    elif ONE_CALL in system:
        piece = next_decision(player, system)
    else:
        piece = next_piece(player)
    return piece.as_answer(system)


def _player_in(request: Request, make: Callable[[str, Sequence[str]], P | None]) -> P:
    """Who plays the conversation's last episode, after all that has happened in it.

    Args:
        request: the conversation.
        make: makes a player of a first observation and the notes in front of it; None if it is no such one.

    Raises:
        ModelRefused: the conversation is in no world that has a player.
    """
    messages = [(message.role, message.content) for message in request.messages]
    if request.question.endswith((LESSON_CUE, REFLECTION_CUE)):
        # an observation and, after a blank line, what is asked for
        role, content = messages.pop()
        messages.append((role, content.partition("\n\n")[0]))
    for start in reversed(range(len(messages))):
        role, content = messages[start]
        first, _, rest = content.partition(f"\n{STEPS_LEFT_OUT}\n")
        player = _begin(first, make) if role == "user" else None
        if player is not None:
            turns = messages[start + 1 :]
            seen = [
                (answer, text)
                for (_, answer), (_, text) in zip(turns[::2], turns[1::2], strict=True)
            ]
            for answer, observation in [("", rest)] * bool(rest) + seen:
                if _wants_code(request):
                    observe_code(player, observation)
                else:
                    player.observe(_action_in(answer), observation)
            return player
    raise ModelRefused(
        "the scripted model plays rooms, ALFWorld, robotic planning in plain texts, HotpotQA, WebShop and ScienceWorld, and writes programs; this is none of these: "
        f"{request.question[:MAX_SHOWN]!r}"
    )


def _begin(message: str, make: Callable[[str, Sequence[str]], P | None]) -> P | None:
    """The player of the first observation with which a message ends; notes may stand in front of it."""
    paragraphs = message.split("\n\n")
    for number in reversed(range(len(paragraphs))):
        notes = read_notes("\n\n".join(paragraphs[:number]))
        player = make("\n\n".join(paragraphs[number:]).lstrip(), notes)
        if player is not None:
            return player
    return None


def _action_in(answer: str) -> str:
    match = _ANSWER.match(answer)
    return match["action"] if match is not None else answer
