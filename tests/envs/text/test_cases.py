"""Which cases a text world has; the numbers are those of the publications."""

import pytest

from core.errors import SettingsError
from core.task import HOUSEHOLD_KINDS, PLANNING_DOMAINS, TEXT_TASKS
from envs.text.cases import (
    PARTS,
    cases_of,
    check_cases,
    kind_of,
    training_cases,
    tuning_cases,
)
from envs.text.pddl.problems import find_problem


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
        ("webshop", "", 200),
        ("webshop", "dev", 100),
        ("webshop", "train", 1700),
        ("sciworld", "", 211),
        ("sciworld", "dev", 194),
        ("sciworld", "train", 1483),
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
        ("webshop", ["test/200"], "did you mean test/20"),
        ("sciworld", ["boil/30"], "the last one is boil/29"),
        ("KeyInBox", ["-1"], "cases are seeds"),
    ],
)
def test_cases_by_name_are_checked_before_a_run(task, cases, reason):
    with pytest.raises(SettingsError) as refused:
        check_cases(TEXT_TASKS[task], cases)
    assert reason in str(refused.value)


@pytest.mark.parametrize("name", [*PLANNING_DOMAINS, *HOUSEHOLD_KINDS])
def test_published_training_cases_are_three_of_the_evaluated_ones(name):
    task = TEXT_TASKS[name]
    cases = training_cases(task, "published", 5)
    assert cases == training_cases(task, "published", 0)
    assert len(set(cases)) == 3
    assert set(cases) < set(cases_of(task))


def test_those_of_alfworld_stand_where_learnact_counts_them():
    """Position 4, for example, among the sorted paths of a kind (split 0 of the published repository)."""
    positions = {
        "put": {14, 4, 2}, "clean": {21, 2, 22}, "heat": {11, 2, 1}, "cool": {11, 7, 10},
        "examine": {13, 5, 14}, "puttwo": {7, 9, 14},
    }  # fmt: skip
    for name, numbers in positions.items():
        task = TEXT_TASKS[name]
        cases = sorted(cases_of(task, "valid_unseen"))
        assert {cases.index(case) for case in training_cases(task, "published", 0)} == numbers


@pytest.mark.parametrize("name", ["gripper", "put"])
def test_drawn_training_cases_depend_on_the_seed(name):
    task = TEXT_TASKS[name]
    draws = {tuple(training_cases(task, "drawn", seed)) for seed in range(20)}
    assert len(draws) > 10
    assert all(set(cases) < set(cases_of(task)) and len(cases) == 3 for cases in draws)
    assert training_cases(task, "drawn", 7) == training_cases(task, "drawn", 7)


def test_in_rooms_no_training_case_is_evaluated():
    task = TEXT_TASKS["KeyInBox"]
    drawn = {case for seed in range(50) for case in training_cases(task, "published", seed)}
    assert min(map(int, drawn)) >= 2000


def test_where_nothing_is_published_training_cases_are_drawn():
    with pytest.raises(SettingsError, match="--learn_split drawn"):
        training_cases(TEXT_TASKS["alfworld"], "published", 0)
    assert len(training_cases(TEXT_TASKS["alfworld"], "drawn", 0)) == 3


@pytest.mark.parametrize(
    ("task", "part", "first", "number"),
    [
        ("SimpleDoorKey", "train", "10000", 100),
        ("SimpleDoorKey", "dev", "9000", 100),
        ("SimpleDoorKey", "test", "0", 100),
        ("gripper", "train", "generated/1000", 100),
        ("gripper", "dev", "generated/900", 100),
        ("gripper", "test", "gripper/prob01", 20),
        ("alfworld", "train", "train/look", 3553),
        ("alfworld", "dev", "valid_seen/look", 140),
        ("put", "dev", "valid_seen/pick_and_place", 35),
        ("alfworld", "test", "valid_unseen/look", 134),
        ("webshop", "train", "train/0", 1700),
        ("webshop", "dev", "dev/0", 100),
        ("webshop", "test", "test/0", 200),
        ("hotpotqa", "test", "5a7613c15542994ccc9186bf", 100),
        ("sciworld", "train", "test-conductivity/412", 1483),
        ("sciworld", "dev", "test-conductivity-of-unknown-substances/418", 140),
        ("sciworld", "test", "boil/21", 211),
    ],
)
def test_the_parts_to_tune_on_to_choose_by_and_to_test(task, part, first, number):
    cases = tuning_cases(TEXT_TASKS[task], part)
    assert cases[0].startswith(first)
    assert len(cases) == len(set(cases)) == number
    middle = (
        1 if "/" not in first or part == "test" or first.startswith("generated") else number // 2
    )
    assert tuning_cases(TEXT_TASKS[task], part, 2) == [cases[0], cases[middle]]


@pytest.mark.parametrize("task", [task for task in TEXT_TASKS.values() if task.name != "hotpotqa"])
def test_the_parts_of_a_task_have_no_case_in_common_and_can_be_played(task):
    parts = [tuning_cases(task, part) for part in PARTS]
    together = [case for part in parts for case in part]
    assert len(together) == len(set(together))
    check_cases(task, [part[-1] for part in parts])


@pytest.mark.parametrize("domain", ["gripper", "blockworld", "tyreworld"])
def test_no_problem_of_one_part_is_one_of_another_under_another_name(domain):
    """Of tyreworld, which has few problems, generated/987 is a published one."""
    facts = []
    for part in PARTS:
        problems = [
            find_problem(domain, case).problem for case in tuning_cases(TEXT_TASKS[domain], part)
        ]
        facts.append({(frozenset(one.init), frozenset(one.goal)) for one in problems})
    train, dev, test = facts
    assert not train & dev
    assert not train & test
    assert not dev & test


def test_questions_are_none_to_tune_on():
    with pytest.raises(SettingsError, match="hotpotqa has no dev cases"):
        tuning_cases(TEXT_TASKS["hotpotqa"], "dev")
