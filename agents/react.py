"""Act and ReAct (arXiv 2210.03629): the model writes each next action, ReAct after a thought."""

import re
from dataclasses import dataclass, replace

from agents.text_prompt import TextPrompt, load_text_prompt
from core.answer import CUT, EMPTY, spoken
from core.chat import STEPS_LEFT_OUT, Message, Reply, Request, Sampling, earlier_answer
from core.errors import ActionFormatError
from core.settings import ExperimentSettings, TextSettings
from core.task import TextTask
from planner.build import sampling_of
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.experiments import play_experiments
from runner.evaluation.text import evaluate_text
from runner.text import History, Move

# between label and colon, white space can be matched in one way only: otherwise long runs of it are slow
_ACTION = re.compile(
    r"""
    (?: \bact(?:ion)? (?: \s(?:is|to[ ]take) )?
        (?: ["'*]{0,3}\s*(?:[\[(]?\d{1,3}[\])]?\s*)?: | > | [ ]{0,2}[-=]{0,2}[>→] )
      | ^\#{1,6}[ ]{0,2}act(?:ion)?[ *]{0,3}$
      | ^>{1,3}
    )
    [*\s]*(?:```\w*\s+)?([^\n]*)
    """,
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_MARKS = re.compile(
    r"\A(?:<\w{1,12}>|[-*>$]{1,3}\s|\d{1,3}[.)]\s|>{1,3}|\W{0,3}act(?:ion)?\W{0,3}:\s?){1,3}",
    re.IGNORECASE,
)
"""In front of an action: a tag, the mark of a list or a prompt, or the label a second time."""
_QUOTED = re.compile(r"""\A\s{0,9}(?:"([^"]+)"|“([^”]+)”)""")
_NEXT = re.compile(r"</|;|,?\s(?:and\s)?then\s")
"""Ends the first of several actions in a line."""
_CALL = re.compile(r"\A[\s\"'*`>“‘-]{0,9}(\w+\[(?:[^\[\]]|\[[^\[\]]*\])+\])")
"""An action of a world whose actions are words with brackets; what is in the brackets is left as it is."""
_FENCE = re.compile(r"\A```\w*\s+")
ACTION = "Action:"
"""The label of an answer's action."""
_THOUGHT = re.compile(r"\A\s*thought\s*(?:\d+\s*)?:", re.IGNORECASE)
_QUOTES = " \t*`\"'“”‘’«»[]{}<>,;"


@dataclass(frozen=True, slots=True)
class ReActPolicy:
    """See `runner.text.TextPolicy`.

    Attributes:
        prompt: of the world.
        method: ``react``, an answer is a thought and an action; or ``act``, an answer is an action.
        sampling: of the model.
        shots: number of worked examples.
        history: number of steps in a request, the last ones; 0: all.
        constrained: the action is the most likely of `History.admissible`.
        shows_rules: whether the conversation begins with the rules of the world, a system message.
    """

    prompt: TextPrompt
    method: str
    sampling: Sampling
    shots: int = 2
    history: int = 0
    constrained: bool = False
    shows_rules: bool = True

    @property
    def thinks(self) -> bool:
        """Whether an answer has a thought."""
        return self.method == "react"

    def request(self, history: History) -> Request:
        """The prompt, the episode so far as a conversation, and the current observation."""
        first = history.turns[0].observation if history.turns else history.observation
        messages = self.prompt.messages(self.method, first, self.shots)
        if not self.shows_rules:
            messages = messages[1:]
        turns = history.turns[-self.history :] if self.history else history.turns
        observations = [*(turn.observation for turn in turns), history.observation]
        if len(turns) < len(history.turns):
            observations[0] = f"{first}\n{STEPS_LEFT_OUT}\n{observations[0]}"
        if history.goal not in first:
            observations[0] = f"{history.goal}\n{observations[0]}"
        if history.told:
            observations[0] = f"{history.told}\n\n{observations[0]}"
        for observation, turn in zip(observations, turns, strict=False):
            messages += [Message("user", observation), earlier_answer(turn.answer)]
        messages.append(Message("user", observations[-1]))
        request = Request(tuple(messages), sampling=self.sampling)
        if not self.constrained or not history.admissible:
            return request
        return replace(
            request,
            choices=history.admissible,
            choices_after=ACTION if self.thinks else "",
            choices_by="total",
        )

    def read(self, reply: Reply) -> Move:
        """The first action in what the answer says (`core.answer.spoken`), and the thought before it.

        Of an answer that was cut at the limit of tokens an action is read if its line had ended. A chosen action
        is taken to the letter.

        Raises:
            ActionFormatError: there is no action.
        """
        if (
            self.constrained
            and not reply.cut
            and (move := self._read_choice(reply.text)) is not None
        ):
            return move
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
            action, _, rest = _FENCE.sub("", text).partition("\n")
        action = _bare(action)
        if reply.cut and not said.has_ended and not (action and rest):
            raise ActionFormatError(reply.text, f"{CUT}: there is no whole action in it")
        if not action:
            reason = missing if reply.text.strip() else f"{EMPTY}: {missing}"
            raise ActionFormatError(reply.text, reason)
        return Move(action, thought)

    def _read_choice(self, text: str) -> Move | None:
        """The action of an answer that ends with a choice; None of one that was written freely."""
        thought, label, action = text.partition(ACTION) if self.thinks else ("", ACTION, text)
        if not label or not action.strip() or "\n" in action.strip():
            return None
        return Move(action.strip(), _THOUGHT.sub("", thought).strip())


def _bare(action: str) -> str:
    """The first action in a line, without marks, quotes and a period around it."""
    call = _CALL.match(action)
    if call is not None:
        return call[1]
    action = _MARKS.sub("", action)
    quoted = _QUOTED.match(action)
    if quoted is not None:
        action = quoted[1] or quoted[2]
    first = _NEXT.split(action, maxsplit=1)[0]
    return first.strip(_QUOTES).rstrip(".!").strip(_QUOTES)


def play(method: str, settings: ExperimentSettings) -> list[Evaluation]:
    """Evaluate a method on the cases of a text world, or of each of a group.

    Args:
        method: ``act`` or ``react``, which names the run directory, too.
        settings: of the run.

    Raises: see `runner.evaluation.text.evaluate_text`.
    """

    def play_one(settings: ExperimentSettings) -> list[Evaluation]:
        return evaluate_text(method, lambda task: make_policy(method, task, settings), settings)

    return play_experiments(play_one, settings)


def make_policy(method: str, task: TextTask, settings: TextSettings) -> ReActPolicy:
    """The policy for a task.

    Raises:
        SettingsError: its world has no prompt.
    """
    return policy_with(load_text_prompt(task.world), method, task, settings)


def policy_with(
    prompt: TextPrompt, method: str, task: TextTask, settings: TextSettings
) -> ReActPolicy:
    """The policy for a task with a prompt of its own: the syntax, the worked examples and the history as the flags say."""
    if settings.alfworld_syntax == "old":
        prompt = prompt.in_old_syntax()
    # the worked examples of robotic planning are in the plain wording
    has_examples = not settings.no_examples and not (
        task.is_planning and settings.pddl_texts == "published"
    )
    shots = settings.shots if has_examples else 0
    sampling = sampling_of(settings)
    return ReActPolicy(
        prompt,
        method,
        sampling,
        shots,
        settings.history,
        constrained=settings.constrained,
        shows_rules=not settings.no_rules,
    )
