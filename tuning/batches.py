"""Which samples a gradient step has, and how they are divided into micro-batches of tensors."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from tuning.encoding import Sample
from tuning.recipe import Recipe


def num_steps(num_items: int, recipe: Recipe) -> int:
    """Number of gradient steps; the last batch of a pass may be smaller."""
    return recipe.num_steps or recipe.epochs * steps_per_pass(num_items, recipe)


def steps_per_pass(num_items: int, recipe: Recipe) -> int:
    """Number of gradient steps of one pass over the data."""
    return math.ceil(num_items / recipe.batch_size)


def batch_of_step(step: int, num_items: int, recipe: Recipe) -> tuple[int, ...]:
    """The items of a gradient step; each pass is a permutation of all, which depends on the seed and the pass only.

    Args:
        step: its number, from 0.
        num_items: number of samples or pairs.
        recipe: seed and size of a batch.
    """
    number, place = divmod(step, steps_per_pass(num_items, recipe))
    order = np.random.default_rng((recipe.seed, number)).permutation(num_items)
    first = place * recipe.batch_size
    return tuple(order[first : first + recipe.batch_size].tolist())


def micro_batches(
    items: Sequence[int],
    widths: Sequence[int],
    rows: int,
    micro_tokens: int,
    num_processes: int = 1,
) -> list[tuple[int, ...]]:
    """Cut a batch into parts that fit into memory, items of similar length together.

    Args:
        items: of the batch.
        widths: tokens of the longest sequence of every item of the data.
        rows: sequences of an item.
        micro_tokens: most tokens of a part, padding included; a longer item is a part of its own.
        num_processes: that share the parts, one each in a turn. For several, the largest part is as small as it can be
            without further turns, so that they finish at about the same time.
    """
    parts = _cut(items, widths, rows, micro_tokens)
    if num_processes == 1:
        return parts
    most = math.ceil(len(parts) / num_processes) * num_processes
    limits = range(1, micro_tokens + 1)
    # the larger a part may be, the fewer there are
    smallest = bisect_left(
        limits, True, key=lambda limit: len(_cut(items, widths, rows, limit)) <= most
    )
    return _cut(items, widths, rows, limits[smallest])


def _cut(
    items: Sequence[int], widths: Sequence[int], rows: int, micro_tokens: int
) -> list[tuple[int, ...]]:
    """See `micro_batches`."""
    parts: list[list[int]] = []
    # longest first: the first item of a part says how wide it is
    for item in sorted(items, key=lambda item: (-widths[item], item)):
        if parts and (len(parts[-1]) + 1) * rows * widths[parts[-1][0]] <= micro_tokens:
            parts[-1].append(item)
        else:
            parts.append([item])
    return [tuple(part) for part in parts]


@dataclass(frozen=True, slots=True)
class MicroBatch:
    """B sequences of at most T tokens, with N answer tokens in all, sequence after sequence.

    Padding is on the right, where causal attention never sees it. Other answers that were possible follow their
    sequence in its row; each attends to what stands before the answer that it would replace, and to itself.

    Attributes:
        tokens: ``(B, T)``.
        places: ``(N,)`` where in the flattened ``(B * T)`` each answer token is predicted: one token before it.
        targets: ``(N,)`` the answer tokens.
        lengths: number of answer tokens of each sequence.
        branches: the other answers; None if there are none.
    """

    tokens: Tensor
    places: Tensor
    targets: Tensor
    lengths: tuple[int, ...]
    branches: "Branches | None" = None


@dataclass(frozen=True, slots=True)
class Branches:
    """C choices among S answers in all, with M tokens in all, choice after choice, the given answer first.

    Attributes:
        position_ids: ``(B, T)`` place of each token in the conversation that it would stand in.
        attention_mask: ``(B, 1, T, T)`` whether the token of a row attends to that of a column.
        places, targets: ``(M,)``, as in `MicroBatch`.
        lengths: number of tokens of each of the S answers.
        choice_sizes: number of answers in each of the C choices.
    """

    position_ids: Tensor
    attention_mask: Tensor
    places: Tensor
    targets: Tensor
    lengths: tuple[int, ...]
    choice_sizes: tuple[int, ...]


def collate(samples: Sequence[Sample], device: torch.device) -> MicroBatch:
    """Sequences as tensors on a device."""
    rows = [sample.row for sample in samples]
    width = max(map(len, rows))
    padded = [(*row, *[0] * (width - len(row))) for row in rows]
    answers = [answer_places(sample) for sample in samples]
    places = [row * width + place - 1 for row, of_row in enumerate(answers) for place in of_row]
    targets = [
        sample.tokens[place]
        for sample, of_row in zip(samples, answers, strict=True)
        for place in of_row
    ]
    return MicroBatch(
        torch.tensor(padded, device=device),
        torch.tensor(places, dtype=torch.long, device=device),
        torch.tensor(targets, dtype=torch.long, device=device),
        tuple(map(len, answers)),
        _branches(samples, width, device) if any(sample.choices for sample in samples) else None,
    )


def _branches(samples: Sequence[Sample], width: int, device: torch.device) -> Branches:
    """Where the other answers of sequences stand in rows of a width, and what they attend to."""
    position_ids = np.tile(np.arange(width), (len(samples), 1))
    attention_mask = np.tile(np.tri(width, dtype=bool), (len(samples), 1, 1))
    places: list[int] = []
    targets: list[int] = []
    lengths: list[int] = []
    for row, sample in enumerate(samples):
        start = len(sample.tokens)
        for choice in sample.choices:
            first = choice.answer.start
            places += [row * width + place - 1 for place in choice.answer]
            targets += [sample.tokens[place] for place in choice.answer]
            lengths.append(len(choice.answer))
            for other in choice.others:
                end = start + len(other)
                position_ids[row, start:end] = np.arange(first, first + len(other))
                attention_mask[row, start:end, first:start] = False
                # its first token is predicted where that of the given answer is
                places += [row * width + place for place in (first - 1, *range(start, end - 1))]
                targets += other
                lengths.append(len(other))
                start = end
    choice_sizes = [1 + len(choice.others) for sample in samples for choice in sample.choices]
    return Branches(
        torch.tensor(position_ids, device=device),
        torch.tensor(attention_mask[:, None], device=device),
        torch.tensor(places, device=device),
        torch.tensor(targets, device=device),
        tuple(lengths),
        tuple(choice_sizes),
    )


def num_answer_tokens(sample: Sample) -> int:
    """Number of tokens that are trained on."""
    return len(answer_places(sample))


def answer_places(sample: Sample) -> list[int]:
    """Places of the tokens that are trained on; the first token is predicted from nothing, and never is."""
    return [place for place, is_answer in enumerate(sample.is_answer) if is_answer and place]
