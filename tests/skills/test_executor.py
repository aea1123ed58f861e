"""The executor runs plans, one action at a time."""

import numpy as np
from minigrid.core.actions import Actions

from core.rooms.plan import EXPLORE_PLAN, ObjectName, Skill, SubGoal
from core.rooms.view import GridView, Position
from skills import PAPER_SKILLS
from skills.executor import Executor

KEY, DOOR = ObjectName("key"), ObjectName("door")
EXPLORE = SubGoal(Skill.EXPLORE)
GO_TO_KEY, GO_TO_DOOR = SubGoal(Skill.GO_TO, KEY), SubGoal(Skill.GO_TO, DOOR)
PICK_UP_KEY, TOGGLE_DOOR = SubGoal(Skill.PICK_UP, KEY), SubGoal(Skill.TOGGLE, DOOR)
LEFT, RIGHT, FORWARD = Actions.left, Actions.right, Actions.forward


def make_executor(places=None):
    """With the paper's skills; `places` may be changed while it works."""
    places = {} if places is None else places
    return Executor(PAPER_SKILLS, places.get, np.random.default_rng(0), view_size=3)


def test_without_a_plan_there_is_nothing_to_do(draw_view):
    executor = make_executor()
    assert (executor.plan, executor.sub_goal, executor.is_finished) == (None, None, True)
    assert executor.step(draw_view("#### #>.# ####")) == Actions.done
    assert executor.is_finished


def test_a_plan_from_the_first_action_to_the_last(draw_room):
    """The key (3, 1) is one step away from being ahead, the door (5, 1) two steps more."""
    room = draw_room("###### #>.k.d ######")
    executor = make_executor({KEY: Position(3, 1), DOOR: Position(5, 1)})
    plan = (GO_TO_KEY, PICK_UP_KEY, GO_TO_DOOR, TOGGLE_DOOR)
    executor.begin(plan, GridView(room.gen_obs()["image"]))
    assert executor.plan == plan
    log, terminated = [], False
    while not terminated:
        assert not executor.is_finished
        action = executor.step(GridView(room.gen_obs()["image"]))
        log.append((action, executor.sub_goal, executor.steps_in_option, executor.is_finished))
        terminated = room.step(action)[2]
    assert log == [
        (Actions.forward, GO_TO_KEY, 1, False),
        (Actions.pickup, PICK_UP_KEY, 1, False),
        (Actions.forward, GO_TO_DOOR, 1, False),
        (Actions.forward, GO_TO_DOOR, 2, False),
        (Actions.toggle, TOGGLE_DOOR, 1, True),
    ]
    assert room.drawing() == ["######", "#...>o", "######"]


def test_sub_goals_that_cannot_start_are_skipped(draw_view):
    """The key was never seen and the door is ahead already."""
    view = draw_view("#### #>d# ####")
    executor = make_executor({DOOR: Position(2, 1)})
    executor.begin((GO_TO_KEY, GO_TO_DOOR, TOGGLE_DOOR), view)
    assert executor.sub_goal == TOGGLE_DOOR
    assert executor.step(view) == Actions.toggle
    assert executor.is_finished


def test_a_sub_goal_in_the_middle_is_skipped_too(draw_view):
    view = draw_view("#### #>k# ####")
    executor = make_executor({KEY: Position(2, 1)})
    executor.begin((PICK_UP_KEY, GO_TO_DOOR, TOGGLE_DOOR), view)
    assert executor.step(view) == Actions.pickup
    assert executor.step(view) == Actions.toggle
    assert executor.is_finished


def test_a_sub_goal_starts_when_the_previous_one_is_finished(draw_view):
    """The door comes into sight after the plan was started, one step before it is needed."""
    places = {}
    executor = make_executor(places)
    executor.begin((PICK_UP_KEY, GO_TO_DOOR), draw_view("##### #>k?? #####"))
    assert executor.step(draw_view("##### #>k?? #####")) == Actions.pickup
    assert not executor.is_finished
    places[DOOR] = Position(4, 1)
    view = draw_view("##### #>..d #####", carried="k")
    assert [executor.step(view), executor.is_finished] == [FORWARD, False]
    assert [executor.step(view), executor.is_finished] == [FORWARD, True]


