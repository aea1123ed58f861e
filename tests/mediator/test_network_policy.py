"""A learned policy draws as its network says, each room from its own generator."""

import numpy as np
import pytest
import torch

from mediator.network_policy import NetworkPolicy
from mediator.policies import Observations

PROBABILITIES = torch.tensor([[0.2, 0.5, 0.3], [0.0, 0.0, 1.0], [0.6, 0.0, 0.4]])


class Table:
    """An actor-critic with one row of probabilities for each option; its value is the first pixel."""

    def __call__(self, features, options):
        return PROBABILITIES[options].log(), features[:, 0, 0, 0].float() / 2

    def parameters(self):
        return iter(())


LOWEST, HIGHEST = 0.0, 1 - 2**-53
"""The numbers a generator of doubles can draw at most."""


def observations(options, pixels=None):
    pixels = [0] * len(options) if pixels is None else pixels
    features = np.array(pixels, dtype=np.int8)[:, None, None, None] * np.ones((2, 3, 4), np.int8)
    numbers = np.zeros(len(options), dtype=np.int64)
    return Observations(
        options=np.array(options, dtype=np.int64),
        plans=numbers,
        are_finished=numbers.astype(np.bool_),
        steps_in_option=numbers,
        questions=numbers,
        answer_slots=numbers,
        features=lambda: features,
    )


def no_foresight(_):
    raise AssertionError("a learned policy must not look at the answer")


def decide(options, uniforms, pixels=None, greedy=False):
    policy = NetworkPolicy(Table(), "cpu", greedy=greedy)
    return policy.decide(observations(options, pixels), np.array(uniforms), no_foresight)


def test_decisions_carry_their_probability_and_the_critic_s_value():
    """Option 1 has but one action; pixels -3 and 5 halved are -1.5 and 2.5."""
    decisions = decide([1, 1], [0.3, 0.6], pixels=[-3, 5])
    assert decisions.actions.tolist() == [2, 2]
    assert decisions.probabilities.tolist() == [1, 1]
    assert decisions.values.tolist() == [-1.5, 2.5]
    assert decisions.actions.dtype == np.int64
    assert decisions.probabilities.dtype == decisions.values.dtype == np.float32


def test_the_critic_can_be_asked_alone():
    values = NetworkPolicy(Table(), "cpu").values(observations([0, 2], pixels=[4, -1]))
    assert values.tolist() == [2.0, -0.5]


@pytest.mark.parametrize("option", [0, 1, 2])
def test_actions_are_as_frequent_as_they_are_probable(option):
    """4000 draws: within 0.04, which is 5 standard deviations; what is impossible never happens."""
    decisions = decide([option] * 4000, np.random.default_rng(0).random(4000))
    expected = PROBABILITIES[option].numpy()
    shares = np.bincount(decisions.actions, minlength=3) / 4000
    np.testing.assert_allclose(shares, expected, atol=0.04)
    assert not shares[expected == 0].any()
    np.testing.assert_allclose(decisions.probabilities, expected[decisions.actions], rtol=1e-6)


def test_a_draw_picks_the_first_action_whose_cumulated_probability_passes_it():
    """Cumulated: 0.2, 0.7, 1."""
    uniforms = [0.0, 0.19, 0.21, 0.69, 0.71, 0.99]
    assert decide([0] * 6, uniforms).actions.tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(("option", "action"), [(0, 0), (1, 2), (2, 0)])
def test_a_draw_of_zero_picks_the_first_action_that_is_possible(option, action):
    """An action of probability 0 would have the logarithm of it in the loss."""
    assert decide([option], [LOWEST]).actions.tolist() == [action]


def test_a_decision_does_not_depend_on_the_other_rooms():
    """Six rooms, backwards, and one by one."""
    options, uniforms, pixels = [0, 1, 2, 0, 1, 2], [0.1, 0.2, 0.3, 0.5, 0.8, 0.9], list(range(6))
    order = decide(options, uniforms, pixels)
    reverse = decide(options[::-1], uniforms[::-1], pixels[::-1])
    assert reverse.actions.tolist() == order.actions.tolist()[::-1]
    assert reverse.values.tolist() == order.values.tolist()[::-1]
    alone = [decide([options[n]], [uniforms[n]], [pixels[n]]).actions[0] for n in range(6)]
    assert alone == order.actions.tolist()


def test_greedy_ignores_the_random_numbers():
    for draw in (LOWEST, 0.5, HIGHEST):
        decisions = decide([0, 1, 2], [draw] * 3, greedy=True)
        assert decisions.actions.tolist() == [1, 2, 0]
        assert decisions.probabilities.tolist() == pytest.approx([0.5, 1.0, 0.6])


@pytest.mark.parametrize(("option", "action"), [(0, 2), (1, 2), (2, 2)])
def test_the_highest_draw_picks_the_last_action_that_is_possible(option, action):
    decisions = decide([option], [HIGHEST])
    assert decisions.actions.tolist() == [action]
    assert decisions.probabilities[0] > 0


def test_no_draw_picks_an_action_that_is_impossible():
    """Logits 120 and 0 in single precision: probabilities 1 and 0, and a draw that rounds to 1."""

    class Saturated(Table):
        def __call__(self, features, options):
            return torch.tensor([[120.0, 0.0]]), torch.zeros(1)

    policy = NetworkPolicy(Saturated(), "cpu")
    decisions = policy.decide(observations([0]), np.array([HIGHEST]), no_foresight)
    assert decisions.actions.tolist() == [0]
