"""What customers want, drawn from products, and the splits."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.task import SHOP_SPLITS
from envs.text.webshop.products import Goal, Product

GOALS_A_PRODUCT = 2
SHARES: Mapping[str, float] = {"test": 0.1, "dev": 0.05}
"""Of the products; the others are those of train."""
MOST_ATTRIBUTES = 3
"""That a customer of our own catalogue wants."""
_LIMITS = range(10, 1000, 10)
_NUM_LIMITS = 4
"""Limits above a price, of which two are drawn and the larger one is taken, as published."""


@dataclass(frozen=True, slots=True)
class Want:
    """What a customer may want of a product, without options and price.

    Attributes:
        product: the product.
        instruction: in words.
        attributes: those that count.
    """

    product: Product
    instruction: str
    attributes: tuple[str, ...]


def wants(product: Product, rng: random.Random) -> list[Want]:
    """What customers want of a product of our own."""
    chosen = []
    for _ in range(GOALS_A_PRODUCT):
        number = rng.randint(1, min(MOST_ATTRIBUTES, len(product.attributes)))
        attributes = tuple(rng.sample(product.attributes, number))
        instruction = f"Find me {', '.join(attributes)} {product.query}"
        chosen.append(Want(product, instruction, attributes))
    return chosen


def make_goals(wanted: Sequence[Sequence[Want]], seed: int) -> Mapping[str, Goal]:
    """Goals by case, such as ``test/12``; all goals of a product are in one split.

    Args:
        wanted: for each product what customers may want; the same want twice draws other options and prices.
        seed: of the splits and of what is drawn.
    """
    rng = random.Random(f"goals {seed}")
    groups = [[_goal(want, rng) for want in each] for each in wanted]
    rng.shuffle(groups)
    cases: dict[str, Goal] = {}
    for split in SHOP_SPLITS:
        number = round(SHARES[split] * len(wanted)) if split in SHARES else len(groups)
        goals = [goal for group in groups[:number] for goal in group]
        cases |= {f"{split}/{place}": goal for place, goal in enumerate(goals)}
        groups = groups[number:]
    return cases


def _goal(want: Want, rng: random.Random) -> Goal:
    options = {name: rng.choice(values) for name, values in want.product.options.items()}
    limit = _limit(want.product.price, rng)
    chosen = ", and ".join(f"{name}: {value}" for name, value in options.items())
    price = "" if math.isinf(limit) else f", and price lower than {limit:.2f} dollars"
    instruction = f"{want.instruction}{' with ' * bool(chosen)}{chosen}{price}"
    return Goal(want.product, instruction, want.attributes, options, limit)


def _limit(price: float, rng: random.Random) -> float:
    above = [float(limit) for limit in _LIMITS if limit > price][:_NUM_LIMITS]
    return max(rng.sample(above, 2)) if len(above) > 1 else math.inf
