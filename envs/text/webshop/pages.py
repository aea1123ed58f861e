"""The pages of a shop: what they show, and what their buttons do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from envs.text.webshop.products import Product

SEPARATOR = " [SEP] "
HITS_A_PAGE = 10
TITLE, INSTRUCTION = "WebShop", "Instruction:"
SEARCH = "Search"
BACK, PREVIOUS, NEXT, BUY = "Back to Search", "< Prev", "Next >", "Buy Now"
TABS = ("Description", "Features", "Reviews")
"""Parts of a product's page that have pages of their own."""
PRICE, RATING = "Price: ", "Rating: "
THANKS, SCORE = "Thank you for shopping with us!", "Your score (min 0.0, max 1.0)"


class Part(NamedTuple):
    """A text on a page.

    Attributes:
        text: as it is shown.
        changes: what a click on it changes of the `Place`; None if it is no button.
    """

    text: str
    changes: Mapping[str, Any] | None = None


_ANEW: Mapping[str, Any] = {"hits": None, "page": 0, "product": None, "chosen": {}, "tab": ""}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer is: at the search, in the list of results, at a product, or in one of its tabs.

    Attributes:
        hits: that were found; None before a search.
        page: of the results, from 0.
        product: that is looked at; None in the list.
        chosen: values of its options by name.
        tab: one of `TABS`, or none.
        is_bought: the product was bought.
    """

    hits: tuple[Product, ...] | None = None
    page: int = 0
    product: Product | None = None
    chosen: Mapping[str, str] = field(default_factory=dict, hash=False)
    tab: str = ""
    is_bought: bool = False

    @property
    def can_search(self) -> bool:
        """Whether there is a search bar."""
        return self.hits is None

    def parts(self) -> Iterator[Part]:
        """What is shown below the instruction, in its order."""
        if self.hits is None:
            yield Part(SEARCH)
            return
        yield Part(BACK, _ANEW)
        if self.product is None:
            yield from self._results(self.hits)
        elif self.tab:
            yield Part(PREVIOUS, {"tab": ""})
            yield from map(Part, _texts(self.product, self.tab))
        else:
            yield from self._item(self.product)

    def buttons(self) -> list[str]:
        """The texts of the buttons in lower case."""
        return [part.text.lower() for part in self.parts() if part.changes is not None]

    def after(self, button: str) -> "Place | None":
        """Where one is after a click, in upper or lower case; None if there is no such button."""
        for part in self.parts():
            if part.changes is not None and part.text.lower() == button.lower():
                return replace(self, **part.changes)
        return None

    def _results(self, hits: tuple[Product, ...]) -> Iterator[Part]:
        yield Part(f"Page {self.page + 1} (Total results: {len(hits)})")
        first = self.page * HITS_A_PAGE
        if self.page > 0:
            yield Part(PREVIOUS, {"page": self.page - 1})
        if first + HITS_A_PAGE < len(hits):
            yield Part(NEXT, {"page": self.page + 1})
        for product in hits[first : first + HITS_A_PAGE]:
            yield Part(product.asin, {"product": product})
            yield Part(product.title)
            yield Part(_price(product))

    def _item(self, product: Product) -> Iterator[Part]:
        yield Part(PREVIOUS, {"product": None, "chosen": {}})
        for name, values in product.options.items():
            yield Part(name)
            for value in values:
                yield Part(value, {"chosen": {**self.chosen, name: value}})
        yield Part(product.title)
        yield Part(f"{PRICE}{_price(product)}")
        yield Part(f"{RATING}{'N.A.' if product.rating is None else product.rating}")
        for tab in TABS:
            yield Part(tab, {"tab": tab})
        yield Part(BUY, {"is_bought": True})


def _price(product: Product) -> str:
    return " to ".join(f"${price:.2f}" for price in product.prices)


def _texts(product: Product, tab: str) -> tuple[str, ...]:
    texts = {"Description": (product.description,), "Features": product.features}.get(tab, ())
    return tuple(filter(None, texts)) or (f"There are no {tab.lower()}.",)
