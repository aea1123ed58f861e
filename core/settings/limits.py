"""Largest values of flags, and why; ranges that several verbs have in common."""

from typing import Any

from core.flags import flag

LONGEST_TIMEOUT = 1_000_000
LARGEST_SEED = 2**63 - 1
LARGEST_PORT = 2**16 - 1
MOST_QUESTIONS = 1000
"""Per episode, which has fewer steps."""
LARGEST_WEIGHT = 1000
"""Of a part of the loss, or of a question against a reward of 1: far above any that learns."""
MOST_ROOMS = 2**16
MOST_EPISODES = 100_000
IN_MEMORY = "all of them are in memory"
MOST_THREADS = 1024
MOST_ITERATIONS = 10_000_000


def episodes(default: int, help: str, *, at_least: int = 1, alias: str | None = None) -> Any:
    """A flag that is a number of episodes."""
    return flag(
        default, help, at_least=at_least, at_most=MOST_EPISODES, because=IN_MEMORY, alias=alias
    )
