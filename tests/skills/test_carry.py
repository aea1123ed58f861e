"""Pick up and drop: actions by hand on drawings, then executed in the room.

In the drawings the agent carries a red key, `k`, and faces a blue one, `K`.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

from core.rooms.plan import ObjectName, Skill, SubGoal
from skills.carry import start_drop, start_pick_up
from skills.option import SkillContext

LETTERS = {
    "L": Actions.left,
    "R": Actions.right,
    "F": Actions.forward,
    "P": Actions.pickup,
    "D": Actions.drop,
}
NEXT_TO = ((1, 0), (-1, 0), (0, 1), (0, -1))


def plan(start, view):
    """All actions as letters, or None if the skill does not start."""
    context = SkillContext({}.get, np.random.default_rng(0), 3)
    option = start(SubGoal(Skill.PICK_UP, ObjectName("key")), view, context)
    if option is None:
        return None
    names, is_last = {action: letter for letter, action in LETTERS.items()}, False
    actions = ""
    while not is_last:
        action, is_last = option.step(view)
        actions += names[action]
    return actions


def do(actions, room):
    for letter in actions:
        room.step(LETTERS[letter])


def test_without_a_carried_object_the_object_ahead_is_picked_up(draw_view, draw_room):
    drawing = "##### #.>K# #####"
    assert plan(start_pick_up, draw_view(drawing)) == "P"
    room = draw_room(drawing)
    do("P", room)
    assert room.drawing() == ["#####", "#.>.#", "#####"]
    assert room.carrying.color == "blue"


CASES = {
    # the carried key is dropped behind: half turn, drop, half turn
    "behind": (
        "##### #...# #.>K# #...# #####",
        "LLDLLP",
        "##### #...# #k>.# #...# #####",
    ),
    "to the right where behind is a wall": (
        "##### ##..# ##>K# ##..# #####",
        "RDLP",
        "##### ##..# ##>.# ##k.# #####",
    ),
    "to the right where behind is a box": (
        "##### #...# #b>K# #...# #####",
        "RDLP",
        "##### #...# #b>.# #.k.# #####",
    ),
    "to the right where behind was never seen": (
        "##### #...# #?>K# #...# #####",
        "RDLP",
        "##### #...# #.>.# #.k.# #####",
    ),
    "to the left where nothing else is free": (
        "##### #...# ##>K# ##### #####",
        "LDRP",
        "##### #.k.# ##>.# ##### #####",
    ),
    # (1, 2) is behind the agent, and the door (0, 2) is next to it
    "to the right where behind is next to a door": (
        "##### #...# d.>K# #...# #####",
        "RDLP",
        "##### #...# d.>.# #.k.# #####",
    ),
    "behind where the door is only at a corner": (
        "##### d...# #.>K# #...# #####",
        "LLDLLP",
        "##### d...# #k>.# #...# #####",
    ),
    # facing north, right is east
    "to the right of an agent that looks north": (
        "##### #.K.# #.^.# ##### #####",
        "RDLP",
        "##### #...# #.^k# ##### #####",
    ),
    # only (3, 1) is free, next to the door (3, 0): go there, drop on (4, 1), come back
    "straight on from the cell before the door": (
        "###d### #K<...# #######",
        "LLFDLLFP",
        "###d### #.<.k.# #######",
    ),
    "straight on rather than to the right": (
        "###d### #K<...# ###...# #######",
        "LLFDLLFP",
        "###d### #.<.k.# ###...# #######",
    ),
    # the door is straight on, (4, 2): both sides of the cell before it are free
    "to the right rather than to the left": (
        "####### ###.### #K<.d## ###.### #######",
        "LLFRDRFP",
        "####### ###.### #.<.d## ###k### #######",
    ),
    # as from the cell before the door, but (4, 1) is a wall: from (3, 1), looking east, right is (3, 2)
    "to the right of the cell before the door": (
        "###d### #K<.### ###.### #######",
        "LLFRDRFP",
        "###d### #.<.### ###k### #######",
    ),
    # and upside down: left is (3, 1)
    "to the left of the cell before the door": (
        "####### ###.### #K<.### ###d###",
        "LLFLDLFP",
        "####### ###k### #.<.### ###d###",
    ),
    # two doors: (3, 1) and (4, 1) are next to one, (5, 1) is not
    "two cells away": (
        "###dd### #K<....# ########",
        "LLFFDLLFFP",
        "###dd### #.<..k.# ########",
    ),
    # behind and to the left are next to doors; the agent goes to the last of them, (2, 1), and
    # there the cell to the right is (3, 1). Back: right to the south, forward, left to the east.
    "from the last free cell": (
        "##d### ##..## d.>K## ######",
        "LFRDRFLP",
        "##d### ##.k## d.>.## ######",
    ),
}


@pytest.mark.parametrize(("before", "actions", "after"), CASES.values(), ids=CASES)
def test_a_carried_object_is_dropped_first(draw_view, draw_room, before, actions, after):
    view = draw_view(before, carried="k")
    assert plan(start_pick_up, view) == actions
    room = draw_room(before, carried="k")
    do(actions, room)
    assert room.drawing() == after.split()
    assert room.carrying.color == "blue"


@pytest.mark.parametrize(("before", "actions", "after"), CASES.values(), ids=CASES)
def test_drop_uses_the_same_cell_and_picks_nothing_up(draw_view, draw_room, before, actions, after):
    view = draw_view(before, carried="k")
    assert plan(start_drop, view) == actions.removesuffix("P")
    room = draw_room(before, carried="k")
    do(actions.removesuffix("P"), room)
    assert room.carrying is None
    do("P", room)
    assert room.drawing() == after.split()


def test_without_a_carried_object_drop_does_not_start(draw_view):
    assert plan(start_drop, draw_view("##### #.>K# #####")) is None


@pytest.mark.parametrize(
    "drawing",
    [
        "#### #>K# ####",
        "###d### #K<.### #######",  # (3, 1) is next to the door and leads nowhere
        # every cell one can go to is next to a door, and they form a ring
        ".ddd. #<..d ##..d ..dd.",
    ],
    ids=["walls", "a dead end", "doors everywhere"],
)
def test_without_a_suitable_cell_nothing_starts(draw_view, drawing):
    view = draw_view(drawing, carried="k")
    assert plan(start_pick_up, view) is None
    assert plan(start_drop, view) is None


@given(data=st.data())
def test_in_any_room_only_the_keys_are_exchanged(draw_view, draw_room, data):
    """In any room the agent returns, carries the object that was ahead, and the other key is on a cell
    that was seen to be free and is not next to a door.
    """
    letters = data.draw(st.lists(st.sampled_from("....#?bd"), min_size=20, max_size=20))
    letters[data.draw(st.integers(0, 19))] = data.draw(st.sampled_from(">v<^"))
    cells = {(x, y): letters[5 * (y - 1) + x - 1] for x in range(1, 6) for y in range(1, 5)}
    [(x, y)] = [cell for cell, letter in cells.items() if letter in ">v<^"]
    dx, dy = {">": (1, 0), "v": (0, 1), "<": (-1, 0), "^": (0, -1)}[cells[x, y]]
    if (x + dx, y + dy) in cells:
        cells[x + dx, y + dy] = "K"

    def draw(cells):
        return ["".join(cells.get((x, y), "#") for x in range(7)) for y in range(6)]

    # what was never seen is a wall, so that a walk through it would fail
    truth = {cell: letter.replace("?", "#") for cell, letter in cells.items()}
    actions = plan(start_drop, draw_view(" ".join(draw(cells)), carried="k"))
    if actions is None:
        return
    room = draw_room(" ".join(draw(truth)), carried="k")
    do(actions, room)
    assert room.carrying is None
    [place] = [
        (x, y)
        for y, row in enumerate(room.drawing())
        for x, letter in enumerate(row)
        if letter == "k"
    ]
    assert cells[place] == "."
    assert not any(cells.get((place[0] + dx, place[1] + dy)) == "d" for dx, dy in NEXT_TO)
    assert room.drawing() == draw({**truth, place: "k"})
    pick_up = plan(start_pick_up, draw_view(" ".join(draw(cells)), carried="k"))
    assert pick_up == actions + "P"
