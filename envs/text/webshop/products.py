"""What a shop sells, and what its customers want."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_WORD = re.compile(r"[^\W_]+")
STOP_WORDS = frozenset(
    _WORD.findall(
        "a an and any are as at be but by for find from i if in into is it lower me my no not of on or please price such "
        "dollars than that the their then there these they this to was will with"
    )
)


@dataclass(frozen=True, slots=True)
class Product:
    """One thing that can be bought.

    Attributes:
        asin: its number; upper case.
        title: in the list of results and on its page.
        query: its kind in plain words.
        category: from the department to the shelf.
        prices: one, or the lowest and the highest; in dollars.
        attributes: what it is like, in short phrases; no page lists them.
        options: values by name, of which a customer chooses one each; lower case.
        description: one text.
        features: short texts.
        rating: 1 to 5 stars; None without one.
    """

    asin: str
    title: str
    query: str
    category: tuple[str, ...]
    prices: tuple[float, ...]
    attributes: tuple[str, ...]
    options: Mapping[str, tuple[str, ...]] = field(hash=False)
    description: str
    features: tuple[str, ...]
    rating: float | None = None

    @property
    def price(self) -> float:
        """What is paid: the middle where there are two prices."""
        return sum(self.prices) / len(self.prices)

    @property
    def text(self) -> str:
        """Everything that is written about it except its options."""
        return " ".join((self.title, *self.features, self.description))


@dataclass(frozen=True, slots=True)
class Goal:
    """What a customer wants.

    Attributes:
        product: one that is all of it.
        instruction: the same in words.
        attributes: those that count.
        options: the value that counts, by name.
        limit: of the price in dollars; infinite without one.
    """

    product: Product
    instruction: str
    attributes: tuple[str, ...]
    options: Mapping[str, str] = field(hash=False)
    limit: float


def words(text: str) -> list[str]:
    """The words of a text in lower case and a rough singular, without stop words."""
    found = _WORD.findall(text.lower())
    return [_singular(word) for word in found if word not in STOP_WORDS]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
