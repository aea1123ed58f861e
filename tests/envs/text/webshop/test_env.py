"""WebShop as an environment."""

import gymnasium
import pytest
from hypothesis import given
from hypothesis import strategies as st

import envs  # noqa: F401 registers the ids
from core.errors import SettingsError

CASE = {"case": "train/341"}
GOAL = "Find me thick bottom stock pots with size: 6 quart, and price lower than"


def begin(options=CASE, **kwargs):
    env = gymnasium.make("WebShop-v0", **kwargs)
    env.reset(options=options)
    return env


def say(env, action):
    observation, _, terminated, _, info = env.step(action)
    return observation.split(" [SEP] "), info["is_valid"], terminated


def test_a_whole_episode():
    env = gymnasium.make("WebShop-v0")
    first, info = env.reset(options=CASE)
    assert first == f"WebShop [SEP] Instruction: [SEP] {info['goal']} [SEP] Search"
    assert info["goal"].startswith(GOAL)
    assert env.unwrapped.admissible_commands() == ["search[keywords]"]

    results, is_valid, _ = say(env, "Search[Thick Bottom STOCK POTS 6 quart]")
    assert is_valid
    assert results[:5] == ["Instruction:", info["goal"], "Back to Search", "Page 1 (Total results: 50)", "Next >"]  # fmt: skip
    assert len(results) == 5 + 10 * 3  # number, title and price of each
    assert results[5] == info["product"]
    assert results[7].startswith("$")

    second, _, _ = say(env, "click[next >]")
    assert second[3:6] == ["Page 2 (Total results: 50)", "< Prev", "Next >"]
    assert say(env, "click[< prev]")[0] == results

    item, _, _ = say(env, f"click[{info['product'].lower()}]")
    assert item[2:5] == ["Back to Search", "< Prev", "size"]
    assert "6 quart" in item
    assert item[-4:] == ["Description", "Features", "Reviews", "Buy Now"]
    assert item[-6].startswith("Price: $")
    assert item[-5].startswith("Rating: ")

    assert say(env, "click[6 quart]")[0] == ["You have clicked 6 quart.", *item]
    features, _, _ = say(env, "click[Features]")
    assert any("hick bottom" in feature for feature in features[4:])
    assert say(env, "click[< prev]")[0] == item
    assert say(env, "click[reviews]")[0][4:] == ["There are no reviews."]
    say(env, "click[< prev]")

    observation, reward, terminated, truncated, info = env.step("click[buy now]")
    assert observation == (
        "Thank you for shopping with us! [SEP] Your score (min 0.0, max 1.0) [SEP] 1"
    )
    assert (reward, terminated, truncated) == (1.0, True, True)  # the tenth action, too
    assert info["success"]
    assert env.unwrapped.admissible_commands() == []
    assert env.unwrapped.step("click[buy now]")[:3] == (observation, 0.0, True)


def test_options_are_forgotten_with_their_product():
    env = gymnasium.make("WebShop-v0")
    product = env.reset(options=CASE)[1]["product"]
    for action in (
        "search[thick bottom stock pots]",
        f"click[{product}]",
        "click[6 quart]",
        "click[< prev]",
        f"click[{product}]",
    ):
        assert say(env, action)[1]
    # the attribute and the price are right, the size is missing
    assert env.step("click[buy now]")[1] == pytest.approx(2 / 3)


def test_without_a_purchase_ten_actions_are_worth_nothing():
    env = begin()
    steps = [env.step("look") for _ in range(10)]
    assert [step[1] for step in steps] == [0.0] * 10
    assert [step[3] for step in steps] == [False] * 9 + [True]
    assert not any(step[2] for step in steps)


@pytest.mark.parametrize(
    "action",
    ["", "buy", "click[buy now]", "click[]", "search[]", "search[ ]", "press[x]", "search"],
)
def test_what_is_not_possible_changes_nothing_and_is_told(action):
    env = begin()
    observation, reward, terminated, _, info = env.step(action)
    assert observation == "Invalid action! Possible here: search[keywords]."
    assert (reward, terminated, info["is_valid"]) == (0.0, False, False)
    assert say(env, "search[pots]")[1]
    observation = env.step("search[lamps]")[0]  # there is no search bar in the results
    assert observation.startswith("Invalid action! Possible here: click[back to search], ")


def test_a_search_without_results():
    env = begin()
    assert say(env, "search[zzzz]")[0][2:] == ["Back to Search", "Page 1 (Total results: 0)"]
    assert say(env, "click[back to search]")[0][2:] == ["Search"]


@pytest.mark.parametrize("kwargs", [{"split": "valid"}, {"data": "/nowhere"}])
def test_arguments_are_checked(kwargs):
    with pytest.raises(SettingsError):
        gymnasium.make("WebShop-v0", **kwargs)


def test_cases_are_drawn_by_the_seed_from_the_split():
    env = gymnasium.make("WebShop-v0", split="dev")
    cases = [env.reset(seed=seed)[1]["case"] for seed in (1, 2, 1)]
    assert cases[0] == cases[2] != cases[1]
    assert all(case.startswith("dev/") for case in cases)


WORLD = begin().unwrapped
WORDS = ["search[lamp]", "click[next >]", "click[buy now]", "click[features]", "click[< prev]"]


@given(st.lists(st.one_of(st.text(), st.sampled_from(WORDS), st.integers(0, 50)), max_size=12))
def test_any_actions_give_lines_and_the_same_ones_again(actions):
    """A number is the button in this place."""

    def play():
        told = [WORLD.reset(options=CASE)[0]]
        for action in actions:
            if isinstance(action, int):
                possible = WORLD.admissible_commands() or [""]
                action = possible[action % len(possible)]
            observation, reward, _, _, info = WORLD.step(action)
            assert observation
            assert 0 <= reward <= info["score"] <= 1
            told.append(observation)
        return told

    assert play() == play()


@given(st.lists(st.integers(0, 100), max_size=12))
def test_what_is_admissible_is_valid(numbers):
    WORLD.reset(options=CASE)
    for number in numbers:
        possible = WORLD.admissible_commands()
        if not possible:
            return
        assert WORLD.step(possible[number % len(possible)])[4]["is_valid"]
