"""The tables of benchmarks/learnact.py, from made-up numbers."""

from benchmarks import learnact
from benchmarks.learnact import ABLATIONS, Result
from reports.statistics import Estimate


def test_a_row_has_all_cases_and_those_that_are_held_out():
    known = {name: Estimate(0.5, 0.25, 0.75) for name in ("success", "decisions", "primitives")}
    new = {name: Estimate(1.0, 1.0, 1.0) for name in known}
    result = Result("learnact", "gripper", known, new)
    text = learnact.as_markdown([result], {"gripper": Estimate(2.0, 1.5, 2.5)}, 1, 3)
    assert (
        "| gripper | learnact | 50.0 (25.0..75.0) | 0.5 (0.2..0.8) | 0.5 (0.2..0.8) "
        "| 100.0 (100.0..100.0) | 1.0 (1.0..1.0) | 1.0 (1.0..1.0) |"
    ) in text
    assert "| gripper | 2.00 (1.50..2.50) |" in text
    assert "Player: scripted expert" in text
    assert "in 1 of 3 learning runs" in text


def test_the_training_cases_are_those_of_the_experiment():
    assert "gripper/prob08" in learnact.trained_on("gripper", 0)
    drawn = learnact.trained_on("gripper", 1)
    assert len(drawn) == 3
    assert drawn != learnact.trained_on("gripper", 2)


def test_each_ablation_has_runs_of_its_own():
    assert [one.title for one in ABLATIONS] == [
        "learnact --num_iterations 0",
        "learnact --num_samples 1",
    ]
    assert len({one.path("put", 1) for one in learnact.CONDITIONS}) == len(learnact.CONDITIONS)