def test_a_plan_with_nothing_to_do_is_finished_with_one_done_action(draw_view):
    view = draw_view("#### #>.# ####")
    for plan in ((), (GO_TO_KEY,), (GO_TO_KEY, GO_TO_DOOR)):
        executor = make_executor()
        executor.begin(plan, view)
        assert not executor.is_finished
        assert executor.step(view) == Actions.done
        assert executor.is_finished
        assert executor.steps_in_option == 0


def test_a_plan_whose_end_cannot_start_is_finished_one_step_later(draw_view):
    """That the door is unreachable is found out only when the last sub-goal starts."""
    view = draw_view("#### #>k# ####")
    executor = make_executor()
    executor.begin((PICK_UP_KEY, GO_TO_DOOR), view)
    assert [executor.step(view), executor.is_finished] == [Actions.pickup, False]
    assert [executor.step(view), executor.is_finished] == [Actions.done, True]


def test_a_finished_plan_stays_finished(draw_view):
    view = draw_view("#### #>k# ####")
    executor = make_executor()
    executor.begin((PICK_UP_KEY,), view)
    assert [executor.step(view) for _ in range(3)] == [Actions.pickup, Actions.done, Actions.done]
    assert executor.is_finished
    assert executor.plan == (PICK_UP_KEY,)


def test_a_new_plan_replaces_the_current_one(draw_view):
    """After one of three steps to the key a new plan is to toggle; the path is dropped."""
    view = draw_view("####### #>...k# #######")
    executor = make_executor({KEY: Position(5, 1)})
    executor.begin((GO_TO_KEY, PICK_UP_KEY), view)
    assert executor.step(view) == FORWARD
    assert (executor.sub_goal, executor.steps_in_option) == (GO_TO_KEY, 1)
    executor.begin((TOGGLE_DOOR,), view)
    assert (executor.plan, executor.sub_goal) == ((TOGGLE_DOOR,), TOGGLE_DOOR)
    assert (executor.steps_in_option, executor.is_finished) == (0, False)
    assert executor.step(view) == Actions.toggle
    assert executor.is_finished


def test_explore_ends_with_the_step_after_everything_was_seen(draw_room):
    """The sweep of 14 steps that is worked out in test_explore.py."""
    room = draw_room("##### #...# #.>.d #...# #####")
    executor = make_executor()
    executor.begin(EXPLORE_PLAN, GridView(room.gen_obs()["image"]))
    while not executor.is_finished:
        room.step(executor.step(GridView(room.gen_obs()["image"])))
    assert (room.step_count, executor.steps_in_option) == (14, 14)


AT_THE_WALL, TURNED = "????? ..... #<..? #####", "????? ..... #^..? #####"
"""At a wall to the west a sweep turns to the north and continues there."""


def test_a_sweep_survives_a_new_plan(draw_view):
    """A new sweep would face the west first."""
    executor = make_executor()
    executor.begin(EXPLORE_PLAN, draw_view(AT_THE_WALL))
    assert executor.step(draw_view(AT_THE_WALL)) == RIGHT
    executor.begin(EXPLORE_PLAN, draw_view(TURNED))
    assert executor.step(draw_view(TURNED)) == FORWARD


def test_a_sweep_survives_actions_without_a_walk(draw_view):
    executor = make_executor()
    executor.begin(EXPLORE_PLAN, draw_view(AT_THE_WALL))
    assert executor.step(draw_view(AT_THE_WALL)) == RIGHT
    executor.begin((PICK_UP_KEY, TOGGLE_DOOR, EXPLORE), draw_view(TURNED))
    actions = [executor.step(draw_view(TURNED)) for _ in range(3)]
    assert actions == [Actions.pickup, Actions.toggle, FORWARD]


def test_a_go_to_ends_a_sweep(draw_view):
    """The key (3, 2) is two cells to the east: a turn and a step; then to the west again."""
    executor = make_executor({KEY: Position(3, 2)})
    executor.begin(EXPLORE_PLAN, draw_view(AT_THE_WALL))
    assert executor.step(draw_view(AT_THE_WALL)) == RIGHT
    executor.begin((GO_TO_KEY, EXPLORE), draw_view(TURNED))
    assert [executor.step(draw_view(TURNED)) for _ in range(2)] == [RIGHT, FORWARD]
    there = draw_view("????? ..... #.>k? #####")
    assert [executor.step(there) for _ in range(2)] == [LEFT, LEFT]
