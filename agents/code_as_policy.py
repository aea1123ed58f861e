"""Code as policy (arXiv 2209.07753): the model writes code over a world's actions, one piece for each decision."""

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from textwrap import dedent

from agents.react import ReActPolicy, policy_with
from agents.text_prompt import Example, TextPrompt, load_text_prompt, read_prompt
from core.answer import CUT, EMPTY, spoken
from core.chat import Reply, Request
from core.errors import ActionFormatError
from core.settings import CodeSettings
from core.task import TextTask, find_text_tasks
from envs.text.code import CodeEnv
from envs.text.coding.python_text import parse
from envs.text.functions import Function, functions_of
from runner.evaluation.evaluate import Evaluation
from runner.evaluation.experiments import play_experiments
from runner.evaluation.text import evaluate_text
from runner.text import History, Move, TextEnv

METHOD = "code_as_policy"
_BLOCK = re.compile(
    r"```[ \t]*\w*[^\n]*\n(?P<code>.*?)(?P<end>^[ \t]*```|\Z)", re.DOTALL | re.MULTILINE
)
"""The closing fence may be missing: it may be a text that ends an answer."""


@dataclass(frozen=True, slots=True)
class CodePrompt:
    """What the method adds to the prompts of the worlds, ``agents/prompts/code_as_policy.json``.

    Attributes:
        answer: the form of an answer, in sentences; ``{functions}`` stands for the world's functions.
        examples: worked episodes of worlds.
    """

    answer: tuple[str, ...]
    examples: Mapping[str, tuple[Example, ...]]

    def of(self, world: str, functions: tuple[Function, ...]) -> TextPrompt:
        """The prompt of a world."""
        form = " ".join(self.answer).format(functions="; ".join(map(str, functions)))
        return replace(
            load_text_prompt(world), answer={METHOD: form}, examples=self.examples.get(world, ())
        )


def load_code_prompt() -> CodePrompt:
    """What the file says."""
    return read_prompt(METHOD, CodePrompt)


@dataclass(frozen=True, slots=True)
class CodePolicy:
    """See `runner.text.TextPolicy`.

    Attributes:
        conversation: makes the requests.
    """

    conversation: ReActPolicy

    def request(self, history: History) -> Request:
        """The prompt, the episode so far as a conversation, and the current observation."""
        return self.conversation.request(history)

    def read(self, reply: Reply) -> Move:
        """The code in an answer, see `read_code`."""
        return read_code(reply)


def read_code(reply: Reply) -> Move:
    """The code in what an answer says (`core.answer.spoken`): its blocks one after the other.

    An answer without a block is code if all of it is.

    Raises:
        ActionFormatError: there is no code, or it was cut off.
    """
    blocks: list[re.Match[str]] = []

    def put_aside(block: re.Match[str]) -> str:
        """Comments in code may look like the turns of a conversation."""
        blocks.append(block)
        return f"{_MARK}{len(blocks) - 1}{_MARK}"

    said = "\n".join(spoken(_BLOCK.sub(put_aside, reply.text)).parts)
    parts = said.split(_MARK)
    chosen = [blocks[int(number)] for number in parts[1::2]]
    if reply.cut and (not chosen or not chosen[-1]["end"]):
        raise ActionFormatError(reply.text, f"{CUT}: there is no whole block of Python in it")
    code = "\n".join(dedent(block["code"]).strip("\n") for block in chosen)
    if not chosen:
        code = said.strip()
    if not (code.strip() if chosen else _is_code(code)):
        missing = "there is no block of Python between ```python and ```"
        reason = missing if reply.text.strip() else f"{EMPTY}: {missing}"
        raise ActionFormatError(reply.text, reason)
    return Move(code, parts[0].strip() if chosen else "")


_MARK = "\x00"
"""Around the number of a block; no answer has it (`core.untrusted`)."""


def _is_code(text: str) -> bool:
    """Whether a text is Python that calls something."""
    tree = parse(text)
    return tree is not None and any(isinstance(node, ast.Call) for node in ast.walk(tree))


def play(settings: CodeSettings) -> list[Evaluation]:
    """Evaluate the method on the cases of a text world, or of each of a group.

    Raises:
        SettingsError: the actions of the world are no functions; others see
            `runner.evaluation.text.evaluate_text`.
    """
    return play_experiments(_play_one, settings)


def _play_one(settings: CodeSettings) -> list[Evaluation]:
    prompt = load_code_prompt()
    functions = {
        task: functions_of(task, syntax=settings.alfworld_syntax, texts=settings.pddl_texts)
        for task in find_text_tasks(settings.task)
    }

    def make_policy(task: TextTask) -> CodePolicy:
        of_world = prompt.of(task.world, functions[task])
        return CodePolicy(policy_with(of_world, METHOD, task, settings))

    def make_wrapper(task: TextTask) -> Callable[[TextEnv], TextEnv]:
        return partial(
            CodeEnv,
            functions=functions[task],
            max_primitives=settings.max_primitives,
            repeats_all=task.is_planning,
        )

    return evaluate_text(METHOD, make_policy, settings, make_wrapper)
