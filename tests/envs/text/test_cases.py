"""Which cases a text world has; the numbers are those of the publications."""

import pytest

from core.errors import SettingsError
from core.task import TEXT_TASKS
from envs.text.cases import cases_of, check_cases, kind_of


@pytest.mark.parametrize(
    ("task", "split", "number"),
    [
        ("SimpleDoorKey", "", 100),
        ("alfworld", "", 134),
        ("alfworld", "valid_seen", 140),
        ("put", "", 24),
        ("clean", "", 31),
        ("heat", "", 23),
        ("cool", "", 21),
        ("examine", "", 18),
        ("puttwo", "", 17),
        ("gripper", "", 20),
        ("gripper", "train", 3),
        ("gripper", "test", 17),
        ("tyreworld", "generated", 100),
        ("hotpotqa", "", 100),
        ("hotpotqa", "examples", 6),
    ],
)
def test_number_of_cases(task, split, number):
    cases = cases_of(TEXT_TASKS[task], split)
    assert len(cases) == len(set(cases)) == number
    assert cases_of(TEXT_TASKS[task], split, 2) == cases[:2]


def test_training_problems_are_those_of_learnact():
    assert cases_of(TEXT_TASKS["gripper"], "train") == [
        "gripper/prob08",
        "gripper/prob10",
        "gripper/prob15",
    ]
    assert cases_of(TEXT_TASKS["blockworld"], "train") == [
        "blockworld/problem4",
        "blockworld/problem6",
        "blockworld/problem8",
    ]


def test_the_kinds_make_up_the_whole():
    whole = TEXT_TASKS["alfworld"]
    for kind in ("put", "clean", "heat", "cool", "examine", "puttwo"):
        of_this_kind = [case for case in cases_of(whole) if kind_of(whole, case) == kind]
        assert of_this_kind == cases_of(TEXT_TASKS[kind])
    assert kind_of(TEXT_TASKS["gripper"], "gripper/prob01") == ""
    assert kind_of(TEXT_TASKS["hotpotqa"], "examples/2") == "comparison"


@pytest.mark.parametrize(("task", "split"), [("KeyInBox", "train"), ("gripper", "valid_unseen")])
def test_an_unknown_split_is_refused(task, split):
    with pytest.raises(SettingsError, match=f"--split {split}: {task} has"):
        cases_of(TEXT_TASKS[task], split)


HEAT = (
    "valid_unseen/pick_heat_then_place_in_recep-Apple-None-Fridge-10/trial_T20190906_182259_116320"
)


def test_cases_by_name_are_those_of_the_task_and_its_kind():
    for task in ("heat", "alfworld"):
        check_cases(TEXT_TASKS[task], [HEAT])
    check_cases(TEXT_TASKS["gripper"], ["gripper/prob01", "generated/3"])
    check_cases(TEXT_TASKS["KeyInBox"], ["0", "17"])
    check_cases(TEXT_TASKS["hotpotqa"], ["examples/1", "5abdd0f15542991f6610604d"])


@pytest.mark.parametrize(
    ("task", "cases", "reason"),
    [
        ("heat", [HEAT, HEAT], "is given twice"),
        ("cool", [HEAT], "is of the kind heat, not cool"),
        ("alfworld", [HEAT + "9"], f"did you mean {HEAT}?"),
        ("alfworld", ["heat"], "the first one is valid_unseen/"),
        ("alfworld", ["17"], "the first one is valid_unseen/"),
        ("gripper", ["barman/prob01"], "is not a case of gripper"),
        ("gripper", ["generated/-3"], "is not a case of gripper"),
        ("hotpotqa", ["17"], "the first one is 5a7613c15542994ccc9186bf"),
        ("KeyInBox", ["-1"], "cases are seeds"),
    ],
)
def test_cases_by_name_are_checked_before_a_run(task, cases, reason):
    with pytest.raises(SettingsError) as refused:
        check_cases(TEXT_TASKS[task], cases)
    assert reason in str(refused.value)
