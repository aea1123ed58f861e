"""Ids of plans."""

from minigrid.core.constants import COLOR_TO_IDX

from core.rooms.plan import EXPLORE_PLAN, KINDS, ObjectName, Skill, SubGoal
from core.rooms.plan_ids import ANY, PlanIds

RED_KEY = ObjectName("key", "red")
PLAN = (
    SubGoal(Skill.GO_TO, RED_KEY),
    SubGoal(Skill.PICK_UP),
    SubGoal(Skill.DROP, ObjectName("box")),
)


def test_equal_plans_have_the_same_id():
    plan_ids = PlanIds()
    assert [plan_ids.id_of(plan) for plan in (PLAN, EXPLORE_PLAN, tuple(PLAN), ())] == [0, 1, 0, 2]
    assert len(plan_ids) == 3
    assert [plan_ids[number] for number in range(3)] == [PLAN, EXPLORE_PLAN, ()]


def test_rows_contain_skill_kind_colour_and_option():
    plan_ids = PlanIds()
    number = plan_ids.id_of(PLAN)
    assert plan_ids.lengths[number] == 3
    assert plan_ids.rows[number, :3].tolist() == [
        [Skill.GO_TO, KINDS.index("key"), COLOR_TO_IDX["red"], PLAN[0].option],
        [Skill.PICK_UP, ANY, ANY, PLAN[1].option],
        [Skill.DROP, KINDS.index("box"), ANY, PLAN[2].option],
    ]


def test_growing_keeps_earlier_plans():
    plan_ids = PlanIds()
    plans = [EXPLORE_PLAN * length for length in range(20)] + [PLAN]
    numbers = [plan_ids.id_of(plan) for plan in plans]
    assert numbers == list(range(21))
    assert plan_ids.lengths[:21].tolist() == [*range(20), 3]
    assert [plan_ids[number] for number in numbers] == plans
