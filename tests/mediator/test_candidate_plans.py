"""What a planner may choose from: by hand, and never without what a good planner would say."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Reply
from core.rooms.describe import describe
from core.rooms.parse import parse_plan
from core.rooms.plan import EXPLORE_PLAN, ObjectName, format_plan
from core.rooms.scene import Scene
from core.task import TASKS
from mediator.candidate_plans import feasible_plans
from mediator.mediator import Mediator
from planner.prompt import load_prompt
from planner.scripted import plan_by_rules, read_observation
from tests.planner.helpers import DirectPlanner

EXPLORE = "{explore}"
FETCH = "{go to the key, pick up the key}"
FETCH_AND_LOOK = "{go to the key, pick up the key, explore}"
FETCH_AND_OPEN = "{go to the key, pick up the key, go to the door, toggle the door}"
OPEN = "{go to the door, toggle the door}"
UNBOX = "{go to the box, toggle the box}"

BY_HAND = {
    "observed nothing": {EXPLORE},
    "observed a door": {EXPLORE},
    "observed a key": {EXPLORE, FETCH, FETCH_AND_LOOK},
    "observed a key, observed a door": {EXPLORE, FETCH, FETCH_AND_LOOK, FETCH_AND_OPEN},
    "observed nothing, carry key": {EXPLORE},
    "observed a door, carry key": {EXPLORE, OPEN},
    "observed a box": {EXPLORE, UNBOX},
    "observed a box, observed a door": {EXPLORE, UNBOX},
    "observed a key, observed a box": {EXPLORE, UNBOX, FETCH, FETCH_AND_LOOK},
    "observed a key, observed a box, observed a door": {
        EXPLORE, UNBOX, FETCH, FETCH_AND_LOOK, FETCH_AND_OPEN
    },
    "observed a box, carry key": {EXPLORE, UNBOX},
    "observed a box, observed a door, carry key": {EXPLORE, UNBOX, OPEN},
    # with colours
    "observed blue door": {EXPLORE},
    "observed nothing, carry red key": {EXPLORE},
    "observed yellow key": {
        EXPLORE,
        "{go to the yellow key, pick up the yellow key}",
        "{go to the yellow key, pick up the yellow key, explore}",
    },
    "observed purple key, observed red key": {
        EXPLORE,
        "{go to the purple key, pick up the purple key}",
        "{go to the purple key, pick up the purple key, explore}",
        "{go to the red key, pick up the red key}",
        "{go to the red key, pick up the red key, explore}",
    },
    # whether colours match is for the planner to know
    "observed grey key, observed green door": {
        EXPLORE,
        "{go to the grey key, pick up the grey key}",
        "{go to the grey key, pick up the grey key, explore}",
        "{go to the grey key, pick up the grey key, go to the green door, toggle the green door}",
    },
    "observed grey key, observed grey door": {
        EXPLORE,
        "{go to the grey key, pick up the grey key}",
        "{go to the grey key, pick up the grey key, explore}",
        "{go to the grey key, pick up the grey key, go to the grey door, toggle the grey door}",
    },
    "observed red key, observed blue key, observed blue door": {
        EXPLORE,
        "{go to the red key, pick up the red key}",
        "{go to the red key, pick up the red key, explore}",
        "{go to the red key, pick up the red key, go to the blue door, toggle the blue door}",
        "{go to the blue key, pick up the blue key}",
        "{go to the blue key, pick up the blue key, explore}",
        "{go to the blue key, pick up the blue key, go to the blue door, toggle the blue door}",
    },
    "observed green key, carry red key": {
        EXPLORE,
        "{go to the green key, pick up the green key}",
        "{go to the green key, pick up the green key, explore}",
    },
    "observed yellow door, carry yellow key": {
        EXPLORE, "{go to the yellow door, toggle the yellow door}"
    },
    "observed purple door, carry green key": {
        EXPLORE, "{go to the purple door, toggle the purple door}"
    },
    "observed red key, observed red door, carry yellow key": {
        EXPLORE,
        "{go to the red door, toggle the red door}",
        "{go to the red key, pick up the red key}",
        "{go to the red key, pick up the red key, explore}",
        "{go to the red key, pick up the red key, go to the red door, toggle the red door}",
    },
    "observed blue key, observed purple door, carry purple key": {
        EXPLORE,
        "{go to the purple door, toggle the purple door}",
        "{go to the blue key, pick up the blue key}",
        "{go to the blue key, pick up the blue key, explore}",
        "{go to the blue key, pick up the blue key, go to the purple door, toggle the purple door}",
    },
}  # fmt: skip
"""What is in view and carried, in every situation that the prompts show."""


def scene_of(seen):
    in_sight, carried = read_observation(f"observation: {{{seen}}}")
    return Scene(tuple(in_sight), carried, frozenset(in_sight))


def choices(scene, *, names_colors):
    return list(map(format_plan, feasible_plans(scene, names_colors=names_colors)))


@pytest.mark.parametrize(("seen", "plans"), BY_HAND.items())
def test_feasible_plans_by_hand(seen, plans):
    found = choices(scene_of(seen), names_colors=True)
    assert set(found) == plans
    assert len(found) == len(plans)
    assert found[0] == EXPLORE


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_the_prompts_answers_are_feasible(task):
    for question, answer in load_prompt(task).examples:
        seen = re.sub(r"observation: \{|\}", "", question)
        assert answer in BY_HAND[seen]


def test_without_colours_objects_of_a_kind_are_the_same():
    keys = tuple(ObjectName("key", color) for color in ("red", "blue", "red"))
    scene = Scene(keys, None, frozenset(keys))
    assert choices(scene, names_colors=False) == [EXPLORE, FETCH, FETCH_AND_LOOK]
    assert len(choices(scene, names_colors=True)) == 5


def test_two_doors_are_two_things_to_try_a_key_on():
    doors = (ObjectName("door", "red"), ObjectName("door", "blue"))
    scene = Scene(doors, ObjectName("key", "red"), frozenset(doors))
    assert choices(scene, names_colors=True) == [
        EXPLORE,
        "{go to the red door, toggle the red door}",
        "{go to the blue door, toggle the blue door}",
    ]


COLORS = ("red", "green", "blue", "purple", "yellow", "grey")
colored = st.builds(ObjectName, st.sampled_from(["key", "box", "door"]), st.sampled_from(COLORS))
scenes = st.builds(
    lambda in_sight, carried, before: Scene(
        tuple(in_sight), carried, frozenset([*in_sight, *before])
    ),
    st.lists(colored, max_size=6),
    st.none() | colored,
    st.lists(colored, max_size=3),
)


class Chooser:
    """Says all it may choose from, one after the other; it is asked once for each."""

    name = "chooser"

    def answer(self, questions):
        return [Reply(question.choices[question.sample]) for question in questions]


@given(scene=scenes, names_colors=st.booleans())
def test_each_feasible_plan_is_accepted_as_an_answer(scene, names_colors):
    plans = feasible_plans(scene, names_colors=names_colors)
    assert len(set(plans)) == len(plans)
    for plan in plans:
        assert parse_plan(format_plan(plan)) == plan
    mediator = Mediator(DirectPlanner(Chooser()), names_colors=names_colors)
    answers = mediator.ask([scene] * len(plans), range(len(plans)))
    assert [answer.plan for answer in answers] == plans
    assert [answer.format_errors for answer in answers] == [0] * len(plans)


@given(scene=scenes, names_colors=st.booleans())
def test_the_scripted_planner_s_plan_is_feasible(scene, names_colors):
    plans = feasible_plans(scene, names_colors=names_colors)
    assert plan_by_rules(*read_observation(describe(scene, names_colors=names_colors))) in plans


@given(scene=scenes)
def test_feasible_plans_depend_on_the_description_only(scene):
    """They follow from the question's text: what is remembered of a question holds for them too."""
    for names_colors in (True, False):
        in_sight, carried = read_observation(describe(scene, names_colors=names_colors))
        read = Scene(tuple(in_sight), carried, frozenset())
        assert feasible_plans(read, names_colors=names_colors) == feasible_plans(
            scene, names_colors=names_colors
        )


@given(scene=scenes)
def test_no_plan_toggles_a_door_without_a_key(scene):
    for plan in feasible_plans(scene, names_colors=True)[1:]:
        rest = plan[: -len(EXPLORE_PLAN)] if plan[-1:] == EXPLORE_PLAN else plan
        assert len(rest) % 2 == 0
        for going, doing in list(pairwise(rest))[::2]:
            assert going.target == doing.target
            assert going.target in scene.in_sight
        if rest[-1].target.kind == "door":
            has_key = scene.carried is not None and scene.carried.kind == "key"
            assert has_key or rest[0].target.kind == "key"
