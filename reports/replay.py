"""An episode once more: its room drawn anew from its seed, its actions done again."""

from collections.abc import Iterator

import gymnasium

import envs  # noqa: F401 registers the tasks
from core.episode import Episode
from core.task import find_task
from envs.fog import FogOfWarEnv


def replay(episode: Episode) -> Iterator[FogOfWarEnv]:
    """The room as it was at the start, and after each step; one room that moves on."""
    env = gymnasium.make(
        find_task(episode.task, episode.rooms).env_id, disable_env_checker=True
    ).unwrapped
    assert isinstance(env, FogOfWarEnv)
    env.reset(seed=episode.seed)
    yield env
    for step in episode.steps:
        env.step(step.action)
        yield env
