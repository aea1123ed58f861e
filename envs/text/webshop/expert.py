"""A player that knows only what it has read: it searches, opens what promises most, reads features, chooses options
and buys.
"""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.task import TEXT_TASKS
from envs.text.webshop.pages import (
    BACK,
    BUY,
    INSTRUCTION,
    NEXT,
    PREVIOUS,
    SCORE,
    SEARCH,
    SEPARATOR,
    TABS,
    TITLE,
)
from envs.text.webshop.products import words

MAX_STEPS = TEXT_TASKS["webshop"].max_steps
_INTRODUCTION = re.compile(
    re.escape(SEPARATOR.join((TITLE, INSTRUCTION, "")))
    + r"(?P<wish>.+)"
    + re.escape(f"{SEPARATOR}{SEARCH}")
)
_WISH = re.compile(
    r"(?:find me )?(?P<about>.+?)(?: with (?P<options>(?:(?! with )[^:])+: .+?))?"
    r"(?:, and price lower than (?P<limit>\d+(?:\.\d+)?) dollars)?",
    re.IGNORECASE,
)
_CLICK = re.compile(r"\s*click\s*\[(.*)\]", re.IGNORECASE)
_MONEY = re.compile(r"\$(\d+(?:\.\d+)?)")
_BOUGHT = re.compile(r"\bI bought (\w+) with a score of (\d(?:\.\d+)?)")
_FEATURES = TABS[1]
UNREAD_WORD = 0.7
"""What a word that is wanted counts where features were not read; one that was read counts 1."""
UNSEEN_VALUE = 0.8
"""What an option counts whose values were not seen."""
WORD = 0.4
"""What a word that is wanted counts; an option and the price count 1 each."""
PLACE = 0.06
"""What each place in the list of results costs."""


@dataclass(slots=True)
class _Seen:
    """A product that was in a list of results.

    Attributes:
        place: in the list, from 0.
        title: as listed.
        price: the middle of the listed ones, in dollars.
        offered: what stands on its page; None before it was opened.
        features: None before they were read.
    """

    place: int
    title: str
    price: float
    offered: frozenset[str] | None = None
    features: str | None = None


