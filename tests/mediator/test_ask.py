"""Who decides when to ask."""

import numpy as np
import pytest

from core.plan import EXPLORE_PLAN, ObjectName, Skill, SubGoal
from mediator.ask import (
    ASK,
    GO_ON,
    PATIENCE,
    WAYS,
    AlwaysAsk,
    BaselineAsk,
    Decisions,
    OracleAsk,
    RandomAsk,
    Situation,
)

DOOR_PLAN = (SubGoal(Skill.GO_TO, ObjectName("door")),)


def never():
    raise AssertionError("only the oracle may look at the answer, and only if there is a choice")


def situation(plan=EXPLORE_PLAN, is_plan_finished=False, steps_in_option=0, answer=never, seed=0):
    return Situation(
        features=np.zeros((4, 4, 4), dtype=np.int8),
        option=0,
        plan=plan,
        is_plan_finished=is_plan_finished,
        steps_in_option=steps_in_option,
        answer=answer,
        rng=np.random.default_rng(seed),
    )


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("num_rooms", [0, 1, 3])
def test_there_is_a_decision_for_each_room(way, num_rooms):
    rooms = [situation(answer=lambda: DOOR_PLAN, seed=seed) for seed in range(num_rooms)]
    decisions = WAYS[way]().decide(rooms)
    assert decisions.actions.dtype == np.int64
    assert decisions.probabilities.dtype == decisions.values.dtype == np.float32
    for column in (decisions.actions, decisions.probabilities, decisions.values):
        assert column.shape == (num_rooms,)
    assert set(decisions.actions.tolist()) <= {ASK, GO_ON}
    assert not decisions.values.any()  # none of them has a critic


def test_ways_are_found_by_the_verbs_that_run_them():
    assert set(WAYS) == {"always", "baseline", "random", "oracle"}


def test_a_rule_s_decisions_are_certain():
    decisions = Decisions.certain([True, False, True])
    assert decisions.actions.tolist() == [ASK, GO_ON, ASK]
    assert decisions.probabilities.tolist() == [1, 1, 1]
    assert decisions.values.tolist() == [0, 0, 0]


def test_always_asks_whatever_there_is():
    rooms = [situation(), situation(plan=None), situation(is_plan_finished=True)]
    assert AlwaysAsk().decide(rooms).actions.tolist() == [ASK, ASK, ASK]


def test_the_baseline_loses_patience_after_100_steps_in_one_option():
    """A plan that is through leads to a question anyway, so there is nothing to decide."""
    assert PATIENCE == 100
    rooms = [situation(steps_in_option=steps) for steps in (0, 99, 100, 101)]
    assert BaselineAsk().decide(rooms).actions.tolist() == [GO_ON, GO_ON, ASK, ASK]
    assert BaselineAsk().decide([situation(is_plan_finished=True)]).actions.tolist() == [GO_ON]


def test_the_coin_is_fair():
    """2000 tosses: the share of heads is within 0.05, which is 4.5 standard deviations."""
    room = situation(seed=7)
    asks = [RandomAsk().decide([room]).actions[0] for _ in range(2000)]
    assert np.mean(asks) == pytest.approx(0.5, abs=0.05)
    assert RandomAsk().decide([room]).probabilities.tolist() == [0.5]


def test_the_coin_is_each_room_s_own():
    """Ten tosses of five rooms are the same whether the rooms toss together or alone."""
    together = [situation(seed=seed) for seed in range(5)]
    rows = [RandomAsk().decide(together).actions.tolist() for _ in range(10)]
    for seed in range(5):
        alone = situation(seed=seed)
        tosses = [RandomAsk().decide([alone]).actions[0] for _ in range(10)]
        assert tosses == [row[seed] for row in rows]
    assert len({tuple(column) for column in zip(*rows, strict=True)}) > 1


def test_the_oracle_asks_for_news_only():
    """No plan in hand, the same answer, another answer; and a finished plan, where it does not look."""
    rooms = [
        situation(plan=None, answer=lambda: EXPLORE_PLAN),
        situation(plan=EXPLORE_PLAN, answer=lambda: EXPLORE_PLAN),
        situation(plan=EXPLORE_PLAN, answer=lambda: DOOR_PLAN),
        situation(plan=EXPLORE_PLAN, is_plan_finished=True, answer=never),
    ]
    assert OracleAsk().decide(rooms).actions.tolist() == [ASK, GO_ON, ASK, GO_ON]
