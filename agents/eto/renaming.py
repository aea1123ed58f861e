"""Copies of trajectories in which the kinds of things have exchanged their names, so that a model has to read them.

A small model that sees few rooms learns by heart which thing is wanted in which room, and takes it in another room, too,
whatever the task says. In a copy only the task says it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from core.chat import Message
from core.trajectory import Trajectory

RENAMING_STREAM = 12
"""Keeps the generator that draws names apart from others of the same seed."""


def with_renamed(
    trajectories: Sequence[Trajectory], names: Sequence[str], copies: int, seed: int
) -> list[Trajectory]:
    """The trajectories, each followed by its copies.

    Args:
        trajectories: what is copied.
        names: of kinds of things, each one word.
        copies: of each trajectory; each draws names of its own.
        seed: of the draws.
    """
    rng = np.random.default_rng((seed, RENAMING_STREAM))
    word = re.compile(rf"\b({'|'.join(map(re.escape, names))})\b")
    found = []
    for one in trajectories:
        found.append(one)
        used = sorted({name for each in one.messages for name in word.findall(each.content)})
        for _ in range(copies):
            drawn = rng.choice(len(names), size=len(used), replace=False)
            new = dict(zip(used, (names[number] for number in drawn), strict=True))
            found.append(
                replace(one, messages=tuple(_exchange(each, word, new) for each in one.messages))
            )
    return found


def _exchange(message: Message, word: re.Pattern[str], new: Mapping[str, str]) -> Message:
    """A message in which each name is replaced by its new one."""
    return replace(message, content=word.sub(lambda match: new[match[1]], message.content))
