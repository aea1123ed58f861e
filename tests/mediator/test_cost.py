"""The price of a question, over all cases of both rules (FACTS section 5)."""

import numpy as np
import pytest

from core.rooms.plan_ids import NO_PLAN
from mediator.cost import COSTS, code_cost, each_cost, paper_cost

# (number of the answer, number of the plan in hand)
SAME, OTHER, FIRST = (3, 3), (0, 3), (0, NO_PLAN)


def price(rule, case, ask_lambda):
    answer, in_hand = case
    [cost] = rule(np.array([answer]), np.array([in_hand]), ask_lambda)
    return cost


@pytest.mark.parametrize(
    ("case", "ask_lambda", "cost"),
    [
        (SAME, 0.01, 0.01),
        (SAME, 0.5, 0.5),
        (SAME, 0.0, 0.0),
        (OTHER, 0.01, 0.0),
        (FIRST, 0.5, 0.0),
    ],
)
def test_the_paper_charges_an_answer_that_was_in_hand(case, ask_lambda, cost):
    assert price(paper_cost, case, ask_lambda) == cost


@pytest.mark.parametrize(
    ("case", "ask_lambda", "cost"),
    [
        (SAME, 0.01, 0.06),  # 0.01 + 0.1 * 0.5
        (SAME, 0.0, 0.05),
        (SAME, 0.5, 0.55),
        (OTHER, 0.01, 0.0),  # 0.01 - 0.1 * 0.1
        (OTHER, 0.0, -0.01),
        (OTHER, 0.5, 0.49),
        (FIRST, 0.01, 0.01),  # f = 0
        (FIRST, 0.0, 0.0),
    ],
)
def test_the_code_charges_every_question_a_useless_one_more(case, ask_lambda, cost):
    assert price(code_cost, case, ask_lambda) == pytest.approx(cost)


@pytest.mark.parametrize("rule", COSTS.values())
def test_each_question_has_its_own_price(rule):
    cases = [SAME, OTHER, FIRST, SAME]
    answers, in_hand = (np.array(column) for column in zip(*cases, strict=True))
    expected = [price(rule, case, 0.25) for case in cases]
    assert rule(answers, in_hand, 0.25).tolist() == expected
    assert rule(answers[:0], in_hand[:0], 0.25).tolist() == []


def test_the_rules_are_found_by_name():
    assert COSTS["paper"] is paper_cost
    assert COSTS["code"] is code_cost


@pytest.mark.parametrize("case", [SAME, OTHER, FIRST])
def test_a_flat_price_is_the_same_for_every_question(case):
    assert price(each_cost, case, 0.02) == 0.02
