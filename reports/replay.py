"""Replays a recorded episode: the same seed, the same actions."""

from collections.abc import Iterator

import gymnasium
from minigrid.core.actions import Actions

import envs  # noqa: F401 registers the tasks
from core.episode import Episode
from core.errors import RunDirectoryError
from core.task import find_task
from envs.fog import FogOfWarEnv


def replay(episode: Episode) -> Iterator[FogOfWarEnv]:
    """The environment at the start and after each step; one object, stepped in place.

    Raises:
        RunDirectoryError: the record has no seed, or an action that MiniGrid does not know.
    """
    try:
        seed = int(episode.case)
        if seed < 0:
            raise ValueError("a seed is not negative")
        actions = [Actions[step.action] for step in episode.steps]
    except (ValueError, KeyError) as error:
        raise RunDirectoryError(f"episode {episode.case!r} is damaged: {error!r}") from error
    env = gymnasium.make(
        find_task(episode.task, episode.rooms).env_id, disable_env_checker=True
    ).unwrapped
    assert isinstance(env, FogOfWarEnv)
    env.reset(seed=seed)
    yield env
    for action in actions:
        env.step(action)
        yield env
