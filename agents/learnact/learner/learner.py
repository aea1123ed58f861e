"""How a language model is asked for functions over a world's actions: new ones, examples of calls, improvements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from agents.learnact.learner.answers import Answer, read_answer, read_example
from agents.learnact.learner.rehearsal import rehearse
from agents.text_prompt import load_text_prompt, read_prompt
from core.answer import without_thoughts
from core.candidate import Failure, Proposal
from core.chat import Message, Reply, Request, Sampling, Usage, earlier_answer
from core.episode import Episode
from core.errors import ActionFormatError, ModelRefused
from core.learning_text import (
    CREATE_CUE,
    EXAMPLE_CUE,
    FAILURE_HEADING,
    IMPROVE_CUE,
    episodes_text,
    introduction,
    library_text,
)
from core.library import Library
from core.settings import LearnActSettings
from core.task import TextTask
from envs.text.functions import Function
from planner.cache import request_digest
from planner.converse import Conversation
from runner.evaluation.text import options_of
from runner.player import Case
from runner.text import make_world

MAX_ATTEMPTS = 4
"""Answers to one question, at most; each after the first is asked for with the problems of the one before."""


@dataclass(frozen=True, slots=True)
class LearnerPrompt:
    """The texts of ``agents/prompts/learnact.json``; in braces stands what is filled in.

    Attributes:
        rules: what functions are written over, and how, in sentences.
        worked_example: functions for another world, in lines.
        create: asks for functions, by what the learner sees (`LearnActSettings.learner_sees`).
        again: asks to correct an answer, after its problems.
        example: asks for an example of the functions' use.
        improve: asks what to do about a failure.
    """

    rules: tuple[str, ...]
    worked_example: tuple[str, ...]
    create: Mapping[str, str]
    again: str
    example: str
    improve: str


def load_prompt() -> LearnerPrompt:
    """The texts of ``agents/prompts/learnact.json``."""
    return read_prompt("learnact", LearnerPrompt)


@dataclass(frozen=True, slots=True)
class Learner:
    """Asks a language model for functions (arXiv 2402.15809, section 3).

    Attributes:
        task: its world is what the functions are for.
        functions: the actions of the world.
        settings: of the run.
        prompt: the texts.
    """

    task: TextTask
    functions: Sequence[Function]
    settings: LearnActSettings
    prompt: LearnerPrompt = field(default_factory=load_prompt)

    def create(self, episodes: Sequence[Episode], sample: int) -> Conversation[Proposal]:
        """Ask for new functions.

        Args:
            episodes: of the training cases, without functions; at least one.
            sample: number of the answers (`core.chat.Request.sample`).
        """
        sees = self.settings.learner_sees
        shown = [episodes_text(episodes)] if sees == "episodes" else []
        question = _paragraphs(*shown, self.prompt.create[sees], CREATE_CUE)
        return self._change(Library(), question, CREATE_CUE, episodes[0], sample)

    def improve(
        self, parent: Library, failure: Failure, episode: Episode, sample: int
    ) -> Conversation[Proposal]:
        """Ask what to do about the failure of a function: rewrite it, or write a note for those who call it.

        Args:
            parent: the functions.
            failure: what is shown.
            episode: in which it happened.
            sample: number of the answers.
        """
        question = _paragraphs(
            library_text(parent),
            episodes_text([self._until(failure, episode)], FAILURE_HEADING),
            self.prompt.improve.format(function=failure.function),
            IMPROVE_CUE,
        )
        return self._change(parent, question, IMPROVE_CUE, episode, sample, failure.function)

    def _change(
        self,
        parent: Library,
        question: str,
        cue: str,
        episode: Episode,
        sample: int,
        failed: str = "",
    ) -> Conversation[Proposal]:
        """Ask until an answer has no problems, at most `MAX_ATTEMPTS` times; otherwise the last usable part counts."""
        talk = _Talk(self._sampling, sample)
        messages = [self._system, Message("user", question)]
        best = Answer("none", parent)
        for _ in range(MAX_ATTEMPTS):
            reply = yield from talk.ask(messages)
            if reply is None:
                break
            answer = read_answer(reply, parent, self._actions, failed)
            problems = answer.problems or self._problems_in_use(
                answer.library, answer.usage, episode.case
            )
            talk.refusals += problems
            if answer.change != "none":
                best = answer
            if not problems:
                break
            again = self.prompt.again.format(problems="\n".join(problems))
            messages.append(earlier_answer(without_thoughts(reply.text)))
            messages.append(Message("user", _paragraphs(again, cue)))
        library = best.library
        if best.change in ("create", "update"):
            example = yield from self._ask_for_example(talk, library, episode)
            library = replace(library, example=example)
        return Proposal(
            best.change, library, best.changed, tuple(talk.refusals), talk.usage, tuple(talk.paid)
        )

    def _ask_for_example(
        self, talk: "_Talk", library: Library, episode: Episode
    ) -> Conversation[str]:
        """Code that shows how the functions are called; empty if the answer holds none."""
        question = _paragraphs(
            library_text(replace(library, example="")),
            self.prompt.example.format(case=introduction(episode)),
            EXAMPLE_CUE,
        )
        reply = yield from talk.ask([self._system, Message("user", question)])
        if reply is None:
            return ""
        try:
            example = read_example(reply, library, self._actions)
        except ActionFormatError as error:
            talk.refusals.append(f"the example: {error.reason}")
            return ""
        problems = self._problems_in_use(library, example, episode.case)
        talk.refusals += [f"the example: {problem}" for problem in problems]
        return "" if problems else example

    def _problems_in_use(self, library: Library, usage: str, case: Case) -> tuple[str, ...]:
        """What is wrong with lines that call the functions, in a fresh copy of the world."""
        if not usage:
            return ()
        world = make_world(self.task, **options_of(self.task, self.settings))
        error = rehearse(world, case, self.functions, library, usage, self.settings.max_primitives)
        return (f"in the lines that call the functions: {error}",) if error else ()

    def _until(self, failure: Failure, episode: Episode) -> Episode:
        """The episode up to the failure; in robotic planning the failure alone: an observation describes all there is."""
        decisions = zip((step.action for step in episode.steps), episode.results, strict=True)
        number = list(decisions).index((failure.code, failure.observation))
        start = number if self.task.is_planning else 0
        return replace(
            episode,
            steps=episode.steps[start : number + 1],
            success=False,
            final_observation=failure.observation,
        )

    @property
    def _system(self) -> Message:
        world = load_text_prompt(self.task.world, self.settings.alfworld_syntax)
        functions = "; ".join(map(str, self.functions))
        rules = [rule.format(functions=functions) for rule in self.prompt.rules]
        return Message(
            "system",
            _paragraphs(
                " ".join(world.system), "\n".join(rules), "\n".join(self.prompt.worked_example)
            ),
        )

    @property
    def _sampling(self) -> Sampling:
        settings = self.settings
        return Sampling(
            settings.learner_temperature, settings.learner_max_tokens, seed=settings.seed
        )

    @property
    def _actions(self) -> frozenset[str]:
        return frozenset(function.name for function in self.functions)


class _Talk:
    """The requests for one candidate, and what their answers took.

    Attributes:
        refusals, usage, paid: see `core.candidate.Proposal`.
    """

    def __init__(self, sampling: Sampling, sample: int) -> None:
        self.refusals: list[str] = []
        self.usage = Usage()
        self.paid: list[str] = []
        self._sampling, self._sample = sampling, sample

    def ask(self, messages: Sequence[Message]) -> Conversation[Reply | None]:
        """The reply; None if the model does not accept the conversation."""
        request = Request(tuple(messages), sample=self._sample, sampling=self._sampling)
        reply = yield request
        if isinstance(reply, ModelRefused):
            self.refusals.append(f"the model refused the conversation: {reply}")
            return None
        self.usage += reply.usage
        if reply.usage.llm_calls:
            self.paid.append(request_digest(request))
        return reply


def _paragraphs(*texts: str) -> str:
    return "\n\n".join(texts)
