"""Finds products by words: BM25, as WebShop's search engine does."""

from collections.abc import Sequence
from functools import cache, lru_cache

import bm25s
import numpy as np

from envs.text.webshop.products import Product, words
from envs.text.webshop.shop import open_shop

NUM_HITS = 50
K1, B = 0.9, 0.4
"""Of BM25, those of the published search engine."""


class Search:
    """An index of products.

    Args:
        products: that can be found.
    """

    def __init__(self, products: Sequence[Product]) -> None:
        self._products = products
        self._index = bm25s.BM25(k1=K1, b=B, method="lucene", backend="numpy")
        self._index.index([words(_contents(product)) for product in products], show_progress=False)
        self._found = lru_cache(maxsize=1024)(self._find)

    def __call__(self, keywords: str) -> tuple[Product, ...]:
        """The best `NUM_HITS` products that share a word with the keywords, best first; of equal ones the earlier."""
        return self._found(" ".join(words(keywords)))

    def _find(self, keywords: str) -> tuple[Product, ...]:
        known = [word for word in keywords.split() if word in self._index.vocab_dict]
        if not known:
            return ()
        scores = self._index.get_scores(known)
        best = np.argsort(-scores, kind="stable")[:NUM_HITS]
        return tuple(self._products[i] for i in best if scores[i] > 0)


def _contents(product: Product) -> str:
    """What is searched: as published, of the features only the first one."""
    values = (value for each in product.options.values() for value in each)
    return " ".join((product.title, product.description, *product.features[:1], *values))


@cache
def find_in(data: str) -> Search:
    """The index of the shop of `envs.text.webshop.shop.open_shop`; made once in a process."""
    return Search(open_shop(data).products)
