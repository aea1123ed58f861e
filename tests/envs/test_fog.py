"""Fog of war: which cells are lit, what the map shows, and how it is rendered."""

import gymnasium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions
from minigrid.core.grid import Grid
from minigrid.core.mission import MissionSpace
from minigrid.core.world_object import Box, Door, Key, Wall
from minigrid.wrappers import RGBImgObsWrapper

import envs  # noqa: F401 registers the tasks
from core.rooms.view import DOOR, EMPTY, KEY, WALL
from core.task import TASKS
from envs.fog import FOG_COLOR, FogOfWarEnv, spread_light

ARROWS = ">v<^"


class DrawnRoom(FogOfWarEnv):
    """A room drawn in text.

    ``#`` wall, ``.`` floor, ``k`` red key, ``b`` grey box with a red key in it, ``d`` closed blue
    door, an arrow for the agent.
    """

    def __init__(self, drawing, **kwargs):
        self.rows = drawing.split()
        super().__init__(
            mission_space=MissionSpace(mission_func=lambda: "look around"),
            width=len(self.rows[0]),
            height=len(self.rows),
            **{"agent_view_size": 3, **kwargs},
        )

    def _gen_grid(self, width, height):
        self.grid = Grid(width, height)
        for y, row in enumerate(self.rows):
            for x, letter in enumerate(row):
                if letter in ARROWS:
                    self.agent_pos, self.agent_dir = (x, y), ARROWS.index(letter)
                    letter = "."
                self.grid.set(x, y, make_thing(letter))


def make_thing(letter):
    return {
        "#": lambda: Wall(),
        ".": lambda: None,
        "k": lambda: Key("red"),
        "b": lambda: Box("grey", contains=Key("red")),
        "d": lambda: Door("blue"),
    }[letter]()


def draw_seen(room):
    """The cells that were seen, row by row: ``x`` seen, ``?`` not."""
    return ["".join("x" if seen else "?" for seen in row) for row in room.seen.T]


def lit_part(drawing, view_size=3):
    """The drawing with ``?`` at unlit cells; ``#`` is opaque."""
    rows = drawing.split()
    [(x, y)] = [(r.index(a), y) for y, r in enumerate(rows) for a in ARROWS if a in r]
    transparent = np.array([[letter != "#" for letter in row] for row in rows]).T
    lit = spread_light(transparent, (x, y), ARROWS.index(rows[y][x]), view_size)
    assert lit[0] == (x, y)
    assert len(lit) == len(set(lit))
    return [
        "".join(letter if (x, y) in lit else "?" for x, letter in enumerate(row))
        for y, row in enumerate(rows)
    ]


@pytest.mark.parametrize(
    ("drawing", "seen"),
    [
        ("..... ..... ..>.. ..... .....", "????? ??... ??>.. ??... ?????"),
        ("..... ..... ..v.. ..... .....", "????? ????? ?.v.? ?...? ?...?"),
        ("..... ..... ..<.. ..... .....", "????? ...?? ..<?? ...?? ?????"),
        ("..... ..... ..^.. ..... .....", "?...? ?...? ?.^.? ????? ?????"),
    ],
    ids=["east", "south", "west", "north"],
)
def test_on_open_floor_the_whole_view_is_lit(drawing, seen):
    """Three by three cells ahead, the agent in the middle of the near side."""
    assert lit_part(drawing) == seen.split()


@pytest.mark.parametrize(
    ("drawing", "seen"),
    [
        ("..... ..#.. .>#.. ..#.. .....", "????? ?.#?? ?>#?? ?.#?? ?????"),
        ("..... ..... .###. ..v.. .....", "????? ????? ????? ?.v.? ?...?"),
        ("..... ..v.. .###. ..... .....", "????? ?.v.? ?###? ????? ?????"),
    ],
    ids=["a wall ahead", "a wall behind", "a wall to the south"],
)
def test_a_wall_across_the_view_hides_the_cells_behind_it(drawing, seen):
    assert lit_part(drawing) == seen.split()


