"""Prompts of text worlds: what stands in a conversation before an episode begins."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib import resources
from importlib.resources.abc import Traversable
from typing import NamedTuple, TypeVar

from core.chat import Message
from core.decode import decode
from core.errors import SettingsError

T = TypeVar("T")


class Turn(NamedTuple):
    """One step of a worked example."""

    observation: str
    thought: str
    action: str


@dataclass(frozen=True, slots=True)
class Example:
    """A worked episode.

    Attributes:
        case: that it plays; not one of an evaluation.
        turns: its steps.
        task: the case's task, where a world has several.
        kind: the case's kind, a key of `TextPrompt.kinds`.
    """

    case: str
    turns: tuple[Turn, ...]
    task: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class TextPrompt:
    """The prompt of a world, ``agents/prompts/WORLD.json``.

    Attributes:
        system: what the world is about and what can be done, in sentences.
        answer: for each method, the form of an answer.
        examples: worked episodes; those of a kind are in the order in which they are shown.
        kinds: for each kind of case, what its first observation looks like, as a regular expression.
        old_syntax: replacements, each a regular expression and a text, that make the world's syntax the old one.
    """

    system: tuple[str, ...]
    answer: Mapping[str, str]
    examples: tuple[Example, ...]
    kinds: Mapping[str, str] = field(default_factory=dict)
    old_syntax: tuple[tuple[str, str], ...] = ()

    def in_old_syntax(self) -> "TextPrompt":
        """The same prompt for a world that speaks the old syntax."""
        examples = tuple(
            replace(example, turns=tuple(Turn(*map(self._old, turn)) for turn in example.turns))
            for example in self.examples
        )
        return replace(self, system=tuple(map(self._old, self.system)), examples=examples)

    def messages(self, method: str, observation: str, shots: int) -> list[Message]:
        """The conversation before an episode.

        Args:
            method: a key of `answer`.
            observation: the first of the episode, which decides which examples are shown.
            shots: number of examples.
        """
        system = " ".join((*self.system, self.answer[method]))
        messages = [Message("system", system)]
        for example in self._chosen(observation, shots):
            for turn in example.turns:
                messages.append(Message("user", turn.observation))
                messages.append(Message("assistant", answer(method, turn)))
        return messages

    def _chosen(self, observation: str, shots: int) -> Iterable[Example]:
        kind = next((k for k, form in self.kinds.items() if re.search(form, observation)), "")
        same = [example for example in self.examples if example.kind == kind]
        others = [example for example in self.examples if example.kind != kind]
        return (same + others)[:shots]

    def _old(self, text: str) -> str:
        for form, replacement in self.old_syntax:
            text = re.sub(form, replacement, text, flags=re.MULTILINE)
        return text


def answer(method: str, turn: Turn) -> str:
    """The answer that a model gives in a turn of an example."""
    if method == "act":
        return turn.action
    if method == "code_as_policy":
        return f"{turn.thought}\n{as_block(turn.action)}"
    return f"Thought: {turn.thought}\nAction: {turn.action}"


def as_block(code: str) -> str:
    """Code as it stands in an answer."""
    return f"```python\n{code}\n```"


def load_text_prompt(world: str, syntax: str = "new") -> TextPrompt:
    """The prompt in ``agents/prompts/WORLD.json``.

    Args:
        world: its name.
        syntax: ``new`` or ``old``, see `TextPrompt.in_old_syntax`.

    Raises:
        SettingsError: there is no such file.
    """
    if not _file(world).is_file():
        raise SettingsError(f"no prompt for the world {world}: write agents/prompts/{world}.json")
    prompt = read_prompt(world, TextPrompt)
    return prompt.in_old_syntax() if syntax == "old" else prompt


def read_prompt(name: str, kind: type[T]) -> T:
    """What ``agents/prompts/NAME.json`` holds, as a dataclass."""
    return decode(_file(name).read_bytes(), kind, f"prompts/{name}.json")


def _file(name: str) -> Traversable:
    return resources.files("agents").joinpath(f"prompts/{name}.json")
