"""PPO and VPG: losses and gradients by hand, on a network with two parameters."""

import math

import pytest
import torch
from torch import nn

from algos.actor_critic import explained_variance, is_finite, set_learning_rate
from algos.buffer import Batch
from algos.ppo import PPO
from algos.vpg import VPG


class TwoNumbers(nn.Module):
    """A policy over two actions with one logit, and a constant critic."""

    def __init__(self, logit=0.0, value=0.0):
        super().__init__()
        self.logit = nn.Parameter(torch.tensor(logit))
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, features, options):
        n = len(features)
        logits = torch.stack((torch.zeros(n), self.logit.expand(n)), dim=1)
        return logits, self.value.expand(n)


def batch_of(actions, log_probs, advantages, returns, values=None):
    n = len(actions)
    return Batch(
        features=torch.zeros(n, 1, 1, 1, dtype=torch.int8),
        options=torch.zeros(n, dtype=torch.int64),
        actions=torch.tensor(actions),
        log_probs=torch.tensor(log_probs),
        values=torch.tensor(values if values is not None else [0.0] * n),
        advantages=torch.tensor(advantages),
        returns=torch.tensor(returns),
    )


def make_ppo(network, lr=0.0, **changes):
    defaults = {
        "epochs": 1,
        "batch_size": 8,
        "clip_eps": 0.2,
        "max_kl": 1e9,
        "value_coef": 0.5,
        "max_grad_norm": 1e9,
    }
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    return PPO(network, optimizer, torch.Generator(), **{**defaults, **changes})


def make_vpg(network, objective, lr=0.0, batch_size=8):
    optimizer = torch.optim.SGD(network.parameters(), lr=lr)
    return VPG(
        network,
        optimizer,
        torch.Generator(),
        objective=objective,
        batch_size=batch_size,
        value_coef=0.5,
        max_grad_norm=1e9,
    )


def test_ppo_losses_by_hand():
    """Two steps, probability 1/2 each now; advantages 1 and -1 become +-0.7071 (deviation sqrt 2).

    Step 1, action 1, was taken with probability 1/4: ratio 2, clipped 1.2; advantage positive:
        min(2, 1.2) * 0.7071 = 0.8485.
    Step 2, action 0, was taken with probability 1: ratio 1/2, clipped 0.8; advantage negative:
        min(-0.5, -0.8) * 0.7071 = -0.5657.
    Policy loss = -(0.8485 - 0.5657) / 2 = -0.1414; both ratios are outside 0.8..1.2.
    Value 0 (old value 0) against returns 1 and 3: (1 + 9) / 2 = 5. Entropy log 2.
    approx_kl = mean(ratio - 1 - log ratio) = ((1 - log 2) + (-1/2 + log 2)) / 2 = 1/4.
    """
    batch = batch_of([1, 0], [math.log(0.25), 0.0], [1.0, -1.0], [1.0, 3.0])
    report = make_ppo(TwoNumbers()).update(batch, entropy_coef=0.01)
    assert report["policy_loss"] == pytest.approx(-0.1 * math.sqrt(2), abs=1e-5)
    assert report["value_loss"] == pytest.approx(5.0)
    assert report["entropy"] == pytest.approx(math.log(2))
    assert report["clip_fraction"] == 1.0
    assert report["approx_kl"] == pytest.approx(0.25)


def test_ppo_has_no_gradient_where_the_ratio_is_clipped():
    """Ratio 2 with a positive advantage, ratio 1/2 with a negative one: both are clipped."""
    network = TwoNumbers()
    batch = batch_of([1, 1], [math.log(0.25), 0.0], [1.0, -1.0], [0.0, 0.0])
    make_ppo(network, lr=1.0).update(batch, entropy_coef=0.0)
    assert network.logit.item() == 0.0


def test_ppo_clips_the_value_loss():
    """Value 1 (old 0, clip 0.2) against return 2: max((1 - 2)^2, (0.2 - 2)^2) = 3.24."""
    batch = batch_of([0], [math.log(0.5)], [0.0], [2.0])
    report = make_ppo(TwoNumbers(value=1.0)).update(batch, entropy_coef=0.0)
    assert report["value_loss"] == pytest.approx(3.24)