@pytest.mark.parametrize("drawing", ["..... .>#.. ..#..", "..#.. .>#.. ....."])
def test_light_bends_around_the_end_of_a_wall(drawing):
    """The agent at (1, 1) lights the free cell next to the wall's end, (2, 0) or (2, 2). That one
    lights (3, 0) and (3, 1), or (3, 2) and (3, 1), and in their line light spreads to the last
    cell. Only cells behind the agent (x = 0) and beyond the view (x = 4) stay dark.
    """
    assert lit_part(drawing) == [f"?{row[1:4]}?" for row in drawing.split()]


@pytest.mark.parametrize("drawing", [".#... .>#.. .##..", ".##.. .>#.. .#..."])
def test_light_passes_between_walls_that_touch_by_a_corner(drawing):
    """A lit cell lights its diagonal neighbour even between two walls."""
    assert lit_part(drawing) == [f"?{row[1:4]}?" for row in drawing.split()]


def test_a_wall_beside_the_agent_is_lit_and_ends_the_line():
    """The agent lights (1, 0) and, as diagonals, (1, 1); (0, 0) is behind the wall in its line,
    and nothing lights (0, 1) but (1, 1), from the right."""
    assert lit_part("##v ... ...", view_size=5) == ["?#v", "...", "..."]


def test_a_larger_view_has_shadows():
    """Facing east from (0, 2) with a view of five by five.

    Columns 0 and 1 are free and lit. Of the wall in column 2 all is lit, and the gap (2, 4), which
    lights (3, 3) and (3, 4). Going up, column 3 ends at the wall (3, 2), so (3, 0) and (3, 1) are
    dark. (3, 3) lights (4, 2), and up column 4 all is free.
    """
    drawing = "..#.. ..#.. >.##. ..#.. ....."
    assert lit_part(drawing, view_size=5) == ["..#?.", "..#?.", ">.##.", "..#..", "....."]


@pytest.mark.parametrize(
    ("drawing", "seen"),
    [
        ("^.. ... ...", "^.? ??? ???"),
        ("..^ ... ...", "?.^ ??? ???"),
        ("... ... <..", "??? .?? <??"),
        ("... ... ..>", "??? ??. ??>"),
        ("... ... v..", "??? ??? v.?"),
        (">.. ... ...", ">.. ... ???"),
        ("... .v. ...", "??? .v. ..."),
    ],
)
def test_the_view_ends_at_the_edge_of_the_grid(drawing, seen):
    assert lit_part(drawing) == seen.split()


