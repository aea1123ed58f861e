"""Who decides when to ask."""

import numpy as np
import pytest

from core.rooms.plan_ids import NO_PLAN
from mediator.policies import (
    ASK,
    ASK_POLICIES,
    BASELINE_PATIENCE,
    CONTINUE,
    AlwaysAsk,
    BaselineAsk,
    Observations,
    OracleAsk,
    PolicyOutput,
    RandomAsk,
)

EXPLORE, DOOR = 0, 1
"""Numbers of plans."""


def never(_=None):
    raise AssertionError("this must not be read")


def observations(*rooms):
    """Situations of rooms, each a dictionary of what differs from an ordinary one."""
    ordinary = {"plan": EXPLORE, "is_finished": False, "steps": 0}
    columns = {name: [{**ordinary, **room}[name] for room in rooms] for name in ordinary}
    return Observations(
        options=np.zeros(len(rooms), dtype=np.int64),
        plans=np.array(columns["plan"], dtype=np.int64),
        are_finished=np.array(columns["is_finished"], dtype=np.bool_),
        steps_in_option=np.array(columns["steps"], dtype=np.int64),
        questions=np.arange(len(rooms)),
        answer_slots=np.zeros(len(rooms), dtype=np.int64),
        features=never,
    )


def decide(way, *rooms, uniforms=None, lookahead=never):
    uniforms = np.zeros(len(rooms)) if uniforms is None else np.array(uniforms)
    return way.decide(observations(*rooms), uniforms, lookahead)


@pytest.mark.parametrize("way", ASK_POLICIES)
@pytest.mark.parametrize("num_rooms", [0, 1, 3])
def test_there_is_a_decision_for_each_room(way, num_rooms):
    decisions = decide(ASK_POLICIES[way](), *[{}] * num_rooms, lookahead=lambda at: at.plans)
    assert decisions.actions.dtype == np.int64
    assert decisions.probabilities.dtype == decisions.values.dtype == np.float32
    for column in (decisions.actions, decisions.probabilities, decisions.values):
        assert column.shape == (num_rooms,)
    assert set(decisions.actions.tolist()) <= {ASK, CONTINUE}
    assert not decisions.values.any()  # none of them has a critic


def test_policies_by_verb():
    assert set(ASK_POLICIES) == {"always", "baseline", "random", "oracle"}


def test_a_rule_has_probability_1():
    decisions = PolicyOutput.deterministic(np.array([True, False, True]))
    assert decisions.actions.tolist() == [ASK, CONTINUE, ASK]
    assert decisions.probabilities.tolist() == [1, 1, 1]
    assert decisions.values.tolist() == [0, 0, 0]


def test_always_asks_everywhere():
    decisions = decide(AlwaysAsk(), {}, {"plan": NO_PLAN}, {"is_finished": True})
    assert decisions.actions.tolist() == [ASK, ASK, ASK]


def test_the_baseline_asks_after_100_steps_in_one_option():
    """A finished plan forces a question anyway, so there is nothing to decide."""
    assert BASELINE_PATIENCE == 100
    decisions = decide(BaselineAsk(), *[{"steps": steps} for steps in (0, 99, 100, 101)])
    assert decisions.actions.tolist() == [CONTINUE, CONTINUE, ASK, ASK]
    assert decide(BaselineAsk(), {"is_finished": True}).actions.tolist() == [CONTINUE]


def test_random_asks_below_one_half():
    decisions = decide(RandomAsk(), {}, {}, {}, {}, uniforms=[0.0, 0.4999, 0.5, 0.9999])
    assert decisions.actions.tolist() == [ASK, ASK, CONTINUE, CONTINUE]
    assert decisions.probabilities.tolist() == [0.5] * 4


def test_the_oracle_asks_where_the_plan_would_change():
    """No current plan, the same plan, another plan, and another plan where the current one is finished."""
    rooms = [{"plan": NO_PLAN}, {}, {}, {"is_finished": True}]
    answers = np.array([EXPLORE, EXPLORE, DOOR, DOOR])
    decisions = decide(OracleAsk(), *rooms, lookahead=lambda at: answers[at.questions])
    assert decisions.actions.tolist() == [ASK, CONTINUE, ASK, CONTINUE]
