"""Reads WebShop's own products, as ``--webshop_data DIR`` names them.

DIR holds ``products*.jsonl`` or ``products*.jsonl.xz``, a product a line, and ``items_ins*.json``, the attributes and
instructions by the number of the product.
"""

import lzma
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from core.decode import decode
from core.errors import SettingsError
from envs.text.webshop.goals import GOALS_A_PRODUCT, Want
from envs.text.webshop.products import Product

PRICE = (100.0,)
"""Of a product without one, as in WebShop's code."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of the file of products; other fields are passed over."""

    asin: str
    name: str
    query: str
    product_category: str
    pricing: tuple[float, ...]
    options: Mapping[str, tuple[str, ...]]
    full_description: str
    small_description: tuple[str, ...] | str
    average_rating: float | str
    Attributes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Instruction:
    """What the second file says of a product; many have no instruction."""

    attributes: tuple[str, ...] = ()
    instruction: str = ""
    instruction_attributes: tuple[str, ...] = ()


def read_products(directory: Path) -> tuple[list[Product], list[list[Want]]]:
    """The products, and what customers want of those that have an instruction.

    Raises:
        SettingsError: a file is missing or cannot be read.
        RunDirectoryError: a file holds something else.
    """
    file = _only(directory, "products*.jsonl*")
    found: dict[str, Product] = {}
    for number, line in enumerate(_read(file).splitlines(), 1):
        if line.strip():
            product = _product(decode(line, _Row, f"{file}, line {number}"))
            found.setdefault(product.asin, product)  # twice, it could be in two splits
    products = list(found.values())
    file = _only(directory, "items_ins*.json")
    told = decode(_read(file), dict[str, _Instruction], str(file))
    wanted = []
    for product in products:
        instruction = told.get(product.asin, _Instruction())
        if instruction.instruction and instruction.instruction_attributes:
            want = Want(
                product, _plain(instruction.instruction), instruction.instruction_attributes
            )
            wanted.append([want] * GOALS_A_PRODUCT)
    return products, wanted


def _product(row: _Row) -> Product:
    rating, features = row.average_rating, row.small_description
    features = (features,) if isinstance(features, str) else features
    return Product(
        asin=row.asin.upper(),
        title=_plain(row.name),
        query=row.query,
        category=tuple(map(str.strip, row.product_category.split("›"))),
        prices=row.pricing[:2] or PRICE,
        attributes=row.Attributes,
        options={
            _plain(name): tuple(_plain(value) for value in values)
            for name, values in row.options.items()
            if values
        },
        description=_plain(row.full_description),
        features=tuple(map(_plain, features)),
        rating=float(rating) if isinstance(rating, int | float) else None,
    )


def _plain(text: str) -> str:
    return " ".join(text.split())


def _only(directory: Path, pattern: str) -> Path:
    found = sorted(directory.glob(pattern))
    if len(found) != 1:
        there = ", ".join(file.name for file in found) or "none"
        raise SettingsError(
            f"--webshop_data {directory}: one file {pattern} is needed; there is {there}"
        )
    return found[0]


def _read(file: Path) -> bytes:
    try:
        with lzma.open(file) if file.suffix == ".xz" else file.open("rb") as opened:
            return opened.read()
    except (OSError, EOFError, lzma.LZMAError) as error:
        problem = getattr(error, "strerror", None) or error
        raise SettingsError(f"--webshop_data {file}: {problem}") from None