def flood(transparent, position, direction, view_size):
    """The rule of `spread_light`, implemented in another way, as a mask.

    The grid is rotated until the agent looks along the first axis; the view is a slice of it. In a
    line, light spreads by one cell at a time from lit transparent cells until nothing changes; the
    next line starts with the previous line's sources, widened once.
    """
    marker = np.zeros(transparent.shape, dtype=bool)
    marker[position] = True
    marker, clear = np.rot90(marker, -direction), np.rot90(transparent, -direction)
    [[x, y]] = np.argwhere(marker)
    lit = marker.copy()
    view = slice(x, x + view_size), slice(max(y - view_size // 2, 0), y + view_size // 2 + 1)

    def widen(line):
        line = np.pad(line, 1)
        return line[:-2] | line[1:-1] | line[2:]

    lines, clear_lines = lit[view], clear[view]
    for depth in range(len(lines)):
        for _ in lines[depth]:
            lines[depth] |= widen(lines[depth] & clear_lines[depth])
        lines[depth + 1 : depth + 2] |= widen(lines[depth] & clear_lines[depth])
    return np.rot90(lit, direction)


@given(st.data())
def test_light_spreads_as_the_rule_says(data):
    """On any map, from any cell, in C and Fortran memory order.

    Grids of one row or column are excluded: by the rule a line of one cell lights nothing.
    """
    width, height = data.draw(st.integers(2, 8)), data.draw(st.integers(2, 8))
    cells = data.draw(st.lists(st.booleans(), min_size=width * height, max_size=width * height))
    transparent = np.array(cells).reshape(width, height, order=data.draw(st.sampled_from("CF")))
    position = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    direction = data.draw(st.integers(0, 3))
    view_size = data.draw(st.sampled_from([3, 5, 7]))
    lit = spread_light(transparent, position, direction, view_size)
    expected = np.argwhere(flood(transparent, position, direction, view_size))
    assert sorted(lit) == [(x, y) for x, y in expected.tolist()]


def test_the_first_observation_of_a_drawn_room():
    """4 x 3: the agent at (1, 1) looks east at a red key, (2, 1).

    The view is x 1 to 3, all of it lit because a key lets light pass; column 0 is behind.
    A wall is (2, 5, 0), the floor (1, 0, 0), a red key (5, 0, 0).
    """
    observation, _ = DrawnRoom("#### #>k# ####").reset()
    image = observation["image"]
    assert image.shape == (4, 3, 4)
    assert image.dtype == np.uint8
    objects, colors, states, directions = image.transpose(2, 1, 0)  # rows as drawn
    assert objects.tolist() == [[0, 2, 2, 2], [0, 1, 5, 2], [0, 2, 2, 2]]
    assert colors.tolist() == [[0, 5, 5, 5], [0, 0, 0, 5], [0, 5, 5, 5]]
    assert not states.any()
    assert directions.tolist() == [[4, 4, 4, 4], [4, 0, 4, 4], [4, 4, 4, 4]]
    assert observation["mission"] == "look around"


def test_the_carried_object_is_drawn_on_the_agent_s_cell():
    """Pick up, one step forward, turn south, drop."""
    room = DrawnRoom("##### #>k.# #...# #####")
    room.reset()
    places = {
        Actions.pickup: (1, 1),
        Actions.forward: (2, 1),
        Actions.right: (2, 1),
        Actions.drop: (2, 2),
    }
    for action, place in places.items():
        image = room.step(action)[0]["image"]
        assert np.argwhere(image[:, :, 0] == KEY).tolist() == [list(place)]
        assert image[place][:3].tolist() == [KEY, 0, 0]
    assert image[2, 1].tolist() == [EMPTY, 0, 0, 1]  # empty-handed again, looking south


def test_a_closed_door_blocks_the_view_and_an_open_one_does_not():
    """The agent sees the wall (2, 0), (2, 1) the door, (2, 2) and, once it is open, column 3."""
    room = DrawnRoom("##### #>d.# #####")
    room.reset()
    assert draw_seen(room) == ["?xx??", "?xx??", "?xx??"]
    image = room.step(Actions.toggle)[0]["image"]
    assert draw_seen(room) == ["?xxx?", "?xxx?", "?xxx?"]
    assert image[2, 1].tolist() == [DOOR, 2, 0, 4]  # blue, open
    assert image[3, 1, 0] == EMPTY


def test_a_seen_cell_shows_its_current_content():
    """The agent sees the key and turns away; then the key is replaced by a wall."""
    room = DrawnRoom("##### #.>k# #####")
    room.reset()
    room.step(Actions.left)
    image = room.step(Actions.left)[0]["image"]
    assert image[3, 1, 0] == KEY
    room.grid.set(3, 1, Wall())
    assert room.step(Actions.done)[0]["image"][3, 1, 0] == WALL


def test_toggling_a_box_shows_the_key():
    room = DrawnRoom("##### #>b.# #####")
    room.reset()
    assert room.step(Actions.toggle)[0]["image"][2, 1].tolist() == [KEY, 0, 0, 4]


def test_reset_clears_the_map():
    room = DrawnRoom("##### #.>.# #####")
    first = room.reset()[0]["image"]
    room.step(Actions.left)
    room.step(Actions.left)
    assert draw_seen(room) == ["xxxxx", "xxxxx", "xxxxx"]
    assert np.array_equal(room.reset()[0]["image"], first)
    assert draw_seen(room) == ["??xxx", "??xxx", "??xxx"]


@given(
    task=st.sampled_from(list(TASKS.values())),
    seed=st.integers(0, 2**31),
    actions=st.lists(st.sampled_from([*Actions, *[Actions.forward] * 3]), max_size=60),
)
def test_seen_cells_only_grow_and_show_the_truth(task, seed, actions):
    env = gymnasium.make(task.env_id).unwrapped
    image = env.reset(seed=seed)[0]["image"]
    seen_before = np.zeros((10, 10), dtype=bool)
    for action in [Actions.done, *actions]:
        image = env.step(action)[0]["image"]
        truth = env.grid.encode()
        if env.carrying is not None:
            truth[env.agent_pos] = env.carrying.encode()
        seen = image[:, :, 0] != 0
        assert env.observation_space["image"].contains(image)
        assert np.array_equal(seen, env.seen)
        assert (seen_before <= seen).all()
        assert np.array_equal(image[seen, :3], truth[seen])
        assert not image[~seen, :3].any()
        directions = np.full((10, 10), 4)
        directions[env.agent_pos] = env.agent_dir
        assert np.array_equal(image[:, :, 3], directions)
        seen_before = seen


def fogged(picture, tile_size):
    """[row][column]: whether a cell is fog; asserts that no cell is partly fog."""
    is_fog = (picture == FOG_COLOR).all(axis=2)
    height, width = is_fog.shape[0] // tile_size, is_fog.shape[1] // tile_size
    cells = is_fog.reshape(height, tile_size, width, tile_size)
    assert np.array_equal(cells.all(axis=(1, 3)), cells.any(axis=(1, 3)))
    return cells.all(axis=(1, 3))


def test_rendering_shows_fog_exactly_on_unseen_cells():
    """5 x 3 cells of 8 pixels; the agent at (1, 1) looks east and sees x 1 to 3."""
    room = DrawnRoom("##### #>kb# #####")
    room.reset()
    picture = room.render_room(tile_size=8)
    assert picture.shape == (24, 40, 3)
    assert picture.dtype == np.uint8
    assert fogged(picture, 8).tolist() == [[True, False, False, False, True]] * 3


def test_rendering_without_fog_shows_the_whole_room():
    room = DrawnRoom("##### #>kb# #####")
    room.reset()
    clear, foggy = room.render_room(fog=False), room.render_room()
    assert clear.shape == foggy.shape == (3 * 32, 5 * 32, 3)
    assert not fogged(clear, 32).any()
    lifted = np.kron(room.seen.T, np.ones((32, 32), dtype=bool))
    assert np.array_equal(clear[lifted], foggy[lifted])


def test_render_follows_minigrid_s_settings():
    room = DrawnRoom("##### #>kb# #####", render_mode="rgb_array", tile_size=8)
    room.reset()
    assert np.array_equal(room.render(), room.render_room(tile_size=8))
    clear = DrawnRoom("##### #>kb# #####", render_mode="rgb_array", tile_size=8, highlight=False)
    clear.reset()
    assert np.array_equal(clear.render(), clear.render_room(fog=False, tile_size=8))


def test_minigrid_s_rgb_wrapper_works():
    env = RGBImgObsWrapper(gymnasium.make("MiniGrid-KeyInBox-Min5-Max10-View3"), tile_size=4)
    observation, _ = env.reset(seed=0)
    assert env.observation_space.contains(observation)
    for action in (Actions.left, Actions.forward, Actions.right):
        observation = env.step(action)[0]
        assert observation["image"].shape == (40, 40, 3)
        assert np.array_equal(observation["image"], env.unwrapped.render_room(tile_size=4))
        assert np.array_equal(fogged(observation["image"], 4), ~env.unwrapped.seen.T)
