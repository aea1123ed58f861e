"""How plans are counted, and what the tables of a run say."""

from experiments.planner_quality import PlanScore
from experiments.tune_planner.evaluation import PlannerEvaluation, Quality, quality_of
from experiments.tune_planner.table import PLANS, ROOMS, Row, plan_cells, room_cells

EXPLORE, FETCH = "{explore}", "{go to the key, pick up the key}"


def score(plan, *, is_exact, is_first_right, format_errors=0):
    return PlanScore("?", plan, plan, FETCH, is_exact, is_first_right, format_errors)


def test_an_answer_without_a_feasible_plan_is_never_right():
    """After three such answers the agent explores, which may be the expected plan."""
    scores = [
        score(FETCH, is_exact=True, is_first_right=True),
        score("{go to the key}", is_exact=False, is_first_right=True),
        score(EXPLORE, is_exact=True, is_first_right=True, format_errors=3),
        score(EXPLORE, is_exact=False, is_first_right=False),
    ]
    assert quality_of(scores) == Quality(questions=4, exact=1, first_right=2, feasible=3)


def test_a_row_of_the_tables():
    """63 of 70 are 90 %, 69 of 70 are 98.6 %, and 3 of 4 are 75 %."""
    means = {"success": 0.87, "steps": 42.405, "asks": 22.04}
    rooms = {"baseline": means, "random": means, "always": means}
    row = Row("sft", 36, PlannerEvaluation(Quality(4, 3, 3, 4), Quality(70, 63, 64, 69), rooms))
    assert plan_cells(row) == ["sft", "36", "90.0", "98.6", "75.0"]
    assert room_cells(row) == ["sft", *["87 / 42.4 / 22.04"] * 3]
    assert len(PLANS) == len(plan_cells(row))
    assert len(ROOMS) == len(room_cells(row))
