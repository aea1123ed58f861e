"""The published reward, on purchases that a reader can add up."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from envs.text.webshop.products import Goal, Product, words
from envs.text.webshop.reward import reward, type_reward

LAMP = Product(
    asin="W000000001",
    title="Hollin Ember table lamp, dimmable light",
    query="table lamps",
    category=("Home", "Lighting", "table lamps"),
    prices=(39.5,),
    attributes=("dimmable light", "touch control"),
    options={"color": ("light blue", "red"), "size": ("small", "large")},
    description="A lamp. Energy saving.",
    features=("Touch control from the first day on",),
)
GOAL = Goal(LAMP, "", ("dimmable light", "touch control"), {"color": "blue", "size": "small"}, 40.0)
RIGHT = {"color": "light blue", "size": "small"}
"""Of 2 attributes, 2 options and the price, 5 things count."""


@pytest.mark.parametrize(
    ("product", "options", "goal", "worth"),
    [
        (LAMP, RIGHT, GOAL, 1.0),  # light blue is blue: the words of one are among those of the other
        (LAMP, {"color": "red", "size": "small"}, GOAL, 4 / 5),
        (LAMP, {}, GOAL, 3 / 5),
        (replace(LAMP, prices=(40.01,)), RIGHT, GOAL, 4 / 5),
        (replace(LAMP, prices=(30.0, 50.0)), RIGHT, GOAL, 1.0),  # the middle is 40
        (replace(LAMP, prices=(30.0, 50.2)), RIGHT, GOAL, 4 / 5),
        (replace(LAMP, attributes=("control touch",)), RIGHT, GOAL, 1.0),  # the title says dimmable
        (replace(LAMP, attributes=(), features=()), RIGHT, GOAL, 4 / 5),
        (LAMP, RIGHT, replace(GOAL, attributes=("energy saving",)), 1.0),  # said in the description
        (LAMP, RIGHT, replace(GOAL, attributes=("cordless",)), 3 / 4),
        (LAMP, {}, replace(GOAL, attributes=("cordless",), options={}), 1 / 2),
    ],
)  # fmt: skip
def test_attributes_options_and_the_price_count_the_same(product, options, goal, worth):
    assert reward(product, options, goal) == pytest.approx(worth)


OTHER = {"query": "rugs", "category": ("Home", "Textiles", "rugs")}


@pytest.mark.parametrize(
    ("title", "changes", "worth"),
    [
        ("Rug", {}, 0.0),  # no word of: hollin ember table lamp dimmable light
        ("Lamp", {}, 1.0),  # one of six, and the same kind
        ("Lamp", OTHER, 0.5),
        ("Table lamp", OTHER, 1.0),  # two of six are more than a fifth
        ("Lamp", {**OTHER, "category": ("Home", "Lighting", "rugs")}, 1.0),  # two shared shelves
    ],
)
def test_the_kind_of_product(title, changes, worth):
    assert type_reward(replace(LAMP, title=title, **changes), LAMP) == worth


def test_less_than_a_tenth_of_a_long_title():
    wanted = replace(LAMP, title="one two three four five six seven eight nine ten eleven")
    assert type_reward(replace(LAMP, title="eleven lamps"), wanted) == 0.1


def test_a_word_twice_in_the_wanted_title_counts_twice():
    """One of ten words is not less than a tenth, one of eleven is."""
    for wanted, worth in (("one" + " two" * 9, 0.5), ("one" + " two" * 10, 0.1)):
        product = replace(LAMP, title="one", **OTHER)
        assert type_reward(product, replace(LAMP, title=wanted)) == worth


def test_likeness_is_a_whole_number():
    """Two values of WebShop's small set, 85.1 alike: rounded as published that is not more than 85."""
    wanted = {"size": "wood grains tv stand for 70 inch tv"}
    chosen = {"size": "walnut tv stand for 70 inch tv"}
    assert reward(LAMP, chosen, replace(GOAL, options=wanted, attributes=())) == 1 / 2


def test_words():
    assert words("The Lamps, with a GLASS shade & no bus") == ["lamp", "glass", "shade", "bus"]


texts = st.text(max_size=12)


@given(
    st.builds(
        Product,
        asin=texts, title=texts, query=texts, description=texts,
        category=st.lists(texts, max_size=3).map(tuple),
        prices=st.lists(st.floats(0, 1000), min_size=1, max_size=2).map(tuple),
        attributes=st.lists(texts, max_size=3).map(tuple),
        options=st.just({}),
        features=st.lists(texts, max_size=2).map(tuple),
    ),
    st.dictionaries(texts, texts, max_size=3),
)  # fmt: skip
def test_a_reward_is_between_0_and_1(product, options):
    assert 0 <= reward(product, options, GOAL) <= 1
    wanted = replace(GOAL, product=product, options=options, attributes=product.attributes)
    assert 0 <= reward(LAMP, {}, wanted) <= 1
