"""Causal attention of short sequences on a CPU: in blocks of rows, by products of 16-bit matrices."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AttentionInterface

BLOCK = 128
"""Rows that are computed together; they attend to no column behind the last of them."""
LONGEST = 1024
"""Tokens; the attention weights of a longer sequence would take too much memory, and torch's kernel keeps none."""


def attention(
    module: nn.Module,  # noqa: ARG001 transformers gives it
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float,
    **_: Any,
) -> tuple[Tensor, None]:
    """Causal attention of one layer, called by transformers.

    With its gradient, this takes about half as long as torch's kernel for short sequences of a small model.

    Args:
        module: the layer.
        query: ``(B, heads, T, D)``.
        key: as `query`.
        value: as `query`; all products are computed in its type.
        attention_mask: ``(B, 1, T, T)`` whether a row attends to a column, for no row a later one; None: to all up
            to itself.
        scaling: factor of the scores.

    Returns:
        ``(B, T, heads, D)``.
    """
    query, key = (query * scaling).to(value.dtype), key.to(value.dtype)
    length = query.shape[2]
    if length > LONGEST:
        mixed = functional.scaled_dot_product_attention(
            query, key, value, attention_mask, is_causal=attention_mask is None, scale=1.0
        )
        return mixed.transpose(1, 2), None
    parts = []
    for start in range(0, length, BLOCK):
        end = min(start + BLOCK, length)
        scores = query[:, :, start:end] @ key[:, :, :end].transpose(2, 3)
        if attention_mask is None:
            hidden = torch.ones(end - start, end - start, dtype=torch.bool).triu(1)
            scores[..., start:].masked_fill_(hidden, -torch.inf)
        else:
            scores.masked_fill_(~attention_mask[:, :, start:end, :end], -torch.inf)
        weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(value.dtype)
        parts.append(weights @ value[:, :, :end])
    return torch.cat(parts, dim=2).transpose(1, 2), None


BLOCKS = "causal_blocks"
"""Its name among those of transformers."""
AttentionInterface.register(BLOCKS, attention)