class Expert:
    """Plays one goal; see `envs.text.scripted.Expert`.

    Args:
        introduction: the first observation.
        notes: about earlier attempts, in any words; those of `note` are understood.

    Raises:
        ValueError: it is not one of `envs.text.webshop.env`.
    """

    def __init__(self, introduction: str, notes: Sequence[str] = ()) -> None:
        match = _INTRODUCTION.fullmatch(introduction)
        wish = _WISH.fullmatch(match["wish"]) if match is not None else None
        if wish is None:
            raise ValueError(f"not the first observation of a shop: {introduction!r}")
        self._about = wish["about"]
        pairs = (each.partition(": ") for each in (wish["options"] or "").split(", and "))
        self._options = [value.lower() for _, _, value in pairs if value]
        self._limit = float(wish["limit"] or "inf")
        self._wanted = frozenset(words(self._about))
        self._scores: dict[str, str] = dict(_BOUGHT.findall("\n".join(notes)))
        self._seen: dict[str, _Seen] = {}
        self._page = [SEARCH]
        self._open = ""
        self._chosen: set[str] = set()
        self._num_actions = 0

    def act(self) -> str:
        """The next step towards the product that promises most."""
        return self._next()[0]

    def thought(self) -> str:
        """Why `act` chooses it."""
        return self._next()[1]

    def other_action(self, rng: random.Random) -> str:
        """A button that is surely one, or a search for one of the words that are wanted."""
        known = (BACK, PREVIOUS, NEXT, BUY, *TABS, *self._seen)
        buttons = [part for part in self._page if part in known]
        if buttons:
            return _click(rng.choice(buttons))
        return f"search[{rng.choice(sorted(self._wanted) or [self._about])}]"

    def observe(self, action: str, observation: str) -> None:
        """What came of an action."""
        self._num_actions += 1
        parts = observation.split(SEPARATOR)
        if SCORE in parts:
            self._scores[self._open] = parts[-1]
        if INSTRUCTION not in parts:
            return  # not possible, or the end
        self._page = parts[parts.index(INSTRUCTION) + 2 :]
        click = _CLICK.match(action)
        self._read(click[1].strip() if click is not None else "")

    def note(self) -> str:
        """What the next attempt should know, in words."""
        told = [f"I bought {asin} with a score of {it}." for asin, it in self._scores.items()]
        return " ".join((*told, "Next time I will buy something else."))

    def lesson(self) -> str:
        """What it does anyway: nothing that it reads about a goal helps with another one."""
        return "Read the features of a product, and choose all options before you buy it."

    def _read(self, clicked: str) -> None:
        """Remember what the page says."""
        if PREVIOUS not in self._page or self._prices:  # the search, or a list of results
            self._open = ""
            self._chosen = set()
            for asin, title, price in self._prices:
                self._seen.setdefault(asin, _Seen(len(self._seen), title, price))
            return
        if clicked.upper() in self._seen:
            self._open = clicked.upper()
        product = self._seen.get(self._open)
        if product is None:
            return
        if BUY in self._page:
            product.offered = frozenset(part.lower() for part in self._page)
            self._chosen |= {clicked.lower()} & product.offered
        elif clicked.lower() == _FEATURES.lower():
            product.features = " ".join(self._page)

    @property
    def _prices(self) -> list[tuple[str, str, float]]:
        """Number, title and price of the results on the page."""
        found = []
        for asin, title, price in zip(self._page, self._page[1:], self._page[2:], strict=False):
            money = list(map(float, _MONEY.findall(price)))
            if price.startswith("$") and money:
                found.append((asin, title, sum(money) / len(money)))
        return found

    def _next(self) -> tuple[str, str]:
        """The next action, and why."""
        if SEARCH in self._page:
            keywords = " ".join((self._about, *self._options))
            return f"search[{keywords}]", f"I am looking for {self._about}."
        best = self._best
        if not best:
            return _click(BACK), "Nothing was found."
        if not self._open:
            if best in self._page:
                return _click(best), f"{self._seen[best].title} promises most."
            return _click(PREVIOUS if PREVIOUS in self._page else BACK), "I go back to the results."
        return self._with_product(best)

    def _with_product(self, best: str) -> tuple[str, str]:
        """What to do on a product's page."""
        product = self._seen[self._open]
        left = MAX_STEPS - self._num_actions
        missing = [
            value
            for value in self._options
            if value in (product.offered or ()) and value not in self._chosen
        ]
        if BUY not in self._page:
            return _click(PREVIOUS), f"I have read enough about {product.title}."
        if best != self._open and left >= len(self._options) + 3:
            return _click(PREVIOUS), f"{self._seen[best].title} may be better."
        is_doubtful = not self._wanted <= set(words(product.title))
        if product.features is None and is_doubtful and left >= len(missing) + 3:
            return _click(_FEATURES), f"I want to know what {product.title} is like."
        if missing:
            return _click(missing[0]), f"The customer wants {missing[0]}."
        return _click(BUY), f"{product.title} is the best that I have found."

    @property
    def _best(self) -> str:
        """The product that promises most of those that were not bought before; of equal ones the first."""
        promising = {asin: self._promise(it) for asin, it in self._seen.items()}
        candidates = [asin for asin in promising if asin not in self._scores] or list(promising)
        return max(candidates, key=lambda asin: promising[asin], default="")

    def _promise(self, product: _Seen) -> float:
        """Expected number of things that are as wanted: words, options and the price."""
        known = len(self._wanted & set(words(f"{product.title} {product.features or ''}")))
        unread = len(self._wanted) - known if product.features is None else 0
        promise = WORD * (known + UNREAD_WORD * unread)
        for value in self._options:
            promise += UNSEEN_VALUE if product.offered is None else float(value in product.offered)
        return promise + (product.price <= self._limit) - PLACE * product.place


def _click(button: str) -> str:
    return f"click[{button.lower()}]"
