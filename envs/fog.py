"""Fog of war: the observation is a map of the whole grid that shows every cell seen so far."""

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
    """Which cells the agent sees, by the rule of the authors' code (docs/METHOD.md).

    Light starts at the agent and spreads through the view line by line, away from the agent. Each
    line is swept forwards, then backwards; a lit transparent cell lights its neighbour in that line,
    the cell ahead in the next line, and the diagonal between the two.

    Args:
        transparent: ``(width, height)``, whether light passes a cell.
        position: the agent's cell.
        direction: the agent's direction, 0..3.
        view_size: cells a side of the square view, with the agent in the middle of its near side.

    Returns:
        The lit cells, the agent's own first.
    """
    width, height = transparent.shape
    x, y = position
    forward_x, forward_y = VECTORS[direction]
    reach, half = view_size - 1, view_size // 2
    # the view as a window of the grid: ahead of the agent and to both sides
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
    """The rule itself, on the window of the view; cached, since a 3 x 3 view has a few thousand cases.

    Args:
        transparent: bytes of the ``(width, height)`` window, 1 where light passes.
        shape: (width, height) of the window.
        agent: the agent's cell in the window.
        forward: the facing direction as (dx, dy).
    """
    width, height = shape
    forward_x, forward_y = forward
    # a line is perpendicular to the facing direction, in the order of growing x or y
    across_x, across_y = abs(forward_y), abs(forward_x)
    lit = {agent: None}  # a dictionary as an ordered set

    def light(x: int, y: int) -> None:
        if 0 <= x < width and 0 <= y < height:
            lit[x, y] = None

    num_lines, length = (width, height) if forward_x else (height, width)
    for depth in range(num_lines):
        # the first cell of the line; depth 0 is the agent's own line
        line_x = agent[0] + depth * forward_x if forward_x else 0
        line_y = agent[1] + depth * forward_y if forward_y else 0
        # the last cell of a sweep has no neighbour, and by the rule it lights nothing at all
        for cells, step in ((range(length - 1), 1), (range(length - 1, 0, -1), -1)):
            for cell in cells:
                x, y = line_x + cell * across_x, line_y + cell * across_y
                if (x, y) in lit and transparent[x * height + y]:
                    light(x + step * across_x, y + step * across_y)
                    light(x + forward_x, y + forward_y)
                    light(x + forward_x + step * across_x, y + forward_y + step * across_y)
    return tuple(lit)


class FogOfWarEnv(MiniGridEnv):
    """A MiniGrid environment whose observation is the map of every cell seen in this episode.

    Observation Encoding:
        ``image`` is ``(width, height, 4)`` uint8, indexed ``[x, y]``: object, colour and state as
        MiniGrid encodes them, 0 where unseen, and a fourth plane that is the direction 0..3 at the
        agent's cell and 4 elsewhere. A seen cell shows its current content; a carried object is
        drawn on the agent's cell.

    Subclasses draw the room in `_gen_grid`, as MiniGrid environments do.
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
        """Draw a new room and clear the map."""
        self.seen[:] = False
        observation, info = super().reset(seed=seed, options=options)
        return observation, info

    def gen_obs(self) -> Observation:
        """Mark the cells in view as seen and return the map of every cell seen so far."""
        self._mark_visible()
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
        """The room as an RGB image ``(height * tile_size, width * tile_size, 3)``.

        Args:
            highlight: draw fog over unseen cells, as `render` does; otherwise show the whole room.
            tile_size: pixels a side of a cell.
        """
        rgb: npt.NDArray[np.uint8] = self.grid.render(
            tile_size,
            self.agent_pos,
            self.agent_dir,
            highlight_mask=np.zeros((self.width, self.height), dtype=np.bool_),
        )
        if highlight:
            fog = np.kron(~self.seen.T, np.ones((tile_size, tile_size), dtype=np.bool_))
            rgb[fog] = FOG_COLOR
        return rgb

    def render_room(
        self, *, fog: bool = True, tile_size: int = TILE_PIXELS
    ) -> npt.NDArray[np.uint8]:
        """An RGB image in any render mode, with or without fog; see `get_full_render`."""
        return self.get_full_render(fog, tile_size)

    def _mark_visible(self) -> None:
        for x, y in spread_light(
            self._transparent(), self.agent_pos, self.agent_dir, self.agent_view_size
        ):
            self.seen[x, y] = True

    def _transparent(self) -> npt.NDArray[np.bool_]:
        see_behind = [cell is None or cell.see_behind() for cell in self.grid.grid]
        return np.array(see_behind, dtype=np.bool_).reshape(self.height, self.width).T
