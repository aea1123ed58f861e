"""Groups of cases: an interrupted evaluation goes on with the group that has not ended."""

from agents.eto.group_player import groups, in_whole_groups
from core.episode import Episode

CASES = ("a", "b", "c", "d", "e")


def episode(case):
    return Episode("t", case, success=True, score=1.0, terminated=True, truncated=False, steps=())


def test_the_last_group_may_be_smaller():
    assert list(groups(CASES, 2)) == [("a", "b"), ("c", "d"), ("e",)]


def test_episodes_of_a_group_that_has_not_ended_are_played_again():
    kept = [episode(case) for case in "badc"]
    assert [one.case for one in in_whole_groups(kept, CASES, 3)] == ["a", "b", "c"]
    assert [one.case for one in in_whole_groups(kept, CASES, 2)] == ["a", "b", "c", "d"]
    assert in_whole_groups(kept, CASES, 5) == []


def test_episodes_of_other_cases_are_left_out():
    assert in_whole_groups([episode("x")], CASES, 1) == []
