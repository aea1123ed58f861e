"""The registered environment: cases, kindness to models, ends, many at once."""

import gymnasium
import pytest
from hypothesis import given
from hypothesis import strategies as st

import envs  # noqa: F401 registers the id
from core.errors import SettingsError
from envs.text.alfworld.games import TaskType, read_games

CASE = "valid_unseen/pick_cool_then_place_in_recep-Pan-None-CounterTop-10/trial_T20190908_114656_768805"
WIN = [
    "go to stoveburner 2",
    "take pan 1 from stoveburner 2",
    "go to fridge 1",
    "cool pan 1 with fridge 1",
    "go to countertop 1",
    "move pan 1 to countertop 1",
]


def make(**settings):
    return gymnasium.make("ALFWorld-v0", **{"split": "valid_unseen", **settings})


def play(env, commands):
    """Observations of a game, the first one without its heading."""
    observations = [env.reset(options={"case": CASE})[0]]
    return [*observations, *(env.step(command)[0] for command in commands)]


def test_texts_are_in_the_observation_space():
    env = make(split="train")
    for case in list(read_games("train"))[::50]:
        assert env.reset(options={"case": case})[0] in env.observation_space
    assert env.unwrapped.step("help")[0] in env.observation_space


def test_a_game_is_won():
    env = make(strict=True)
    _, info = env.reset(options={"case": CASE})
    assert info == {
        "goal": "cool some pan and put it in countertop",
        "case": CASE,
        "task_type": "pick_cool_then_place_in_recep",
        "score": 0.0,
        "success": False,
        "is_valid": True,
    }
    results = [env.step(command) for command in WIN]
    assert [result[1:4] for result in results] == [(0.0, False, False)] * 5 + [(1.0, True, False)]
    assert (info | {"score": 1.0, "success": True}) == results[-1][4]
    after = env.step("look")
    assert (after[0], after[2]) == (results[-1][0], True)


def test_the_fiftieth_command_is_the_last_even_if_all_were_refused():
    env = make(strict=True)
    env.reset(options={"case": CASE})
    results = [env.step("dance") for _ in range(50)]
    assert {result[0] for result in results} == {"Nothing happens."}
    assert [result[3] for result in results] == [False] * 49 + [True]
    assert not any(result[4]["is_valid"] for result in results)


def test_a_fiftieth_command_can_win():
    env = make(strict=True)
    env.reset(options={"case": CASE})
    for _ in range(50 - len(WIN)):
        env.step("look")
    *_, (_, reward, terminated, _, _) = [env.step(command) for command in WIN]
    assert (reward, terminated) == (1.0, True)


@pytest.mark.parametrize(
    "spelling",
    [
        "put pan 1 in/on countertop 1",
        "put pan 1 on countertop 1",
        "Put Pan 1 in countertop 1.",
        "  move  pan 1   to countertop 1 . ",
        "MOVE PAN 1 TO COUNTERTOP 1",
        "move pan 1 into countertop 1",
    ],
)
@pytest.mark.parametrize("syntax", ["new", "old"])
def test_other_spellings_are_accepted_unless_strict(spelling, syntax):
    done = {
        "new": "You move the pan 1 to the countertop 1.",
        "old": "You put the pan 1 in/on the countertop 1.",
    }
    own = {"new": "move pan 1 to countertop 1", "old": "put pan 1 in/on countertop 1"}
    assert play(make(syntax=syntax), [*WIN[:-1], spelling])[-1] == done[syntax]
    strict = play(make(syntax=syntax, strict=True), [*WIN[:-1], spelling])[-1]
    assert strict == (done[syntax] if spelling == own[syntax] else "Nothing happens.")


@pytest.mark.parametrize(
    "spelling",
    ["look around", "look fridge 1", "go to", "go to 1", "take pan 1", "open fridge", "", "put"],
)
def test_what_is_no_command_is_refused(spelling):
    for strict in (True, False):
        assert play(make(strict=strict), ["go to fridge 1", spelling])[-1] == "Nothing happens."


def test_the_old_syntax_numbers_locations_and_has_no_help():
    """The location of a receptacle has one name, whatever stands there."""
    env = make(strict=True, syntax="old")
    arrived = play(env, ["go to fridge 1"])[-1]
    assert arrived.startswith("You arrive at loc ")
    assert arrived.endswith(". The fridge 1 is closed.")
    assert "help" not in env.unwrapped.admissible_commands()
    assert env.step("help")[0] == "Nothing happens."
    for command in WIN[:2]:
        env.step(command)
    assert "put pan 1 in/on stoveburner 2" in env.unwrapped.admissible_commands()


ENVS = (make(), make(strict=True))


@given(
    st.text(max_size=40)
    | st.lists(st.sampled_from(["go to", "take", "pan 1", "in/on", "1", " ", "."])).map(" ".join)
)
def test_no_text_breaks_the_game(text):
    for env in ENVS:
        _, _, terminated, _, info = (env.reset(options={"case": CASE}), env.step(text))[1]
        admissible = text.strip() in ("look", "inventory", "help")
        assert not terminated
        assert info["is_valid"] or not admissible


def test_the_same_seed_draws_the_same_game():
    cases = [make().reset(seed=seed)[1]["case"] for seed in (1, 1, 2, 3, 4)]
    assert cases[0] == cases[1]
    assert len(set(cases)) > 2


@pytest.mark.parametrize("task_type", TaskType)
@pytest.mark.parametrize("split", ["valid_unseen", "valid_seen"])
def test_games_of_a_task_type_are_drawn(split, task_type):
    env = make(split=split, task_types=[task_type.value])
    for seed in range(5):
        _, info = env.reset(seed=seed)
        assert info["case"].startswith(f"{split}/{task_type}-")
        assert info["task_type"] == task_type


@pytest.mark.parametrize(
    "settings", [{"split": "test"}, {"syntax": "new "}, {"task_types": ["pick"]}]
)
def test_an_unknown_setting_is_an_error(settings):
    with pytest.raises(SettingsError, match="choose one of"):
        make(**settings)


@pytest.mark.parametrize("case", ["valid_unseen/none", "none", "", CASE + "/"])
def test_an_unknown_case_is_an_error(case):
    with pytest.raises(SettingsError):
        make().reset(options={"case": case})


def test_many_at_once():
    """Each is the game that its seed draws, and they do not disturb each other."""
    many = gymnasium.make_vec("ALFWorld-v0", 3, split="valid_unseen", strict=True)
    texts, infos = many.reset(seed=7)
    single = make(strict=True)
    for index in range(3):
        text, info = single.reset(seed=7 + index)
        assert (texts[index], infos["case"][index]) == (text, info["case"])
    texts, *_ = many.step(("inventory", "help", "dance"))
    assert texts[0] == "You are not carrying anything."
    assert texts[1].startswith("Available commands:\n")
    assert texts[2] == "Nothing happens."
    many.close()
