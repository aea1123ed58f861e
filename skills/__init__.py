"""Skills turn sub-goals into primitive actions. A new skill is a file here and a line in a skill set."""

from collections.abc import Mapping

from core.errors import SettingsError
from core.rooms.plan import Skill
from skills.carry import start_drop, start_pick_up
from skills.explore import start_explore
from skills.frontier import start_frontier
from skills.go_to import start_go_to
from skills.option import OptionFactory
from skills.toggle import start_toggle

PAPER_SKILLS: Mapping[Skill, OptionFactory] = {
    Skill.EXPLORE: start_explore,
    Skill.GO_TO: start_go_to,
    Skill.PICK_UP: start_pick_up,
    Skill.DROP: start_drop,
    Skill.TOGGLE: start_toggle,
}
SKILL_SETS: Mapping[str, Mapping[Skill, OptionFactory]] = {
    "paper": PAPER_SKILLS,
    "frontier": {**PAPER_SKILLS, Skill.EXPLORE: start_frontier},
}


def find_skills(name: str) -> Mapping[Skill, OptionFactory]:
    """The skill set with that name.

    Raises:
        SettingsError: unknown name; the message lists the known ones.
    """
    if name not in SKILL_SETS:
        raise SettingsError(f"unknown skill set {name!r}: choose one of {', '.join(SKILL_SETS)}")
    return SKILL_SETS[name]
