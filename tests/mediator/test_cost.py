"""The price of a question, over all cases of both rules (FACTS section 5)."""

import pytest

from core.plan import EXPLORE_PLAN, ObjectName, Skill, SubGoal
from mediator.cost import COSTS, code_cost, paper_cost

KEY_PLAN = (SubGoal(Skill.GO_TO, ObjectName("key")), SubGoal(Skill.PICK_UP, ObjectName("key")))
SAME = (KEY_PLAN, tuple(KEY_PLAN))
SHORTER = (KEY_PLAN[:1], KEY_PLAN)
OTHER = (EXPLORE_PLAN, KEY_PLAN)
FIRST = (EXPLORE_PLAN, None)


@pytest.mark.parametrize(
    ("case", "ask_lambda", "cost"),
    [
        (SAME, 0.01, 0.01),
        (SAME, 0.5, 0.5),
        (SAME, 0.0, 0.0),
        (OTHER, 0.01, 0.0),
        (SHORTER, 0.5, 0.0),
        (FIRST, 0.5, 0.0),
    ],
)
def test_the_paper_charges_an_answer_that_was_in_hand(case, ask_lambda, cost):
    assert paper_cost(*case, ask_lambda) == cost


@pytest.mark.parametrize(
    ("case", "ask_lambda", "cost"),
    [
        (SAME, 0.01, 0.06),  # 0.01 + 0.1 * 0.5
        (SAME, 0.0, 0.05),
        (SAME, 0.5, 0.55),
        (OTHER, 0.01, 0.0),  # 0.01 - 0.1 * 0.1
        (OTHER, 0.0, -0.01),
        (SHORTER, 0.5, 0.49),
        (FIRST, 0.01, 0.01),  # f = 0
        (FIRST, 0.0, 0.0),
    ],
)
def test_the_code_charges_every_question_a_useless_one_more(case, ask_lambda, cost):
    assert code_cost(*case, ask_lambda) == pytest.approx(cost)


def test_the_rules_are_found_by_name():
    assert COSTS["paper"] is paper_cost
    assert COSTS["code"] is code_cost
