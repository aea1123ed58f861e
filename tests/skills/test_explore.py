"""The authors' explore: step by step on drawings, and complete sweeps of rooms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

from core.rooms.plan import Skill, SubGoal
from core.rooms.view import GridView
from envs.room import DoorRoomEnv
from skills.explore import Explore, is_room_seen, start_explore
from skills.option import SkillContext, Sweep

EXPLORE = SubGoal(Skill.EXPLORE)
LEFT, RIGHT, FORWARD = Actions.left, Actions.right, Actions.forward
LETTERS = {LEFT: "L", RIGHT: "R", FORWARD: "F"}


class EmptyRoom(DoorRoomEnv):
    """A room with a door and nothing else."""

    def _place_objects(self):
        pass


def context(seed=0):
    return SkillContext({}.get, np.random.default_rng(seed), 3)


def explore(room, at_most=1000):
    """Run explore in a room; its actions as letters."""
    view = GridView(room.gen_obs()["image"])
    option = start_explore(EXPLORE, view, context())
    letters, is_last = "", False
    while not is_last and len(letters) < at_most:
        action, is_last = option.step(view)
        letters += LETTERS[action]
        view = GridView(room.step(action)[0]["image"])
    return letters


def step(view, sweep, view_size=3, seed=0):
    """One step of a sweep: the action."""
    return Explore(sweep, view_size, np.random.default_rng(seed)).step(view)[0]


@pytest.mark.parametrize(
    ("arrows", "letters"), [(">^<", "LLF"), ("v<", "RF"), ("<", "F"), ("^<", "LF")]
)
def test_first_the_agent_turns_west(draw_view, arrows, letters):
    """By the fewest turns, whatever is ahead; then it moves forward, because west is free."""
    views = [draw_view(f"????? #..{arrow}# ?????") for arrow in arrows]
    option = start_explore(EXPLORE, views[0], context())
    for view, letter in zip(views, letters, strict=True):
        action, is_last = option.step(view)
        assert (LETTERS[action], is_last) == (letter, False)


@pytest.mark.parametrize(
    ("drawing", "action", "reached_corner"),
    [
        ("### ?#? .<# .#.", FORWARD, False),
        ("?#? #<. ?.?", RIGHT, False),  # west is blocked: turn to the north
        ("?.? #^. ?.?", FORWARD, False),
        ("?#? #^. ?.?", RIGHT, True),  # north is blocked: this is the corner
        ("?d? #^. ?.?", RIGHT, True),
        ("?#? #v. ?#?", RIGHT, False),
        ("?#? .># ?.?", RIGHT, False),
        ("?#? d<. ?.?", RIGHT, False),
        ("?#? o<. ?.?", RIGHT, False),  # an open door is an obstacle, too
        ("<.. ...", RIGHT, False),  # the grid ends here
        ("?#? ?<. ?.?", FORWARD, False),  # an unseen cell is no obstacle
    ],
)
def test_the_way_to_the_corner(draw_view, drawing, action, reached_corner):
    sweep = Sweep()
    assert step(draw_view(drawing), sweep) == action
    assert sweep == Sweep(reached_corner=reached_corner)


@pytest.mark.parametrize("thing", "kKb")
@pytest.mark.parametrize("reached_corner", [False, True])
def test_it_walks_into_keys_and_boxes_for_ever(draw_view, draw_room, thing, reached_corner):
    """Only walls and doors count as obstacles, so nothing changes from step to step."""
    drawing = f"##### #.{thing}<# #...# #####"
    room, sweep = draw_room(drawing), Sweep(reached_corner=reached_corner)
    for _ in range(5):
        assert step(draw_view(drawing), sweep) == FORWARD
        room.step(FORWARD)
        assert room.drawing() == drawing.split()


@pytest.mark.parametrize(
    ("drawing", "pending", "action", "left"),
    [
        # row by row: along a row to its end, then a view's depth to the south
        ("?#? .>. ?.?", [], FORWARD, []),
        ("?#? .># ?.?", [], RIGHT, [FORWARD, FORWARD, FORWARD, RIGHT]),
        ("?#? #<. ?.?", [], LEFT, [FORWARD, FORWARD, FORWARD, LEFT]),
        ("?#? .>d ?.?", [], RIGHT, [FORWARD, FORWARD, FORWARD, RIGHT]),
        ("?#? .v# ?.?", [FORWARD, FORWARD, RIGHT], FORWARD, [FORWARD, RIGHT]),
        ("?.? .v# ?.?", [RIGHT], RIGHT, []),
        # the last rows may be fewer than a view's depth: the turn is made at once
        ("?.? .v# ?#?", [FORWARD, FORWARD, RIGHT], RIGHT, []),
        ("?.? #v. ?d?", [FORWARD, LEFT], LEFT, []),
        # facing north at a wall: turn right
        ("?#? #^. ?.?", [], RIGHT, []),
        ("?#? #^. ?.?", [FORWARD, LEFT], RIGHT, []),
        # a new row begins where the last one ended, whatever was pending
        ("?#? .># ?.?", [LEFT], RIGHT, [FORWARD, FORWARD, FORWARD, RIGHT]),
    ],
)
def test_row_by_row(draw_view, drawing, pending, action, left):
    sweep = Sweep(pending=pending, reached_corner=True)
    assert step(draw_view(drawing), sweep) == action
    assert sweep == Sweep(pending=left, reached_corner=True)


def test_with_a_larger_view_it_looks_further_ahead_and_rows_are_further_apart(draw_view):
    """Half of five is two: the wall two cells ahead ends the row, and the next row is five cells away."""
    sweep = Sweep(reached_corner=True)
    assert step(draw_view(".>.# ...#"), sweep, view_size=5) == RIGHT
    assert sweep.pending == [FORWARD] * 5 + [RIGHT]
    assert step(draw_view(".>..# ....#"), Sweep(reached_corner=True), view_size=5) == FORWARD


def test_random_turns_are_drawn_from_the_given_generator(draw_view):
    """At a wall to the south with no turn pending; 1 is right, 0 is left, both occur."""
    view, turns = draw_view("?.? .v. ?#?"), []
    for seed in range(20):
        sweep = Sweep(reached_corner=True)
        turns.append(step(view, sweep, seed=seed))
        assert turns[-1] == (RIGHT if np.random.default_rng(seed).integers(2) else LEFT)
        assert sweep == Sweep(reached_corner=True)
    assert set(turns) == {LEFT, RIGHT}


def test_nothing_else_is_random(draw_view):
    """The state of the generator does not change."""
    skill_context = context(seed=5)
    for drawing in ("?#? #<. ?.?", "?#? #^. ?.?", "?#? .># ?.?", "?.? .v. ?.?", "?.? .v. ?#?"):
        view = draw_view(drawing)
        start_explore(EXPLORE, view, skill_context).step(view)
    assert skill_context.rng.integers(2**30) == np.random.default_rng(5).integers(2**30)


def test_a_small_room_by_hand(draw_room):
    """In a room of 3 x 3 cells from the middle, (2, 2).

    LL   to the west
    F    (1, 2); a wall ahead
    R    to the north
    F    (1, 1), the corner; a wall ahead
    R    to the east
    FF   (3, 1); a wall ahead; the corner (4, 0) is seen from (2, 1)
    R    to the south, with FFF and R pending
    FF   (3, 3); of the row y = 4 the cells x = 2, 3, 4 are seen; a wall ahead
    R    the pending turn, to the west: (1, 4) is seen
    F    (2, 3); the corner (0, 4) is seen, and with it everything
    F    (1, 3); the option ends with this action
    """
    room = draw_room("##### #...# #.>.d #...# #####")
    assert explore(room) == "LLFRFRFFRFFRFF"
    assert room.drawing() == ["#####", "#...#", "#...d", "#<..#", "#####"]
    assert room.seen.all()


@given(seed=st.integers(0, 2**31))
def test_an_empty_room_is_seen_completely(seed):
    room = EmptyRoom()
    room.reset(seed=seed)
    width, height = room.room_size
    assert len(explore(room)) < 150
    assert room.seen[:width, :height].all()


def test_it_does_not_start_if_everything_is_seen(draw_view):
    assert start_explore(EXPLORE, draw_view("##### #>..# #...# #####"), context()) is None


def test_a_sweep_in_progress_continues(draw_view):
    """The agent does not turn west again, and the pending turn is kept."""
    skill_context = context()
    skill_context.sweep = Sweep(pending=[FORWARD, RIGHT], reached_corner=True)
    option = start_explore(EXPLORE, draw_view("?.? .v# ?.?"), skill_context)
    assert option.step(draw_view("?.? .v# ?.?")) == (FORWARD, False)
    assert option.step(draw_view("?.? .v# ?.?")) == (RIGHT, False)
    assert skill_context.sweep == Sweep(reached_corner=True)


@pytest.mark.parametrize(
    ("drawing", "is_seen"),
    [
        ("##### #>..# #...# #####", True),
        ("#d### #>..# #...# #####", True),  # doors close the loop, locked or open
        ("##### #>..o #...# #####", True),
        ("##### #>k.# #.b.# #####", True),
        ("##### #.#># #...# #####", True),  # a wall inside the room
        ("#####?? #>..#?? #...#?? #####??", True),  # cells outside may be unseen
        ("##### #>..# #..?# #####", False),  # a cell is missing
        ("?#### #>..# #...# #####", False),  # a corner is missing: no loop
        ("##.## #>..# #...# #####", False),  # a gap: no loop
        ("##### #>..# #...? #####", False),
        ("##### #>..? #...? #...?", False),
        ("####### #>..#?? #...#?? #####??", False),  # a wall that leads to an unseen cell
        ("##### #>..# #...# ##### ????? ????#", False),
        ("????? ?.>.? ?????", False),  # not one wall
        (">....", False),
    ],
)
def test_whether_the_room_is_seen(draw_view, drawing, is_seen):
    """The walls and doors form a loop and no cell in its bounding box is unseen."""
    assert is_room_seen(draw_view(drawing)) is is_seen


@given(data=st.data())
def test_a_loop_is_a_graph_with_more_edges_than_a_forest(draw_view, data):
    """Walls and doors are joined one after another; one that joins what is joined closes a loop."""
    width, height = data.draw(st.integers(1, 6)), data.draw(st.integers(1, 6))
    letters = data.draw(
        st.lists(st.sampled_from("######dok.?"), min_size=width * height, max_size=width * height)
    )
    letters[data.draw(st.integers(0, width * height - 1))] = ">"
    cells = {(i % width, i // width): letter for i, letter in enumerate(letters)}
    boundary = [cell for cell, letter in cells.items() if letter in "#do"]
    group = {cell: {cell} for cell in boundary}
    has_loop = False
    for x, y in boundary:
        for other in ((x + 1, y), (x, y + 1)):
            if other in group and group[other] is group[x, y]:
                has_loop = True
            elif other in group:
                joined = group[x, y] | group[other]
                group.update(dict.fromkeys(joined, joined))
    xs, ys = [x for x, _ in boundary], [y for _, y in boundary]
    is_seen = has_loop and not any(
        letter == "?" and min(xs) <= x <= max(xs) and min(ys) <= y <= max(ys)
        for (x, y), letter in cells.items()
    )
    rows = ["".join(letters[width * y : width * (y + 1)]) for y in range(height)]
    assert is_room_seen(draw_view(" ".join(rows))) == is_seen