@pytest.mark.parametrize("objective", ["ratio", "logp"])
def test_vpg_gradient_by_hand(objective):
    """At the old policy both forms have the gradient A * (1 - p) for the logit of the taken action.

    Action 1 with normalized advantage a = 0.7071, action 0 with -a, p = 1/2:
    d loss / d logit = -(a * 1/2 + (-a) * (-1/2)) / 2 = -a / 2. A step with lr 1 adds a / 2.
    """
    network = TwoNumbers()
    batch = batch_of([1, 0], [math.log(0.5)] * 2, [1.0, -1.0], [0.0, 0.0])
    make_vpg(network, objective, lr=1.0).update(batch, entropy_coef=0.0)
    assert network.logit.item() == pytest.approx(math.sqrt(0.5) / 2, abs=1e-5)


def test_vpg_objectives_differ_once_the_policy_has_moved():
    """Only the ratio objective weights a step by how much more probable it has become: twice here."""
    moved = {}
    for objective in ("ratio", "logp"):
        network = TwoNumbers()
        batch = batch_of([1, 0], [math.log(0.25), math.log(0.5)], [1.0, -1.0], [0.0, 0.0])
        make_vpg(network, objective, lr=1.0).update(batch, entropy_coef=0.0)
        moved[objective] = network.logit.item()
    # ratio: (2 a / 2 + a / 2) / 2, logp: (a / 2 + a / 2) / 2
    assert moved["ratio"] == pytest.approx(1.5 * moved["logp"], rel=1e-4)


def test_entropy_bonus_moves_towards_the_uniform_policy():
    network = TwoNumbers(logit=1.0)
    batch = batch_of([1], [math.log(0.7310586)], [0.0], [0.0])
    make_ppo(network, lr=1.0).update(batch, entropy_coef=1.0)
    assert 0 < network.logit.item() < 1


def test_gradients_are_clipped_to_max_grad_norm():
    """Value loss (0 - 100)^2 alone: the critic's gradient is -100, the step with lr 1 is 0.5."""
    network = TwoNumbers()
    batch = batch_of([0], [math.log(0.5)], [0.0], [100.0])
    report = make_ppo(network, lr=1.0, clip_eps=1e9, max_grad_norm=0.5).update(batch, 0.0)
    assert report["grad_norm"] == pytest.approx(100.0)
    assert network.value.item() == pytest.approx(0.5, rel=1e-3)


def test_every_epoch_sees_every_step():
    """Pure value regression by SGD: two epochs of two minibatches make four steps.

    value <- value + 0.5 * lr * 2 * (1 - value) / ... with lr 0.5, coefficient 0.5: halves the gap,
    so after four steps 1 - 1/16 is reached.
    """
    network = TwoNumbers()
    batch = batch_of([0, 0], [math.log(0.5)] * 2, [0.0, 0.0], [1.0, 1.0])
    make_ppo(network, lr=0.5, epochs=2, batch_size=1, clip_eps=1e9).update(batch, 0.0)
    assert network.value.item() == pytest.approx(1 - 1 / 16)


def test_an_update_stops_at_max_kl():
    """The first minibatch shows a divergence of 1/4 (see above), so the optimizer makes no step."""
    network = TwoNumbers()
    batch = batch_of([1, 0], [math.log(0.25), 0.0], [1.0, -1.0], [1.0, 3.0])
    report = make_ppo(network, lr=1.0, max_kl=0.2).update(batch, entropy_coef=0.0)
    assert network.logit.item() == network.value.item() == 0.0
    assert report["approx_kl"] == pytest.approx(0.25)


def test_explained_variance_by_hand():
    """Returns 0, 2 vary by 1. Values 0, 2 leave a variance of 0, values 1, 1 of 1, values 2, 0 of 4."""
    returns = torch.tensor([0.0, 2.0])
    assert explained_variance(torch.tensor([0.0, 2.0]), returns) == 1.0
    assert explained_variance(torch.tensor([1.0, 1.0]), returns) == 0.0
    assert explained_variance(torch.tensor([2.0, 0.0]), returns) == -3.0
    assert explained_variance(torch.tensor([1.0, 2.0]), torch.tensor([5.0, 5.0])) == 0.0


def test_set_learning_rate_sets_all_groups():
    optimizer = torch.optim.SGD(TwoNumbers().parameters(), lr=1.0)
    set_learning_rate(optimizer, 0.25)
    assert [group["lr"] for group in optimizer.param_groups] == [0.25]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_weights_and_metrics_are_finite_or_not(value):
    assert is_finite(TwoNumbers(), {"policy_loss": -1e30})
    assert not is_finite(TwoNumbers(logit=value), {"policy_loss": 0.0})
    assert not is_finite(TwoNumbers(), {"policy_loss": 0.0, "grad_norm": value})
