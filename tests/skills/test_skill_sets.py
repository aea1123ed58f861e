"""Skill sets by name."""

import pytest

from core.errors import SettingsError
from core.rooms.plan import Skill
from skills import SKILL_SETS, find_skills
from skills.explore import start_explore
from skills.frontier import start_frontier


@pytest.mark.parametrize("name", SKILL_SETS)
def test_every_set_contains_every_skill(name):
    assert set(find_skills(name)) == set(Skill)


def test_the_sets_differ_only_in_exploration():
    paper, frontier = find_skills("paper"), find_skills("frontier")
    assert {skill for skill in Skill if paper[skill] is not frontier[skill]} == {Skill.EXPLORE}
    assert paper[Skill.EXPLORE] is start_explore
    assert frontier[Skill.EXPLORE] is start_frontier


def test_an_unknown_name_raises_with_the_known_names():
    with pytest.raises(SettingsError) as error:
        find_skills("papers")
    assert str(error.value) == "unknown skill set 'papers': choose one of paper, frontier"
