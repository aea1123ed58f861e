"""Training episodes as traces: the calls of an agent, with what it had read before and after each."""

import ast
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from core.learning_text import Transcript
from envs.text.code import ENDED


class Call(NamedTuple):
    """A call of a function, with texts for its arguments."""

    name: str
    arguments: tuple[str, ...]

    def __str__(self) -> str:
        """As it is written in code."""
        return f"{self.name}({', '.join(map(quoted, self.arguments))})"


class Event(NamedTuple):
    """A call in an episode.

    Attributes:
        call: that was carried out.
        before: the last line that the agent had read.
        after: the last line of the observation after it.
    """

    call: Call
    before: str
    after: str


Trace = tuple[Event, ...]
"""Calls one after the other, none of them refused."""


def read_traces(episodes: Sequence[Transcript]) -> list[Trace]:
    """The traces of episodes with one call a decision; other decisions and refused calls end a trace."""
    return [trace for episode in episodes for trace in _traces(episode) if trace]


def read_call(code: str) -> Call | None:
    """The call that a piece of code is; None if it is anything else."""
    try:
        node = ast.parse(code.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
        return None
    words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
    if len(words) != len(node.args) or not all(isinstance(word, str) for word in words):
        return None
    return Call(node.func.id, tuple(map(str, words)))


def last_line(observation: str) -> str:
    """Of a text: the situation, where a world describes it."""
    return observation.rstrip("\n").rpartition("\n")[2]


def quoted(text: str) -> str:
    """A text in code, in double quotes."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _traces(episode: Transcript) -> Iterator[Trace]:
    events: list[Event] = []
    before = last_line(episode.introduction)
    for code, observation in episode.steps:
        call, after = read_call(code), last_line(observation)
        if call is None or ENDED in observation:
            yield tuple(events)
            events = []
        else:
            events.append(Event(call, before, after))
        before = after
    yield tuple(events)
