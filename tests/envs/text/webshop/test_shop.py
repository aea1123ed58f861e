"""Catalogue, goals, splits and search; and WebShop's own files, where they are."""

import json
from pathlib import Path

import pytest

from agents.methods import METHODS
from core.errors import RunDirectoryError, SettingsError
from core.task import SHOP_SPLITS
from envs.text.webshop.catalogue import make_products
from envs.text.webshop.reward import reward
from envs.text.webshop.search import NUM_HITS, Search, find_in
from envs.text.webshop.shop import open_shop

DATA = next(
    (
        str(folder)
        for parent in Path(__file__).resolve().parents
        if (folder := parent / "shared" / "data" / "webshop").exists()
    ),
    None,
)
needs_data = pytest.mark.skipif(DATA is None, reason="WebShop's files are not here")
SHOPS = ["", pytest.param(DATA, marks=needs_data)]


def test_the_catalogue_follows_from_its_seed():
    products = make_products(3, 200)
    assert products == make_products(3, 200)
    assert products != make_products(4, 200)
    assert len({product.asin for product in products}) == 200


def test_products_are_whole():
    products = make_products()
    assert len({product.asin for product in products}) == len(products) == 1000
    assert len({product.query for product in products}) == 40
    for product in products:
        assert 2 <= len(product.attributes) <= 5
        assert all(len(set(values)) == len(values) > 1 for values in product.options.values())
        assert 3 <= product.price < 480
        assert 2.5 <= product.rating <= 5


@pytest.mark.parametrize("data", SHOPS)
def test_no_product_is_in_two_splits(data):
    shop = open_shop(data)
    splits = [
        {shop.goals[case].product.asin for case in shop.cases(split)} for split in SHOP_SPLITS
    ]
    assert sum(map(len, splits)) == len(set.union(*splits))
    assert all(splits)


@pytest.mark.parametrize(("data", "numbers"), [("", [200, 100, 1700]), pytest.param(DATA, [84, 42, 704], marks=needs_data)])  # fmt: skip
def test_numbers_of_cases(data, numbers):
    shop = open_shop(data)
    assert [len(shop.cases(split)) for split in SHOP_SPLITS] == numbers
    assert shop.cases("test")[12] == "test/12"


@pytest.mark.parametrize("data", SHOPS)
def test_the_product_of_a_goal_with_its_options_is_all_that_is_wanted(data):
    goals = open_shop(data).goals.values()
    right = [reward(goal.product, goal.options, goal) == 1 for goal in goals]
    # in the files, a few attributes that are wanted are not among those of their product
    assert sum(right) >= (len(right) if data == "" else 0.99 * len(right))


def test_an_instruction_says_everything():
    goal = open_shop().find("test/0")
    for text in (*goal.attributes, *goal.options.values(), f"lower than {goal.limit:.2f} dollars"):
        assert text in goal.instruction


def test_a_search_finds_what_shares_words_best_first():
    products = make_products(0, 80)
    search = Search(products)
    found = search(products[7].title)
    assert found[0] == products[7]
    assert len(found) <= NUM_HITS
    assert search("zzzz") == search("the") == search("") == ()
    assert search("LAMPS") == search("lamp!")


def test_most_wanted_products_are_among_the_hits():
    shop, search = open_shop(), find_in("")
    hits = [
        shop.goals[case].product in search(shop.goals[case].instruction)
        for case in shop.cases("dev")
    ]
    assert sum(hits) >= 95


def test_an_unknown_case_is_refused():
    with pytest.raises(SettingsError, match="the first one is test/0"):
        open_shop().find("17")


def row(**changes):
    return {
        "asin": "b01", "name": "Mug", "query": "mugs", "product_category": "Kitchen › Mugs",
        "pricing": [7.0], "options": {"color": ["red", "blue"], "size": []}, "full_description": "",
        "small_description": "", "average_rating": "", "Attributes": ["lead free"], **changes,
    }  # fmt: skip


def write(folder, rows, told):
    (folder / "products.jsonl").write_text("\n".join(map(json.dumps, rows)))
    (folder / "items_ins.json").write_text(json.dumps(told))
    return str(folder)


def test_files_are_read(tmp_path):
    told = {"B01": {"attributes": [], "instruction": "Find me lead free mugs", "instruction_attributes": ["lead free"]}}  # fmt: skip
    data = write(
        tmp_path, [row(), row(asin="B02", average_rating=4, small_description=["x"])], told
    )
    shop = open_shop(data)
    first, second = shop.products
    assert (first.asin, first.category, first.rating, first.features) == ("B01", ("Kitchen", "Mugs"), None, ("",))  # fmt: skip
    assert (second.rating, second.features, second.options) == (4, ("x",), {"color": ("red", "blue")})  # fmt: skip
    goal = shop.find("train/0")
    assert goal.product == first
    assert goal.instruction.startswith("Find me lead free mugs with color: ")


def test_a_product_is_read_once_and_has_a_price(tmp_path):
    """A second line of a product and blank lines are passed over; 100 dollars is the published price without one."""
    told = {asin: {"instruction": "Find me mugs", "instruction_attributes": ["x"]} for asin in ("B01", "B02")}  # fmt: skip
    data = write(tmp_path, [row(pricing=[]), row(asin="B01", name="Cup"), row(asin="B02")], told)
    with (tmp_path / "products.jsonl").open("a") as file:
        file.write("\n\n")
    shop = open_shop(data)
    assert [(one.asin, one.title, one.price) for one in shop.products] == [
        ("B01", "Mug", 100.0),
        ("B02", "Mug", 7.0),
    ]
    assert len(shop.goals) == 4


@pytest.mark.parametrize(
    ("rows", "told", "error", "match"),
    [
        ([row()], {}, SettingsError, "no product has an instruction"),
        ([{}], {}, RunDirectoryError, "line 1 is damaged"),
        ([row()], [], RunDirectoryError, "items_ins.json is damaged"),
    ],
)
def test_other_files_are_refused(tmp_path, rows, told, error, match):
    with pytest.raises(error, match=match):
        open_shop(write(tmp_path, rows, told))


def test_missing_files_are_named(tmp_path):
    with pytest.raises(
        SettingsError, match=r"one file products\*.jsonl\* is needed; there is none"
    ):
        open_shop(str(tmp_path))
    (tmp_path / "products.jsonl.xz").write_bytes(b"no archive")
    with pytest.raises(SettingsError, match=r"products\.jsonl\.xz"):
        open_shop(str(tmp_path))


def test_a_run_plays_the_cases_of_the_files(tmp_path):
    told = {
        "B01": {"instruction": "Find me lead free mugs", "instruction_attributes": ["lead free"]}
    }
    data = write(tmp_path, [row()], told)
    [evaluation] = METHODS["act"].evaluate(
        task="webshop", webshop_data=data, split="train", save_name="a", logdir=str(tmp_path)
    )
    assert [episode.case for episode in evaluation.episodes] == ["train/0", "train/1"]
    assert all(episode.success for episode in evaluation.episodes)
