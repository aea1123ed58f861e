"""Act and ReAct (arXiv 2210.03629): the model writes each next action, ReAct after a thought."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib import resources

from core.answer import CUT, EMPTY, spoken
from core.chat import Message, Reply, Request, Sampling
from core.errors import ActionFormatError, SettingsError
from core.settings import TextSettings
from core.task import TextTask
from planner.build import sampling_of
from runner.evaluate import Evaluation
from runner.evaluate_text import evaluate_text
from runner.text import History, Move

# between label and colon, white space can be matched in one way only: otherwise long runs of it are slow
_ACTION = re.compile(r"\baction\s*(?:\d+\s*)?:[ \t]*([^\n]*)", re.IGNORECASE)
_THOUGHT = re.compile(r"\A\s*thought\s*(?:\d+\s*)?:", re.IGNORECASE)
_QUOTES = " \t*`\"'"


@dataclass(frozen=True, slots=True)
class TextPrompt:
    """The conversation before an episode begins.

    Attributes:
        system: the world and the form of an answer.
        examples: worked episodes, each (observation, answer) pairs.
    """

    system: str
    examples: tuple[tuple[tuple[str, str], ...], ...]

    @property
    def messages(self) -> tuple[Message, ...]:
        """The conversation up to the first observation."""
        turns = [pair for example in self.examples for pair in example]
        return (Message("system", self.system), *_conversation(turns))


@dataclass(frozen=True, slots=True)
class ReActPolicy:
    """See `runner.text.TextPolicy`.

    Attributes:
        prompt: of the world and the method.
        thinks: an answer is a thought and an action (ReAct); otherwise an action (Act).
        sampling: of the model.
    """

    prompt: TextPrompt
    thinks: bool
    sampling: Sampling

    def request(self, history: History) -> Request:
        """The prompt, the episode so far as a conversation, and the current observation."""
        turns = [(turn.observation, turn.answer) for turn in history.turns]
        messages = (*self.prompt.messages, *_conversation(turns))
        return Request((*messages, Message("user", history.observation)), sampling=self.sampling)

    def read(self, reply: Reply) -> Move:
        """The first action in what the answer says (`core.answer.spoken`), and the thought before it.

        Of an answer that was cut at the limit of tokens an action is read if its line had ended.

        Raises:
            ActionFormatError: there is no action.
        """
        said = spoken(reply.text)
        text = "\n".join(said.parts).strip()
        labelled = _ACTION.search(text)
        missing = "there is no action"
        thought = action = rest = ""
        if labelled is not None:
            thought = _THOUGHT.sub("", text[: labelled.start()]).strip()
            action, rest = labelled[1], text[labelled.end() :]
        elif self.thinks or _THOUGHT.match(text):
            missing = "there is no line that begins with 'Action:'"
        else:
            action, _, rest = text.partition("\n")
        action = action.strip(_QUOTES).removesuffix(".").strip(_QUOTES)
        if reply.cut and not said.has_ended and not (action and rest):
            raise ActionFormatError(reply.text, f"{CUT}: there is no whole action in it")
        if not action:
            reason = missing if reply.text.strip() else f"{EMPTY}: {missing}"
            raise ActionFormatError(reply.text, reason)
        return Move(action, thought)


def _conversation(turns: Iterable[tuple[str, str]]) -> list[Message]:
    messages = []
    for observation, answer in turns:
        messages += [Message("user", observation), Message("assistant", answer)]
    return messages


def load_text_prompt(world: str, method: str) -> TextPrompt:
    """The prompt in ``agents/prompts/WORLD_METHOD.json``.

    Raises:
        SettingsError: there is no such file.
    """
    name = f"{world}_{method}.json"
    file = resources.files("agents").joinpath("prompts", name)
    if not file.is_file():
        raise SettingsError(f"no prompt for {method} in {world}: write agents/prompts/{name}")
    data = json.loads(file.read_text(encoding="utf-8"))
    examples = tuple(
        tuple((observation, answer) for observation, answer in example["turns"])
        for example in data["examples"]
    )
    return TextPrompt(" ".join(data["system"]), examples)


def play(method: str, thinks: bool, settings: TextSettings) -> list[Evaluation]:
    """Evaluate a method on the cases of a text world, or of each.

    Args:
        method: ``act`` or ``react``, which names the prompt and the run directory.
        thinks: see `ReActPolicy`.
        settings: of the run.

    Raises: see `runner.evaluate_text.evaluate_text`.
    """

    def make_policy(task: TextTask) -> ReActPolicy:
        prompt = load_text_prompt(task.world, method)
        if settings.no_examples:
            prompt = replace(prompt, examples=())
        return ReActPolicy(prompt, thinks=thinks, sampling=sampling_of(settings))

    return evaluate_text(method, make_policy, settings)
