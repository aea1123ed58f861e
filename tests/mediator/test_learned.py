"""A learned policy draws as its network says, each room from its own generator."""

import numpy as np
import pytest
import torch

from core.plan import EXPLORE_PLAN
from mediator.ask import Situation
from mediator.learned import NetworkPolicy

PROBABILITIES = torch.tensor([[0.2, 0.5, 0.3], [0.0, 0.0, 1.0], [0.6, 0.0, 0.4]])


class Table:
    """An actor-critic with one row of probabilities for each option; its value is the first pixel."""

    def __call__(self, features, options):
        return PROBABILITIES[options].log(), features[:, 0, 0, 0].float() / 2

    def parameters(self):
        return iter(())


class LowestDraw:
    """A generator that draws the lowest number there is."""

    def random(self):
        return 0.0


def situation(seed, option=0, pixel=0, rng=None):
    return Situation(
        features=np.full((2, 3, 4), pixel, dtype=np.int8),
        option=option,
        plan=EXPLORE_PLAN,
        is_plan_finished=False,
        steps_in_option=0,
        answer=lambda: EXPLORE_PLAN,
        rng=rng or np.random.default_rng(seed),
    )


def decide(situations, greedy=False):
    return NetworkPolicy(Table(), "cpu", greedy=greedy).decide(situations)


def test_decisions_carry_their_probability_and_the_critic_s_value():
    """Option 1 has but one action; pixels -3 and 5 halved are -1.5 and 2.5."""
    decisions = decide([situation(0, option=1, pixel=-3), situation(1, option=1, pixel=5)])
    assert decisions.actions.tolist() == [2, 2]
    assert decisions.probabilities.tolist() == [1, 1]
    assert decisions.values.tolist() == [-1.5, 2.5]
    assert decisions.actions.dtype == np.int64
    assert decisions.probabilities.dtype == decisions.values.dtype == np.float32


@pytest.mark.parametrize("option", [0, 1, 2])
def test_actions_are_as_frequent_as_they_are_probable(option):
    """4000 draws: within 0.04, which is 5 standard deviations; what is impossible never happens."""
    decisions = decide([situation(seed, option) for seed in range(4000)])
    expected = PROBABILITIES[option].numpy()
    shares = np.bincount(decisions.actions, minlength=3) / 4000
    np.testing.assert_allclose(shares, expected, atol=0.04)
    assert not shares[expected == 0].any()
    np.testing.assert_allclose(decisions.probabilities, expected[decisions.actions], rtol=1e-6)


def test_a_draw_picks_the_first_action_whose_cumulated_probability_passes_it():
    """Cumulated: 0.2, 0.7, 1."""
    for seed in range(50):
        draw = np.random.default_rng(seed).random()
        expected = 0 if draw < 0.2 else 1 if draw < 0.7 else 2
        assert decide([situation(seed)]).actions.tolist() == [expected]


@pytest.mark.parametrize(("option", "action"), [(0, 0), (1, 2), (2, 0)])
def test_a_draw_of_zero_picks_the_first_action_that_is_possible(option, action):
    """An action of probability 0 would have the logarithm of it in the loss."""
    assert decide([situation(0, option, rng=LowestDraw())]).actions.tolist() == [action]


def test_a_room_draws_the_same_in_any_company():
    """Six rooms, backwards, and one by one."""
    numbers = range(6)
    order = decide([situation(n, n % 3, n) for n in numbers])
    reverse = decide([situation(n, n % 3, n) for n in reversed(numbers)])
    assert reverse.actions.tolist() == order.actions.tolist()[::-1]
    assert reverse.values.tolist() == order.values.tolist()[::-1]
    alone = [decide([situation(n, n % 3, n)]).actions[0] for n in numbers]
    assert alone == order.actions.tolist()


def test_a_room_draws_anew_at_every_step():
    room = situation(3)
    assert len({int(decide([room]).actions[0]) for _ in range(50)}) == 3


def test_greedy_takes_the_likeliest_and_draws_nothing():
    rooms = [situation(seed, seed % 3) for seed in range(9)]
    decisions = decide(rooms, greedy=True)
    assert decisions.actions.tolist() == [1, 2, 0] * 3
    assert decisions.probabilities.tolist() == pytest.approx([0.5, 1.0, 0.6] * 3)
    assert [room.rng.random() for room in rooms] == [
        np.random.default_rng(seed).random() for seed in range(9)
    ]


class HighestDraw:
    """A generator that draws the highest number there is in double precision."""

    def random(self):
        return 1 - 2**-53


@pytest.mark.parametrize(("option", "action"), [(0, 2), (1, 2), (2, 2)])
def test_the_highest_draw_picks_the_last_action_that_is_possible(option, action):
    decisions = decide([situation(0, option, rng=HighestDraw())])
    assert decisions.actions.tolist() == [action]
    assert decisions.probabilities[0] > 0


def test_no_draw_picks_an_action_that_is_impossible():
    """Logits 120 and 0 in single precision: probabilities 1 and 0, and a draw that rounds to 1."""

    class Saturated(Table):
        def __call__(self, features, options):
            return torch.tensor([[120.0, 0.0]]), torch.zeros(1)

    decisions = NetworkPolicy(Saturated(), "cpu").decide([situation(0, rng=HighestDraw())])
    assert decisions.actions.tolist() == [0]
