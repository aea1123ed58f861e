"""Plans, sub-goals and options."""

import pytest

from core.rooms.plan import EXPLORE_PLAN, OPTIONS, ObjectName, Skill, SubGoal, format_plan

RED_KEY, DOOR = ObjectName("key", "red"), ObjectName("door")


@pytest.mark.parametrize(
    ("skill", "phrase"),
    [
        (Skill.EXPLORE, "explore"),
        (Skill.GO_TO, "go to"),
        (Skill.PICK_UP, "pick up"),
        (Skill.DROP, "drop"),
        (Skill.TOGGLE, "toggle"),
    ],
)
def test_a_skill_has_a_phrase(skill, phrase):
    assert skill.phrase == phrase


def test_a_name_includes_its_colour_if_it_has_one():
    assert str(RED_KEY) == "red key"
    assert str(DOOR) == "door"


@pytest.mark.parametrize(
    ("plan", "text"),
    [
        (EXPLORE_PLAN, "{explore}"),
        (
            (SubGoal(Skill.GO_TO, DOOR), SubGoal(Skill.TOGGLE, DOOR)),
            "{go to the door, toggle the door}",
        ),
        (
            (SubGoal(Skill.GO_TO, RED_KEY), SubGoal(Skill.PICK_UP, RED_KEY), *EXPLORE_PLAN),
            "{go to the red key, pick up the red key, explore}",
        ),
        ((SubGoal(Skill.DROP, RED_KEY),), "{drop the red key}"),
        ((), "{}"),
    ],
)
def test_a_plan_is_a_list_between_braces(plan, text):
    assert format_plan(plan) == text


def test_plans_are_equal_by_value_and_can_be_keys():
    """The ask cost compares plans; the object memory is keyed by name."""
    again = (SubGoal(Skill.GO_TO, ObjectName("key", "red")),)
    assert again == (SubGoal(Skill.GO_TO, RED_KEY),)
    assert {again: 1}[(SubGoal(Skill.GO_TO, RED_KEY),)] == 1
    assert again != (SubGoal(Skill.GO_TO, ObjectName("key")),)


@pytest.mark.parametrize(
    ("sub_goal", "option"),
    [
        (SubGoal(Skill.EXPLORE), 0),
        (SubGoal(Skill.GO_TO, ObjectName("key")), 1),
        (SubGoal(Skill.GO_TO, RED_KEY), 1),
        (SubGoal(Skill.GO_TO, ObjectName("box")), 2),
        (SubGoal(Skill.GO_TO, DOOR), 3),
        (SubGoal(Skill.PICK_UP), 8),
        (SubGoal(Skill.DROP, RED_KEY), 9),
        (SubGoal(Skill.TOGGLE, DOOR), 15),
        (SubGoal(Skill.TOGGLE), 16),
    ],
)
def test_an_option_is_a_skill_and_a_kind_without_colour(sub_goal, option):
    """Explore, then for go to, pick up, drop and toggle: key, box, door, no target. 1 + 4 * 4."""
    assert sub_goal.option == option
    assert len(OPTIONS) == len(set(OPTIONS)) == 17
