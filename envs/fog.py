"""Fog of war: what has been seen stays seen, on the map of the whole grid."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from gymnasium import spaces
from minigrid.core.constants import TILE_PIXELS
from minigrid.core.mission import MissionSpace
from minigrid.minigrid_env import MiniGridEnv

from core.rooms.view import EMPTY, NO_AGENT, VECTORS

FOG_COLOR = (38, 42, 54)
EMPTY_CODE = (EMPTY, 0, 0)

Observation = dict[str, Any]


def spread_light(
    transparent: npt.NDArray[np.bool_], position: tuple[int, int], direction: int, view_size: int
) -> list[tuple[int, int]]:
    """Which cells an agent sees, by the reference's rule (FACTS section 2).

    Light starts at the agent and goes through the view line by line, away from the agent. In each
    line it runs forwards, then backwards; a lit transparent cell lights its neighbour in that line,
    the cell ahead in the next line, and the diagonal between the two.

    Args:
        transparent: ``(width, height)``, whether light passes a cell.
        position: the agent's cell.
        direction: the agent's direction, 0..3.
        view_size: the view is a square of so many cells, the agent in the middle of its near side.

    Returns:
        The lit cells, the agent's own first.
    """
    width, height = transparent.shape
    x, y = position
    forward_x, forward_y = VECTORS[direction]
    reach, half = view_size - 1, view_size // 2
    # the view as a window of the grid: ahead of the agent, and to both sides across
    left = x - reach if forward_x < 0 else x if forward_x > 0 else x - half
    top = y - reach if forward_y < 0 else y if forward_y > 0 else y - half
    first_x, first_y = max(left, 0), max(top, 0)
    window = transparent[
        first_x : min(left + view_size, width), first_y : min(top + view_size, height)
    ]
    lit = _spread(
        window.tobytes(), window.shape, (x - first_x, y - first_y), (forward_x, forward_y)
    )
    return [(first_x + dx, first_y + dy) for dx, dy in lit]


@lru_cache(maxsize=2**16)
def _spread(
    transparent: bytes,
    shape: tuple[int, int],
    agent: tuple[int, int],
    forward: tuple[int, int],
) -> tuple[tuple[int, int], ...]:
    """The rule itself, in a window that is all view; a 3 x 3 view has few thousand cases.

    Args:
        transparent: the window's cells row by row, 1 where light passes.
        shape: of the window.
        agent: its cell in the window.
        forward: the facing direction as (dx, dy).
    """
    width, height = shape
    forward_x, forward_y = forward
    # a line runs across the facing direction, in growing x or y
    across_x, across_y = abs(forward_y), abs(forward_x)
    lit = {agent: None}  # a dictionary for a set that keeps its order

    def light(x: int, y: int) -> None:
        if 0 <= x < width and 0 <= y < height:
            lit[x, y] = None

    num_lines, length = (width, height) if forward_x else (height, width)
    for depth in range(num_lines):
        # the line's first cell; lines are counted from the agent's own
        line_x = agent[0] + depth * forward_x if forward_x else 0
        line_y = agent[1] + depth * forward_y if forward_y else 0
        # the last cell of a sweep has no neighbour to light, and so lights nothing at all
        for places, step in ((range(length - 1), 1), (range(length - 1, 0, -1), -1)):
            for place in places:
                x, y = line_x + place * across_x, line_y + place * across_y
                if (x, y) in lit and transparent[x * height + y]:
                    light(x + step * across_x, y + step * across_y)
                    light(x + forward_x, y + forward_y)
                    light(x + forward_x + step * across_x, y + forward_y + step * across_y)
    return tuple(lit)


class FogOfWarEnv(MiniGridEnv):
    """A MiniGrid whose observation is the map of all that was seen in this episode.

    Observation Encoding:
        ``image`` is ``(width, height, 4)`` uint8, indexed ``[x, y]``: object, colour and state as
        MiniGrid encodes them, 0 where nothing was seen yet, and a plane that is 4 everywhere but
        at the agent, where it is the direction 0..3. A seen cell shows its present content; a
        carried object is drawn on the agent's cell.

    Subclasses draw the room in `_gen_grid`, as MiniGrid's do.
    """

    def __init__(self, *, mission_space: MissionSpace, **kwargs: Any) -> None:
        super().__init__(mission_space=mission_space, see_through_walls=False, **kwargs)
        self.seen = np.zeros((self.width, self.height), dtype=np.bool_)
        self.observation_space = spaces.Dict(
            {
                "image": spaces.Box(0, 255, (self.width, self.height, 4), np.uint8),
                "mission": mission_space,
            }
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Draw a new room and forget what was seen."""
        self.seen[:] = False
        observation, info = super().reset(seed=seed, options=options)
        return observation, info

    def gen_obs(self) -> Observation:
        """Look around from where the agent stands and return the map of all that was seen."""
        self._look()
        image = np.empty((self.width, self.height, 4), dtype=np.uint8)
        # the grid is a list in row order: (height, width, 3) -> (width, height, 3)
        codes = [EMPTY_CODE if cell is None else cell.encode() for cell in self.grid.grid]
        image[:, :, :3] = np.array(codes, dtype=np.uint8).reshape(
            self.height, self.width, 3
        ).swapaxes(0, 1)  # fmt: skip
        image[self.agent_pos][:3] = EMPTY_CODE if self.carrying is None else self.carrying.encode()
        image[~self.seen] = 0
        image[:, :, 3] = NO_AGENT
        image[self.agent_pos][3] = self.agent_dir
        return {"image": image, "mission": self.mission}

    def get_full_render(self, highlight: bool, tile_size: int) -> npt.NDArray[np.uint8]:
        """The room as an RGB picture ``(height * tile_size, width * tile_size, 3)``.

        Args:
            highlight: show the fog, as `render` does; without it the whole true room is shown.
            tile_size: pixels along a cell.
        """
        picture: npt.NDArray[np.uint8] = self.grid.render(
            tile_size,
            self.agent_pos,
            self.agent_dir,
            highlight_mask=np.zeros((self.width, self.height), dtype=np.bool_),
        )
        if highlight:
            fog = np.kron(~self.seen.T, np.ones((tile_size, tile_size), dtype=np.bool_))
            picture[fog] = FOG_COLOR
        return picture

    def render_room(
        self, *, fog: bool = True, tile_size: int = TILE_PIXELS
    ) -> npt.NDArray[np.uint8]:
        """The same picture whatever the render mode, with the fog or without."""
        return self.get_full_render(fog, tile_size)

    def _look(self) -> None:
        for x, y in spread_light(
            self._transparent(), self.agent_pos, self.agent_dir, self.agent_view_size
        ):
            self.seen[x, y] = True

    def _transparent(self) -> npt.NDArray[np.bool_]:
        see_behind = [cell is None or cell.see_behind() for cell in self.grid.grid]
        return np.array(see_behind, dtype=np.bool_).reshape(self.height, self.width).T
