"""B texts that a model reads and continues together, with the keys and values of what it has read before."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import AttentionInterface

from core.errors import ModelMissing

UNSUPPORTED_ATTENTION = (
    "--model_path: the model's kind of attention is not supported here; serve it and use "
    "--planner fastchat"
)
FUSED_LENGTH = 32
"""New tokens from which on scores are computed piece by piece, in torch's own attention (about three times as fast)."""
SCORES_BYTES = 2**28
"""Of the scores of attention in one layer; more tokens are read in several forward passes."""


def attention(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    *,
    scaling: float,
    prefix: Tensor,
    sliding_window: int | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention to a prefix that all rows share, followed by each row's own tokens.

    Equal to ordinary attention over the concatenation. For few new tokens the keys and values of the prefix are not
    copied for each row; for many, the copy costs less than a table of all scores.
    Shapes: B rows, T new tokens, S own tokens so far, P tokens of the prefix, D the size of a head.

    Args:
        module: the layer, numbered by `layer_idx`.
        query: ``(B, heads, T, D)``.
        key: ``(B, kv_heads, S, D)``, each row's own.
        value: like `key`.
        attention_mask: ``(B, 1, T, S)`` added to the scores of a row's own tokens.
        scaling: factor of the scores.
        prefix: keys and values of every layer, ``(layers, 2, kv_heads, P, D)``.
        sliding_window: unsupported; must be None.
        softcap: unsupported; must be None.
        s_aux: unsupported; must be None.

    Returns:
        ``(B, T, heads, D)``.

    Raises:
        ModelMissing: the model needs an unsupported kind of attention.
    """
    if sliding_window is not None or softcap is not None or s_aux is not None:
        raise ModelMissing(UNSUPPORTED_ATTENTION)
    prefix_key, prefix_value = prefix[module.layer_idx]
    if query.shape[2] < FUSED_LENGTH:
        mixed = _shared_attention(
            query * scaling, key, value, attention_mask, prefix_key, prefix_value
        )
    else:
        rows, heads = query.shape[:2]
        mixed = functional.scaled_dot_product_attention(
            query,
            torch.cat((prefix_key.expand(rows, -1, -1, -1), key), dim=2),
            torch.cat((prefix_value.expand(rows, -1, -1, -1), value), dim=2),
            functional.pad(attention_mask, (prefix_key.shape[1], 0)),
            scale=scaling,
            enable_gqa=heads != key.shape[1],
        )
    return mixed.transpose(1, 2), None


def _shared_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor,
    prefix_key: Tensor,
    prefix_value: Tensor,
) -> Tensor:
    """Attention ``(B, heads, T, D)`` of scaled queries, with one product for all rows' queries and the prefix."""
    rows, heads, length, size = query.shape
    groups, shared = key.shape[1], prefix_key.shape[1]
    # heads that share keys and values are adjacent
    queries = heads // groups * length
    grouped = query.reshape(rows, groups, queries, size)
    to_prefix = _split_rows(_merge_rows(grouped) @ prefix_key.transpose(1, 2), rows)
    to_own = grouped @ key.transpose(2, 3) + mask.repeat(1, 1, heads // groups, 1)
    scores = torch.cat((to_prefix, to_own), dim=-1)
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    on_prefix, on_own = weights.split((shared, key.shape[2]), dim=-1)
    mixed: Tensor = _split_rows(_merge_rows(on_prefix) @ prefix_value, rows) + on_own @ value
    return mixed.reshape(rows, heads, length, size)


def _merge_rows(parts: Tensor) -> Tensor:
    """``(B, groups, queries, X)`` -> ``(groups, B * queries, X)``: one product for all rows."""
    rows, groups, queries, size = parts.shape
    return parts.transpose(0, 1).reshape(groups, rows * queries, size)


def _split_rows(parts: Tensor, rows: int) -> Tensor:
    """``(groups, B * queries, X)`` -> ``(B, groups, queries, X)``."""
    groups, all_queries, size = parts.shape
    return parts.reshape(groups, rows, all_queries // rows, size).transpose(0, 1)


ATTENTION = "shared_prefix"
AttentionInterface.register(ATTENTION, attention)


@dataclass(frozen=True, slots=True)
class TokenTree:
    """Several ways to continue a text; beginnings that they share are read once.

    Attributes:
        tokens: of all nodes, each after its parent.
        parents: number of the node before each; -1 at the beginning.
        depths: number of nodes before each.
        paths: for each way on, its nodes.
    """

    tokens: list[int]
    parents: list[int]
    depths: list[int]
    paths: list[list[int]]

    @classmethod
    def of(cls, texts: Sequence[Sequence[int]]) -> "TokenTree":
        """The tree of some texts; the nodes of the first come first, in order."""
        tree = cls([], [], [], [])
        numbers: dict[tuple[int, int], int] = {}
        for text in texts:
            path: list[int] = []
            for depth, token in enumerate(text):
                parent = path[-1] if path else -1
                number = numbers.setdefault((parent, token), len(numbers))
                if number == len(tree.tokens):
                    tree.tokens.append(token)
                    tree.parents.append(parent)
                    tree.depths.append(depth)
                path.append(number)
            tree.paths.append(path)
        return tree

    def sees(self) -> Tensor:
        """Whether a node (row) comes after another or is it (column), ``(T, T)``."""
        sees = torch.eye(len(self.tokens), dtype=torch.bool)
        for number, parent in enumerate(self.parents):
            if parent >= 0:
                sees[number] |= sees[parent]
        return sees


class OwnCache:
    """Each row's own keys and values, written in place; what transformers needs of a cache.

    Args:
        layers: ``(layers, 2, B, kv_heads, capacity, head_size)``.
        length: number of columns that are in use.
    """

    def __init__(self, layers: Tensor, length: int) -> None:
        self.layers = layers
        self.length = length

    def update(
        self, key: Tensor, value: Tensor, layer_idx: int, _: Any = None
    ) -> tuple[Tensor, Tensor]:
        """Write ``(B, kv_heads, T, head_size)`` behind what is there; returns all of the layer."""
        end = self.length + key.shape[2]
        keys, values = self.layers[layer_idx]
        keys[:, :, self.length : end] = key
        values[:, :, self.length : end] = value
        return keys[:, :, :end], values[:, :, :end]

    def get_seq_length(self, _: int = 0) -> int:
        """Number of columns that are in use."""
        return self.length


class DecodeBatch:
    """B texts that continue the same prefix, each with its own keys and values.

    Args:
        model: reads them.
        prefix: keys and values of what they continue, ``(layers, 2, kv_heads, P, head_size)``.
        known: for each text the spans that follow the prefix and are known already.
        num_new: number of tokens that will be read in each row.
    """

    def __init__(
        self, model: Any, prefix: Tensor, known: Sequence[Sequence[Tensor]], num_new: int
    ) -> None:
        self._model = model
        self._prefix = prefix
        lengths = [sum(span.shape[3] for span in spans) for spans in known]
        longest = max(lengths)
        layers, _, heads, shared, size = prefix.shape
        # zeros, because what is masked must not be NaN
        own = prefix.new_zeros((layers, 2, len(known), heads, longest + num_new, size))
        for row, (spans, length) in enumerate(zip(known, lengths, strict=True)):
            column = longest - length
            for span in spans:
                own[:, :, row, :, column : column + span.shape[3]] = span
                column += span.shape[3]
        self._cache = OwnCache(own, longest)
        self._places = torch.tensor(lengths, device=prefix.device) + shared
        columns = torch.arange(longest + num_new, device=prefix.device)
        is_known = columns >= longest - torch.tensor(lengths, device=prefix.device)[:, None]
        self._is_own = is_known & (columns < longest)

    @property
    def num_rows(self) -> int:
        """B."""
        return self._is_own.shape[0]

    def read(self, texts: Sequence[Sequence[int]]) -> Tensor:
        """Read texts, each at least one token; returns the hidden state of the last of each ``(B, width)``."""
        lengths = self._tensor([len(text) for text in texts])
        longest = max(map(len, texts))
        tokens = self._tensor([[*[0] * (longest - len(text)), *text] for text in texts])
        columns = self._tensor(range(longest))
        depths = columns - (longest - lengths)[:, None]
        is_token = depths >= 0
        sees = (columns <= columns[:, None])[None] & is_token[:, None]
        hidden = self._read(tokens, depths.clamp(min=0), sees, is_token)
        self._places = self._places + lengths
        return hidden[:, -1]

    def read_trees(self, trees: Sequence[TokenTree]) -> Tensor:
        """Read a tree in each row; returns the hidden state of every node ``(B, T, width)``."""
        longest = max(len(tree.tokens) for tree in trees)
        padding = [[0] * (longest - len(tree.tokens)) for tree in trees]
        tokens, depths = (
            self._tensor([[*one, *rest] for one, rest in zip(values, padding, strict=True)])
            for values in ([tree.tokens for tree in trees], [tree.depths for tree in trees])
        )
        sees = torch.zeros((len(trees), longest, longest), dtype=torch.bool)
        for row, tree in enumerate(trees):
            sees[row, : len(tree.tokens), : len(tree.tokens)] = tree.sees()
        sees = sees.to(tokens.device)
        return self._read(tokens, depths, sees, sees.diagonal(dim1=1, dim2=2))

    def append(self, tokens: Sequence[int]) -> Tensor:
        """Read one more token in every row; returns its hidden state ``(B, width)``."""
        return self.read([[token] for token in tokens])

    def select(self, rows: Sequence[int]) -> None:
        """Keep only some of the rows."""
        chosen = self._tensor(rows)
        self._cache.layers = self._cache.layers[:, :, chosen]
        self._is_own, self._places = self._is_own[chosen], self._places[chosen]

    def span(self, row: int, first: int, last: int) -> Tensor:
        """Keys and values of a row in some of the columns since it began to read."""
        return self._cache.layers[:, :, row, :, first:last]

    @property
    def length(self) -> int:
        """Number of columns that are in use."""
        return self._cache.length

    def _read(self, tokens: Tensor, depths: Tensor, sees: Tensor, is_token: Tensor) -> Tensor:
        """Read a block of tokens.

        Args:
            tokens: ``(B, T)``.
            depths: ``(B, T)``, number of tokens of the block before each.
            sees: ``(B, T, T)``, whether a token (row) attends to another of the block (column).
            is_token: ``(B, T)``, the others are padding.

        Returns:
            ``(B, T, width)``.
        """
        start, (rows, length) = self.length, tokens.shape
        total = self._prefix.shape[3] + start + length
        heads = self._model.config.num_attention_heads
        step = max(1, SCORES_BYTES // (4 * rows * heads * total))
        before = self._is_own[:, None, :start]
        parts = []
        for first in range(0, length, step):
            last = min(first + step, length)
            seen_before = before.expand(-1, last - first, -1)
            may_see = torch.cat((seen_before, sees[:, first:last, :last]), dim=-1)
            places = self._places[:, None] + depths[:, first:last]
            parts.append(self._forward(tokens[:, first:last], places, may_see))
        self._is_own[:, start : start + length] = is_token
        return torch.cat(parts, dim=1)

    def _forward(self, tokens: Tensor, places: Tensor, may_see: Tensor) -> Tensor:
        mask = torch.zeros(may_see.shape, dtype=self._model.dtype, device=tokens.device)
        mask.masked_fill_(~may_see, torch.finfo(self._model.dtype).min)
        columns = torch.arange(tokens.shape[1], device=tokens.device) + self._cache.length
        # without the logits, which are needed for a few tokens only
        output = self._model.base_model(
            input_ids=tokens,
            attention_mask=mask[:, None],
            position_ids=places,
            past_key_values=self._cache,
            cache_position=columns,
            use_cache=True,
            prefix=self._prefix,
        )
        self._cache.length += tokens.shape[1]
        hidden: Tensor = output.last_hidden_state
        return hidden

    def _tensor(self, values: Any) -> Tensor:
        return torch.tensor(values, device=self._prefix.device)
