"""Wrappers for agents that want more than one frame."""

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces


class FrameStack(gymnasium.ObservationWrapper[dict[str, Any], int, dict[str, Any]]):
    """Puts the last images behind one another, oldest first: ``(width, height, 4 * num_frames)``.

    The first image of an episode fills the whole stack.
    """

    def __init__(self, env: gymnasium.Env[dict[str, Any], int], num_frames: int) -> None:
        super().__init__(env)
        assert isinstance(env.observation_space, spaces.Dict)
        image = env.observation_space["image"]
        assert isinstance(image, spaces.Box)
        assert image.shape is not None
        self._planes = image.shape[-1]
        stacked = spaces.Box(0, 255, (*image.shape[:-1], self._planes * num_frames), np.uint8)
        self.observation_space = spaces.Dict({**env.observation_space.spaces, "image": stacked})
        self._num_frames = num_frames
        self._stack: np.ndarray[Any, np.dtype[np.uint8]] | None = None

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Draw a new room and fill the stack with its first image."""
        self._stack = None
        return super().reset(seed=seed, options=options)

    def observation(self, observation: dict[str, Any]) -> dict[str, Any]:
        """The same observation with the stack for its image."""
        image = observation["image"]
        if self._stack is None:
            self._stack = np.tile(image, (1, 1, self._num_frames))
        else:
            self._stack = np.concatenate((self._stack[:, :, self._planes :], image), axis=2)
        return {**observation, "image": self._stack}
