"""AdamW with the schedule of its learning rate."""

import math
from collections.abc import Iterable

import torch
from torch import nn

from tuning.recipe import Recipe

MAX_GRAD_NORM = 1.0
BETAS = (0.9, 0.999)


def make_optimizer(weights: Iterable[nn.Parameter], recipe: Recipe) -> torch.optim.AdamW:
    """AdamW without weight decay (arXiv 1711.05101)."""
    return torch.optim.AdamW(
        weights, lr=recipe.learning_rate, betas=BETAS, weight_decay=0.0, fused=True
    )


def learning_rate(step: int, num_steps: int, recipe: Recipe) -> float:
    """Learning rate of a step, numbered from 0: a linear rise, then constant or half a cosine.

    No step has the learning rate 0: the rise begins one part above it, and the fall ends one part above it.
    """
    warmup = math.ceil(recipe.warmup * num_steps)
    if step < warmup:
        return recipe.learning_rate * (step + 1) / (warmup + 1)
    if recipe.schedule == "constant":
        return recipe.learning_rate
    fraction = (step - warmup) / (num_steps - warmup)
    return recipe.learning_rate * (1 + math.cos(math.pi * fraction)) / 2
