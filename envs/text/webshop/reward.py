"""What a purchase is worth: the published reward (arXiv 2207.01206, section 3.1, and WebShop's code)."""

from collections.abc import Iterable, Mapping

from rapidfuzz import fuzz, utils

from envs.text.webshop.products import Goal, Product, words

SIMILAR = 85
"""Texts whose `fuzz.token_set_ratio`, rounded as published, is larger are the same."""


def reward(product: Product, options: Mapping[str, str], goal: Goal) -> float:
    """The share of attributes, options and price that are as wanted, times `type_reward`; 0 to 1.

    Args:
        product: that was bought.
        options: that were chosen, by name.
        goal: what was wanted.
    """
    hits = (
        sum(_has(product, attribute) for attribute in goal.attributes)
        + sum(_is_among(value, options.values()) for value in goal.options.values())
        + (product.price <= goal.limit)
    )
    wanted = len(goal.attributes) + len(goal.options) + 1
    return hits / wanted * type_reward(product, goal.product)


def type_reward(product: Product, wanted: Product) -> float:
    """Whether it is the right kind of product: 0, 0.1, 0.5 or 1.

    The words of the titles are compared without stop words; the published code compares their nouns.
    """
    title = words(wanted.title)
    # as published, a word that is in the title twice counts twice below the line
    shared = len(set(title) & set(words(product.title))) / len(title) if title else 0.2
    if shared == 0:
        return 0.0
    if shared < 0.1:
        return 0.1
    is_same_kind = product.query == wanted.query
    is_near = len(set(product.category) & set(wanted.category)) >= 2
    return 1.0 if is_same_kind or is_near or shared > 0.2 else 0.5


def _has(product: Product, attribute: str) -> bool:
    return _is_among(attribute, product.attributes) or attribute.lower() in product.text.lower()


def _is_among(text: str, texts: Iterable[str]) -> bool:
    return any(
        round(fuzz.token_set_ratio(text, other, processor=utils.default_process)) > SIMILAR
        for other in texts
    )
