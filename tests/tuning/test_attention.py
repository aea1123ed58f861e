"""Attention in blocks is that of torch's own kernel, with and without a mask, and so are its gradients."""

import pytest
import torch
from torch.nn import functional

pytestmark = pytest.mark.llm

pytest.importorskip("transformers", reason="make install-llm")

from tuning.attention import BLOCK, LONGEST, attention  # noqa: E402

SCALE = 0.3


def random_layer(length):
    """Queries, keys and values ``(2, 3, length, 8)``."""
    torch.manual_seed(length)
    return [torch.randn(2, 3, length, 8, requires_grad=True) for _ in range(3)]


def random_mask(length):
    """Each row attends to itself and to half of the columns before it."""
    mask = torch.rand(2, 1, length, length) < 0.5
    return (mask | torch.eye(length, dtype=torch.bool)).tril()


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(
    "length", [1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK + 5, LONGEST, LONGEST + 1]
)
def test_blocks_give_what_torch_gives(length, masked):
    layer = random_layer(length)
    mask = random_mask(length) if masked else None
    expected = functional.scaled_dot_product_attention(
        *layer, mask, is_causal=mask is None, scale=SCALE
    )
    direction = torch.randn_like(expected)
    wanted = torch.autograd.grad((expected * direction).sum(), layer)
    found, _ = attention(None, *layer, mask, scaling=SCALE)
    found = found.transpose(1, 2)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)
    gradients = torch.autograd.grad((found * direction).sum(), layer)
    torch.testing.assert_close(gradients, wanted, atol=1e-4, rtol=1e-4)
