"""The names in core/settings.py, which must be quick to import, are those of the registries."""

import pytest

from core.settings import COST_RULES, FEATURE_SETS, PLANNERS, SKILL_SETS, TABLE_POLICIES
from mediator.cost import COSTS
from mediator.features import FEATURES
from mediator.policies import ASK_POLICIES
from planner.build import MODELS
from skills import SKILL_SETS as IMPLEMENTED_SKILL_SETS


@pytest.mark.parametrize(
    ("names", "registry"),
    [
        (COST_RULES, COSTS),
        (FEATURE_SETS, FEATURES),
        (PLANNERS, MODELS),
        (SKILL_SETS, IMPLEMENTED_SKILL_SETS),
        ([name for name in TABLE_POLICIES if name not in ("learned", "RL")], ASK_POLICIES),
    ],
    ids=["cost rules", "feature sets", "planners", "skill sets", "asking policies"],
)
def test_the_names_of_flags_are_those_of_the_registry(names, registry):
    assert sorted(names) == sorted(registry)
