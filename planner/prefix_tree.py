"""What a model has read: the keys and values of texts, which are not computed again for texts that begin alike."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count

import torch
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Known:
    """The known beginning of a text.

    Attributes:
        length: number of its tokens.
        spans: its keys and values in pieces, each ``(layers, 2, kv_heads, tokens, head_size)``.
    """

    length: int
    spans: tuple[Tensor, ...]

    def after(self, start: int) -> list[Tensor]:
        """The spans without the first tokens."""
        rest = []
        for span in self.spans:
            if start < span.shape[3]:
                rest.append(span[:, :, :, start:])
            start = max(0, start - span.shape[3])
        return rest


@dataclass(slots=True, eq=False)
class _Node:
    """A piece of some texts; `children` are the pieces that follow, by their first token."""

    tokens: Sequence[int]
    span: Tensor
    parent: "_Node | None"
    used: int
    children: "dict[int, _Node]" = field(default_factory=dict)


class PrefixTree:
    """Texts with their keys and values; beginnings that texts share are kept once.

    Args:
        empty: keys and values of no token, ``(layers, 2, kv_heads, 0, head_size)``.
        max_bytes: of keys and values; what was not used for the longest time is forgotten first.
    """

    def __init__(self, empty: Tensor, max_bytes: int) -> None:
        self._root = _Node((), empty, None, 0)
        self._max_bytes = max_bytes
        self._clock = count(1)
        self.num_bytes = 0

    def find(self, tokens: Sequence[int]) -> Known:
        """The longest known beginning of a text."""
        path, length = self._walk(tokens)
        spans = [node.span for node in path]
        excess = sum(span.shape[3] for span in spans) - length
        if excess:
            spans[-1] = spans[-1][:, :, :, :-excess]
        return Known(length, tuple(spans))

    def add(self, tokens: Sequence[int], start: int, span: Tensor) -> None:
        """Keep a text; its beginning is known, unless it was forgotten since: then nothing is kept.

        Args:
            tokens: of the whole text.
            start: number of tokens before the span.
            span: keys and values of the other tokens.
        """
        path, length = self._walk(tokens)
        if not start <= length < len(tokens):
            return
        parent = self._cut(path, length)
        node = _Node(
            tokens[length:], span[:, :, :, length - start :].clone(), parent, next(self._clock)
        )
        parent.children[tokens[length]] = node
        self.num_bytes += node.span.nbytes
        if self.num_bytes > self._max_bytes:
            self._forget_oldest()

    def _walk(self, tokens: Sequence[int]) -> tuple[list[_Node], int]:
        """The nodes of a text's known beginning, of which the last may go on otherwise, and its length."""
        path, length, now = [self._root], 0, next(self._clock)
        while length < len(tokens):
            node = path[-1].children.get(tokens[length])
            if node is None:
                break
            node.used = now
            path.append(node)
            common = num_common(node.tokens, tokens[length : length + len(node.tokens)])
            length += common
            if common < len(node.tokens):
                break
        return path, length

    def _cut(self, path: Sequence[_Node], length: int) -> _Node:
        """The node that ends after `length` tokens; the last of the path is divided there if need be."""
        *_, node = path
        inside = length - sum(len(one.tokens) for one in path[:-1])
        if inside == len(node.tokens):
            return node
        assert node.parent is not None
        # copies: a view would keep the whole alive
        head = _Node(
            node.tokens[:inside], node.span[:, :, :, :inside].clone(), node.parent, node.used
        )
        node.parent.children[head.tokens[0]] = head
        node.tokens, node.span, node.parent = (
            node.tokens[inside:],
            node.span[:, :, :, inside:].clone(),
            head,
        )
        head.children[node.tokens[0]] = node
        return head

    def _forget_oldest(self) -> None:
        """Forget the ends of texts until a quarter is free: each time, looking for the oldest costs all nodes."""
        while self.num_bytes > self._max_bytes * 3 // 4:
            leaves = [node for node in self._nodes(self._root) if not node.children]
            for leaf in sorted(leaves, key=lambda node: node.used):
                assert leaf.parent is not None
                del leaf.parent.children[leaf.tokens[0]]
                self.num_bytes -= leaf.span.nbytes
                if self.num_bytes <= self._max_bytes * 3 // 4:
                    break

    def _nodes(self, node: _Node) -> Iterator[_Node]:
        """All nodes but the root."""
        stack = list(node.children.values())
        while stack:
            node = stack.pop()
            yield node
            stack += node.children.values()


def joined(spans: Sequence[Tensor]) -> Tensor:
    """Keys and values of consecutive pieces as one."""
    return spans[0] if len(spans) == 1 else torch.cat(list(spans), dim=3)


def num_common(some: Sequence[int], others: Sequence[int]) -> int:
    """Number of tokens at the beginning that two texts have in common."""
    if some == others:
        return len(some)
    pairs = enumerate(zip(some, others, strict=False))
    return next((n for n, (one, other) in pairs if one != other), min(len(some), len(others)))


def common_prefix(texts: Sequence[list[int]]) -> list[int]:
    """The longest common prefix: that of the first and the last text in lexical order."""
    least, most = min(texts), max(texts)
    return least[: num_common(least, most)]
