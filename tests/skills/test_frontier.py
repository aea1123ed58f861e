"""Frontier exploration: shortest paths to unseen cells until none is left."""

import gymnasium
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from minigrid.core.actions import Actions

import envs  # noqa: F401 registers the tasks
from core.rooms.plan import Skill, SubGoal
from core.rooms.view import BALL, EMPTY, GridView, Position
from core.task import TASKS
from envs.fog import spread_light
from skills.frontier import Frontier, start_frontier
from skills.option import SkillContext

EXPLORE = SubGoal(Skill.EXPLORE)


def start(view, view_size=3):
    context = SkillContext({}.get, np.random.default_rng(0), view_size)
    return start_frontier(EXPLORE, view, context)


def explore(room, at_most):
    """Explore a room to the end; the actions."""
    view = GridView(room.gen_obs()["image"])
    option = start(view, room.agent_view_size)
    actions, is_last = [], option is None
    while not is_last:
        action, is_last = option.step(view)
        actions.append(action)
        view = GridView(room.step(action)[0]["image"])
        assert len(actions) <= at_most
    return actions


def test_along_a_corridor(draw_room):
    """After a turn on the spot x = 0 to 3 are seen. Each step shows one more column, and from
    (4, 1) everything is seen; the option ends at the next step.
    """
    room = draw_room("####### #>....# #######")
    for _ in range(4):
        room.step(Actions.left)
    actions = explore(room, at_most=4)
    assert actions == [Actions.forward, Actions.forward, Actions.forward, Actions.done]
    assert room.seen[:7, :3].all()


@pytest.mark.parametrize(
    "drawing",
    [
        "##### #>..# #...# #####",  # all is seen
        "?##### ?#>..# ?#...# ?#####",  # the rest is behind walls
        "###### #>.b?# ######",  # a box blocks the only way, and the view past it is not counted
        ">.. ...",  # the grid ends here
    ],
)
def test_it_does_not_start_if_no_pose_shows_an_unseen_cell(draw_view, drawing):
    assert start(draw_view(drawing)) is None


def test_the_path_ends_where_an_unseen_cell_is_shown(draw_view):
    """Only the corner (6, 2) is unseen. Looking east three columns are in view, so it is shown
    from (4, 1), three steps away; to look south from (5, 1) would take five.
    """
    view = draw_view("####### #>....# ######?")
    assert start(view).path(view) == [Actions.forward] * 3
    assert start(view).step(view) == (Actions.forward, False)


@pytest.mark.parametrize("carried", ".K")
def test_the_carried_object_does_not_block_the_view(draw_view, carried):
    """With a view of five by five, from (3, 0) looking south x = 1 to 5 are in view, and (0, 2) is
    not. From (2, 0) it is: light runs along y = 0 to (3, 0), where the agent stands now and what it
    carries is drawn, continues over the diagonal (4, 1) to y = 2, and there back to x = 0.
    """
    view = draw_view("#..^# ####. ?....", carried=carried)
    path = start(view, view_size=5).path(view)
    assert path == [Actions.left, Actions.forward, Actions.left]


def distances(view):
    """{(x, y, direction): fewest actions} of all poses the agent can come to."""
    start = (*view.agent_position, view.agent_direction)
    distance, waiting = {start: 0}, [start]
    for x, y, direction in waiting:
        to_x, to_y = Position(x, y).ahead(direction)
        poses = [(x, y, (direction + 1) % 4), (x, y, (direction - 1) % 4)]
        if (
            0 <= to_x < len(view.passable)
            and 0 <= to_y < len(view.passable[0])
            and view.passable[to_x][to_y]
        ):
            poses.append((to_x, to_y, direction))
        new = [pose for pose in poses if pose not in distance]
        distance.update(dict.fromkeys(new, distance[x, y, direction] + 1))
        waiting += new
    return distance


@given(data=st.data())
def test_the_path_is_a_shortest_one_to_a_pose_that_shows_an_unseen_cell(draw_view, data):
    """The expected view of a pose comes from `spread_light` with only free cells transparent.
    A carried object makes no difference.
    """
    width, height = data.draw(st.integers(2, 6)), data.draw(st.integers(2, 6))
    size = width * height
    letters = data.draw(st.lists(st.sampled_from("....##?kbdo"), min_size=size, max_size=size))
    letters[data.draw(st.integers(0, size - 1))] = data.draw(st.sampled_from(">v<^"))
    view_size = data.draw(st.sampled_from([3, 5]))
    rows = ["".join(letters[width * y : width * (y + 1)]) for y in range(height)]
    view = draw_view(" ".join(rows))
    free = np.array(view.passable)
    lengths = [
        distance
        for (x, y, direction), distance in distances(view).items()
        if any(view.objects[cell] == 0 for cell in spread_light(free, (x, y), direction, view_size))
    ]
    path = Frontier(view_size).path(view)
    assert (None if path is None else len(path)) == min(lengths, default=None)
    assert path == Frontier(view_size).path(draw_view(" ".join(rows), carried="K"))


def test_it_walks_around_a_box(draw_room):
    """The authors' explore would walk into it for ever."""
    room = draw_room("####### #.....# #.b<..# #.....# #######")
    explore(room, at_most=40)
    assert room.seen[:7, :5].all()
    assert room.grid.get(2, 2).type == "box"


def without_balls(grid):
    """The same encoded grid with empty cells instead of balls."""
    return np.where(grid[..., :1] == BALL, (EMPTY, 0, 0), grid)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_rooms_of_all_tasks_are_explored_within_an_episode(task):
    """At most a corner of the wall stays unseen, behind an object in the corner of the room, because
    views past objects are not counted. Only the ball moves.
    """
    room = gymnasium.make(task.env_id).unwrapped
    for seed in range(31):
        room.reset(seed=seed)
        width, height = room.room_size
        objects_before = without_balls(room.grid.encode())
        explore(room, at_most=100)
        assert np.array_equal(without_balls(room.grid.encode()), objects_before)
        for x, y in np.argwhere(~room.seen[:width, :height]).tolist():
            assert x in (0, width - 1)
            assert y in (0, height - 1)
            inside = min(max(x, 1), width - 2), min(max(y, 1), height - 2)
            thing = room.grid.get(*inside)
            # a ball that hid the corner has moved away
            ball_has_moved = thing is None and task.name == "MovingObstacle"
            assert ball_has_moved or thing.type in ("key", "box", "ball")


@given(data=st.data())
def test_every_cell_visible_past_free_cells_is_seen(draw_room, data):
    """In any room, from all cells that can be reached, in all directions, also with a carried object."""
    letters = data.draw(st.lists(st.sampled_from("......#kbd"), min_size=25, max_size=25))
    letters[data.draw(st.integers(0, 24))] = data.draw(st.sampled_from(">v<^"))
    rows = ["#" + "".join(letters[5 * y : 5 * y + 5]) + "#" for y in range(5)]
    view_size, carried = data.draw(st.sampled_from([3, 5])), data.draw(st.sampled_from(".K"))
    room = draw_room(" ".join(["#######", *rows, "#######"]), carried, view_size)
    free = np.array([cell is None for cell in room.grid.grid]).reshape(7, 7).T
    reached, waiting = set(), [room.agent_pos]
    while waiting:
        x, y = waiting.pop()
        if (x, y) not in reached and free[x, y]:
            reached.add((x, y))
            waiting += [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
    explore(room, at_most=300)
    for cell in reached:
        for direction in range(4):
            for lit in spread_light(free, cell, direction, view_size):
                assert room.seen[lit]
