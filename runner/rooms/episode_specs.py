"""Which episodes are played: environment seeds, and the random numbers that each episode uses."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.settings import EVALUATION_SEEDS

TRAINING_STREAM, EVALUATION_STREAM = 0, 1
"""Keep the generators of training and of evaluation apart."""


class EpisodeSpec(NamedTuple):
    """Seed and pre-drawn random numbers of one episode.

    Attributes:
        env_seed: draws the room.
        uniforms: ``(2, max_steps)`` in [0, 1): for each step one for the policy's decision, and one
            that chooses among several answers to a question.
    """

    env_seed: int
    uniforms: npt.NDArray[np.float64]


def training_env_seed(seed: int, episode: int) -> int:
    """The environment seed of a run's n-th training episode: random, never an evaluation seed."""
    drawn = np.random.SeedSequence((seed, TRAINING_STREAM, episode)).generate_state(1)[0]
    first = EVALUATION_SEEDS.stop
    return first + int(drawn) % (2**31 - first)


def training_specs(seed: int, first: int, number: int, max_steps: int) -> Iterator[EpisodeSpec]:
    """Consecutive training episodes of a run; each depends on its number alone."""
    for episode in range(first, first + number):
        rng = np.random.default_rng((seed, TRAINING_STREAM, episode, 1))
        yield EpisodeSpec(training_env_seed(seed, episode), rng.random((2, max_steps)))


def evaluation_specs(seed: int, env_seeds: Iterable[int], max_steps: int) -> Iterator[EpisodeSpec]:
    """One episode on each environment seed; each has its own generator."""
    for env_seed in env_seeds:
        rng = np.random.default_rng((seed, EVALUATION_STREAM, env_seed))
        yield EpisodeSpec(env_seed, rng.random((2, max_steps)))
