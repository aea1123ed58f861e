"""Our own catalogue: products that are drawn from lists of words, the same ones for a seed."""

import json
import random
import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from envs.text.webshop.products import Product

WORDS = Path(__file__).parent / "data" / "words.json"
NUM_PRODUCTS = 1000
SEED = 0
"""Of the catalogue that is played."""
_CODE = string.ascii_uppercase + string.digits
_MOST_VALUES = 6
"""Of an option."""


def make_products(seed: int = SEED, number: int = NUM_PRODUCTS) -> list[Product]:
    """Products of all kinds in turn, so that each kind has nearly the same number."""
    plain = json.loads(WORDS.read_text("utf-8"))
    rng = random.Random(seed)
    kinds = list(_kinds(plain))
    asins = _asins(rng, number)
    return [_product(asin, *kinds[i % len(kinds)], plain, rng) for i, asin in enumerate(asins)]


def _asins(rng: random.Random, number: int) -> list[str]:
    asins: dict[str, None] = {}
    while len(asins) < number:
        asins["W" + "".join(rng.choices(_CODE, k=9))] = None
    return list(asins)


def _kinds(plain: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for department, kinds in plain["departments"].items():
        for kind in kinds:
            yield department, kind


def _product(
    asin: str,
    department: str,
    kind: Mapping[str, Any],
    plain: Mapping[str, Any],
    rng: random.Random,
) -> Product:
    name, brand, series = kind["name"], rng.choice(plain["brands"]), rng.choice(plain["series"])
    attributes = tuple(rng.sample(kind["attributes"], rng.randint(2, 5)))
    in_title = rng.sample(attributes, rng.randint(0, 2))
    features = [
        rng.choice(plain["features"]).format(attribute=attribute) for attribute in attributes
    ]
    opening, closing = rng.choice(plain["openings"]), rng.choice(plain["closings"])
    low, high = kind["prices"]
    return Product(
        asin=asin,
        title=f"{brand} {series} {name}{', ' * bool(in_title)}{', '.join(in_title)}",
        query=kind["plural"],
        category=(department, kind["shelf"], kind["plural"]),
        prices=(rng.randint(low, high - 1) + rng.choice((0.49, 0.95, 0.99)),),
        attributes=attributes,
        options={option: _values(values, rng) for option, values in kind["options"].items()},
        description=f"{opening.format(name=name, brand=brand)} {closing}",
        features=tuple(_capital(feature) for feature in features),
        rating=rng.randint(25, 50) / 10,
    )


def _values(values: list[str], rng: random.Random) -> tuple[str, ...]:
    """Some of the values that an option can have, in their order."""
    chosen = rng.sample(values, rng.randint(2, min(_MOST_VALUES, len(values))))
    return tuple(sorted(chosen, key=values.index))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
