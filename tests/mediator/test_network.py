"""The network's shapes, heads and first weights."""

import pytest
import torch

from core.rooms.plan import OPTIONS
from mediator.network import MediatorNet

K = len(OPTIONS)


def make(heads="option", shape=(10, 10, 4), num_actions=2, seed=0, num_global=0):
    generator = torch.Generator().manual_seed(seed)
    return MediatorNet(shape, num_actions, heads, num_global, generator)


def images(batch, shape=(10, 10, 4), seed=0):
    """Signed differences of codes, as the mediator gives them."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(-10, 11, (batch, *shape), generator=generator, dtype=torch.int8)


def enumerate_heads(net):
    """Make the outputs tell which head they come from: option o has logits 2o, 2o + 1, value o."""
    with torch.no_grad():
        for part in (net.actor, net.critic):
            part[-1].weight.zero_()
            part[-1].bias.copy_(torch.arange(len(part[-1].bias)))


@pytest.mark.parametrize("shape", [(10, 10, 4), (10, 10, 14), (16, 16, 4), (12, 9, 4)])
@pytest.mark.parametrize(("heads", "num_actions"), [("single", 2), ("option", 2), ("single", 5)])
def test_there_are_logits_and_a_value_for_each_room(shape, heads, num_actions):
    net = make(heads, shape, num_actions)
    logits, values = net(images(3, shape), torch.tensor([0, 1, K - 1]))
    assert logits.shape == (3, num_actions)
    assert values.shape == (3,)
    assert logits.dtype is values.dtype is torch.float32


def test_the_body_is_the_paper_s():
    """Conv 4->16 2x2: 9x9; pooled: 4x4; conv 16->32: 3x3; conv 32->64: 2x2, which is 256 numbers."""
    net = make()
    x = torch.zeros(1, 4, 10, 10)
    sizes = [tuple((x := layer(x)).shape[1:]) for layer in net.body]
    assert sizes[0] == (16, 9, 9)
    assert sizes[2] == (16, 4, 4)
    assert sizes[3] == (32, 3, 3)
    assert sizes[5] == (64, 2, 2)
    assert sizes[-1] == (256,)
    assert net.actor[0].in_features == net.critic[0].in_features == 256
    assert net.actor[0].out_features == net.critic[0].out_features == 64


def test_global_planes_reach_the_dense_layers_directly():
    """With the convolutions silenced, the last 8 of 22 planes are all that is left to tell."""
    net = make(shape=(10, 10, 22), num_global=8)
    assert net.body[0].in_channels == 22
    assert net.actor[0].in_features == net.critic[0].in_features == 256 + 8
    with torch.no_grad():
        net.body[5].weight.zero_()
    features, options = images(3, (10, 10, 22)), torch.zeros(3, dtype=torch.int64)
    _, values = net(features, options)
    other = features.clone()
    other[..., :14] += 1
    assert net(other, options)[1].tolist() == values.tolist()
    other[..., 20] += 1
    assert (net(other, options)[1] != values).all()


def test_with_only_global_planes_there_are_no_convolutions():
    """Linear 25 -> 64 -> 2 and 25 -> 64 -> 1, with biases: 1,794 + 1,729 weights."""
    net = make("single", (1, 1, 25), num_global=25)
    assert net.body is None
    assert sum(weights.numel() for weights in net.parameters()) == 1794 + 1729
    features, options = images(3, (1, 1, 25)), torch.zeros(3, dtype=torch.int64)
    expected = net.critic(features[:, 0, 0].float())[:, 0]
    torch.testing.assert_close(net(features, options)[1], expected)


def test_the_current_option_selects_logits_and_value():
    net = make("option")
    enumerate_heads(net)
    options = torch.tensor([3, 0, 4, 3])
    logits, values = net(images(4), options)
    assert logits.tolist() == [[6, 7], [0, 1], [8, 9], [6, 7]]
    assert values.tolist() == [3, 0, 4, 3]


def test_a_single_head_is_for_all_options():
    net = make("single")
    enumerate_heads(net)
    logits, values = net(images(K), torch.arange(K))
    assert logits.tolist() == [[0, 1]] * K
    assert values.tolist() == [0] * K


def test_a_room_does_not_depend_on_its_neighbours():
    net = make("option")
    batch, options = images(6), torch.tensor([0, 1, 2, 3, 4, 0])
    together = net(batch, options)[1]
    for row in range(6):
        alone = net(batch[row : row + 1], options[row : row + 1])[1]
        torch.testing.assert_close(alone, together[row : row + 1])


def test_channels_come_last_and_x_comes_first():
    """One pixel of a 12 x 9 image with 4 planes is set; a convolution wants planes, x, y."""
    net = make("single", (12, 9, 4))
    image = torch.zeros(1, 12, 9, 4, dtype=torch.int8)
    image[0, 5, 2, 3] = 7
    planes = torch.zeros(1, 4, 12, 9)
    planes[0, 3, 5, 2] = 7
    expected = net.critic(net.body(planes))[:, 0]
    torch.testing.assert_close(net(image, torch.tensor([0]))[1], expected)


@pytest.mark.parametrize("dtype", [torch.int8, torch.int64, torch.float32])
def test_any_number_type_is_accepted(dtype):
    net = make()
    options = torch.tensor([0, 1])
    expected = net(images(2).float(), options)[1]
    assert torch.equal(net(images(2).to(dtype), options)[1], expected)


def test_the_weights_come_from_the_generator_alone():
    torch.manual_seed(1)
    one, other = make(seed=5).state_dict(), make(seed=6).state_dict()
    torch.manual_seed(2)
    again = make(seed=5).state_dict()
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["critic.0.weight"], other["critic.0.weight"])
    assert not torch.equal(one["body.0.weight"], other["body.0.weight"])


def test_first_weights_are_rows_of_norm_one_without_bias():
    net = make()
    for name, weight in net.named_parameters():
        assert weight.any() or name.endswith("bias") or name == "actor.2.weight"
        assert not (name.endswith("bias") and weight.any())
    for layer in (net.actor[0], net.critic[0], net.critic[-1]):
        torch.testing.assert_close(layer.weight.norm(dim=1), torch.ones(len(layer.weight)))


@pytest.mark.parametrize(("heads", "num_actions"), [("single", 2), ("option", 2), ("single", 5)])
def test_the_first_policy_is_uniform_and_the_first_critic_is_not_blind(heads, num_actions):
    net = make(heads, num_actions=num_actions)
    logits, values = net(images(K), torch.arange(K))
    expected = torch.full((K, num_actions), 1 / num_actions)
    torch.testing.assert_close(logits.softmax(dim=1), expected)
    assert values.std() > 0


def test_only_the_chosen_head_learns():
    """Logits of option 2 are rows 4 and 5 of the actor's last layer, its value is row 2."""
    net = make("option")
    logits, values = net(images(3), torch.tensor([2, 2, 2]))
    (logits.sum() + values.sum()).backward()
    rows_of = [(net.actor[-1], [4, 5]), (net.critic[-1], [2])]
    for layer, rows in rows_of:
        assert layer.weight.grad.abs().sum(dim=1).nonzero().flatten().tolist() == rows
        assert layer.bias.grad.nonzero().flatten().tolist() == rows
