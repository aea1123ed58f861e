"""Which variations there are, which are in the published splits, and how many steps each may take."""

import pytest

from core.errors import SettingsError
from core.task import SCIENCE_SPLITS, TEXT_TASKS
from envs.text.cases import cases_of, check_cases, kind_of, part_cases, tuning_cases
from envs.text.scienceworld.cases import find_variation, read_cases, task_types

TASK = TEXT_TASKS["sciworld"]


def test_there_are_30_task_types_with_7207_variations():
    """As the paper counts them."""
    assert len(task_types()) == 30
    assert sum(each.variations for each in task_types().values()) == 7207


def test_the_published_splits_leave_six_task_types_out():
    assert [len(read_cases(split)) for split in SCIENCE_SPLITS] == [211, 194, 1483]
    played = {kind_of(TASK, case) for split in SCIENCE_SPLITS for case in read_cases(split)}
    assert len(played) == 24
    left_out = set(task_types()) - played
    assert left_out == {
        "inclined-plane-determine-angle",
        "inclined-plane-friction-named-surfaces",
        "inclined-plane-friction-unnamed-surfaces",
        "measure-melting-point-unknown-substance",
        "mendelian-genetics-known-plant",
        "mendelian-genetics-unknown-plant",
    }
    assert {task_types()[name].max_steps for name in left_out} == {120}


def test_54_published_cases_to_choose_by_are_training_cases_and_left_out_in_tuning_only():
    train, dev, test = (set(read_cases(split)) for split in ("train", "dev", "test"))
    assert len(train & dev) == 54
    assert test.isdisjoint(train | dev)
    assert part_cases(TASK, "dev") == list(read_cases("dev"))
    assert tuning_cases(TASK, "dev") == [case for case in read_cases("dev") if case not in train]


def test_every_published_case_is_one_that_can_be_named():
    check_cases(TASK, [case for split in ("test", "train") for case in read_cases(split)])
    check_cases(TASK, read_cases("dev"))
    assert cases_of(TASK)[:2] == ["boil/21", "boil/22"]


def test_the_limit_of_steps_is_the_one_of_the_task_type():
    """Those of the publication; the loop's own limit is the largest of them."""
    limits = {"boil": 100, "find-animal": 15, "lifespan-longest-lived": 10}
    for name, limit in limits.items():
        assert find_variation(f"{name}/0").max_steps == limit
    assert max(each.max_steps for each in task_types().values()) == TASK.max_steps


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("boil/30", "unknown case boil/30: the last one is boil/29"),
        ("boil/01", "unknown case boil/01; did you mean boil/0?"),
        ("boil", "did you mean boil/0"),
        ("biol/3", "did you mean boil/0"),
        ("", "the first one is boil/0"),
        ("17", "the first one is boil/0"),
        ("boil/999999999999", "did you mean boil/0"),
    ],
)
def test_other_names_are_refused(case, reason):
    with pytest.raises(SettingsError) as refused:
        find_variation(case)
    assert reason in str(refused.value)


def test_an_unknown_split_is_refused():
    with pytest.raises(SettingsError, match="choose one of test, dev, train"):
        read_cases("valid")
