"""Rooms drawn in text: as a view and as an environment.

#  wall       k  red key    b  green box        d  locked red door
.  floor      K  blue key   o  open red door    g  goal
?  unseen     > v < ^  the agent
"""

import numpy as np
import pytest
from minigrid.core.grid import Grid
from minigrid.core.world_object import Box, Door, Goal, Key, Wall

from core.rooms.view import GridView
from envs.room import DoorRoomEnv

ARROWS = ">v<^"
THINGS = {
    "#": lambda: Wall(),
    "k": lambda: Key("red"),
    "K": lambda: Key("blue"),
    "b": lambda: Box("green"),
    "d": lambda: Door("red", is_locked=True),
    "o": lambda: Door("red", is_open=True),
    "g": lambda: Goal(),
    ".": lambda: None,
    "?": lambda: None,  # unseen, see `draw_view`
}
CODES = {"?": (0, 0, 0), ".": (1, 0, 0)}
"""Codes in an observation; all other letters as MiniGrid encodes them."""


class DrawnRoom(DoorRoomEnv):
    """A room drawn in text. The grid is a square, with floor beyond the drawing."""

    def __init__(self, rows, carried, view_size):
        self.rows, self.carried = rows, carried
        size = max(len(rows), len(rows[0]))
        super().__init__(max_room_size=size, agent_view_size=view_size, max_steps=10_000)

    def _gen_grid(self, width, height):
        self.grid = Grid(width, height)
        self.door = Door("red")  # an unreachable door if none is drawn
        for y, row in enumerate(self.rows):
            for x, letter in enumerate(row):
                if letter in ARROWS:
                    self.agent_pos, self.agent_dir = (x, y), ARROWS.index(letter)
                    continue
                thing = THINGS[letter]()
                self.grid.set(x, y, thing)
                if letter == "d":
                    self.door = thing

    def reset(self, **kwargs):
        observation, info = super().reset(**kwargs)
        self.carrying = THINGS[self.carried]()
        return (observation if self.carrying is None else self.gen_obs()), info

    def drawing(self):
        """The current room in the letters of the drawing."""
        letters = {THINGS[letter]().encode(): letter for letter in "#kKbdog"}
        rows = []
        for y, row in enumerate(self.rows):
            cells = [self.grid.get(x, y) for x in range(len(row))]
            rows.append(["." if cell is None else letters[cell.encode()] for cell in cells])
        x, y = self.agent_pos
        assert rows[y][x] == "."
        rows[y][x] = ARROWS[self.agent_dir]
        return ["".join(row) for row in rows]


@pytest.fixture(scope="session")
def draw_view():
    """Builds a view: ``draw_view("#### #>k# ####", carried="K")``; rows end at white space."""

    def draw(drawing, carried="."):
        rows = drawing.split()
        image = np.zeros((len(rows[0]), len(rows), 4), dtype=np.uint8)
        image[:, :, 3] = 4
        for y, row in enumerate(rows):
            for x, letter in enumerate(row):
                if letter in ARROWS:
                    image[x, y, 3] = ARROWS.index(letter)
                    letter = carried
                image[x, y, :3] = CODES.get(letter) or THINGS[letter]().encode()
        return GridView(image)

    return draw


@pytest.fixture(scope="session")
def draw_room():
    """Builds an environment after its reset; its `drawing()` shows the current room."""

    def draw(drawing, carried=".", view_size=3):
        room = DrawnRoom(drawing.split(), carried, view_size)
        room.reset(seed=0)
        return room

    return draw
