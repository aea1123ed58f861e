"""The ask cost of a question, in all cases of the three rules."""

import numpy as np
import pytest

from mediator.cost import COSTS, code_cost, each_cost, paper_cost

# (the answer is the current plan, it is the first question)
SAME, OTHER, FIRST = (True, False), (False, False), (False, True)


def price(rule, case, ask_lambda):
    return float(rule(*case, ask_lambda))


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
def test_the_paper_charges_an_answer_that_is_the_current_plan(case, ask_lambda, cost):
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
def test_many_questions_are_priced_like_one(rule):
    cases = [SAME, OTHER, FIRST, SAME]
    is_same, is_first = (np.array(column) for column in zip(*cases, strict=True))
    expected = [price(rule, case, 0.25) for case in cases]
    assert rule(is_same, is_first, 0.25).tolist() == expected
    assert rule(is_same[:0], is_first[:0], 0.25).tolist() == []


def test_the_rules_are_found_by_name():
    assert COSTS["paper"] is paper_cost
    assert COSTS["code"] is code_cost


@pytest.mark.parametrize("case", [SAME, OTHER, FIRST])
def test_each_costs_the_same(case):
    assert price(each_cost, case, 0.02) == 0.02
