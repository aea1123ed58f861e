"""A shop: its products, its search and what its customers want."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import SettingsError
from envs.text.arguments import find_case
from envs.text.webshop.catalogue import SEED, make_products
from envs.text.webshop.files import read_products
from envs.text.webshop.goals import make_goals, wants
from envs.text.webshop.products import Goal, Product


@dataclass(frozen=True, slots=True)
class Shop:
    """What is sold, and what is wanted.

    Attributes:
        products: in their order.
        goals: by case.
    """

    products: Sequence[Product]
    goals: Mapping[str, Goal]

    def cases(self, split: str) -> list[str]:
        """The cases of a split in their order."""
        return [case for case in self.goals if case.startswith(f"{split}/")]

    def find(self, case: str) -> Goal:
        """The goal of a case.

        Raises:
            SettingsError: there is none.
        """
        return find_case(case, self.goals)


@cache
def open_shop(data: str = "") -> Shop:
    """Our own shop, or that of WebShop's files; opened once in a process.

    Args:
        data: the directory of the files; our own shop if empty.

    Raises:
        SettingsError: a file is missing or cannot be read, or no product has an instruction.
        RunDirectoryError: a file holds something else.
    """
    if data:
        products, wanted = read_products(Path(data))
        if not wanted:
            raise SettingsError(f"--webshop_data {data}: no product has an instruction")
    else:
        products, rng = make_products(), random.Random(SEED)
        wanted = [wants(product, rng) for product in products]
    return Shop(products, make_goals(wanted, SEED))
