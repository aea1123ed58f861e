"""Files in the published form, written by hand and read back."""

import json

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from core.chat import Message
from core.errors import RunDirectoryError
from core.trajectory import Pair, Trajectory
from tests.damage import damage_json
from tests.tuning.conversations import (
    FIRST,
    RULES,
    pairs,
    trajectories,
    trajectory_of,
    turns_of,
)
from tuning.formats import read_pairs, read_trajectories, write_pairs, write_trajectories
from tuning.pairs import PairRules, make_pairs

OPENING = [{"from": "human", "value": RULES.content}, {"from": "gpt", "value": "OK"}]
FIRST_SAID = {"from": "human", "value": FIRST.content}
ITEM = {
    "id": 7,
    "conversations": [
        *OPENING,
        FIRST_SAID,
        {"from": "gpt", "value": "go"},
        {"from": "human", "value": "You go."},
        {"from": "gpt", "value": "stop"},
    ],
}
PAIR = {
    "id": "7",
    "prompt": [*OPENING, FIRST_SAID],
    "chosen": [{"from": "gpt", "value": "go"}],
    "rejected": [{"from": "gpt", "value": "stop"}],
}

in_one_directory = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(path, document):
    path.write_text(json.dumps(document))
    return path


@pytest.fixture
def path(tmp_path):
    return tmp_path / "data.json"


def is_ambiguous(messages):
    """Without a system message, and as if it began with one."""
    roles = [message.role for message in messages[:2]]
    return roles == ["user", "assistant"] and messages[1].content.strip() == "OK"


@in_one_directory
@given(some=st.lists(trajectories(), max_size=3))
@example(some=[trajectory_of("OK", "You say so.", "go", reward=None)])
@example(some=[Trajectory("é", (Message("system", ""), FIRST, *turns_of("")), 0.1, True)])
def test_trajectories_are_read_as_they_were_written(path, some):
    assume(not any(is_ambiguous(trajectory.messages) for trajectory in some))
    write_trajectories(path, some)
    assert read_trajectories(path) == some


@in_one_directory
@given(some=st.lists(pairs(), max_size=3))
def test_pairs_are_read_as_they_were_written(path, some):
    write_pairs(path, some)
    assert read_pairs(path) == some


def test_the_files_have_the_published_form(path):
    write_trajectories(path, [trajectory_of("go", "You go.", "stop", case="7")])
    assert json.loads(path.read_text()) == [{**ITEM, "id": "7", "reward": 1.0, "success": True}]
    write_pairs(path, [Pair("7", (RULES, FIRST), turns_of("go"), turns_of("stop"))])
    assert json.loads(path.read_text()) == [PAIR]


def test_a_published_demonstration_without_a_reward_is_a_success(path):
    expected = Trajectory("7", (RULES, FIRST, *turns_of("go", "You go.", "stop")), 1.0, True)
    assert read_trajectories(written(path, [ITEM])) == [expected]


@pytest.mark.parametrize(
    ("reward", "success"), [(1, True), (1.0, True), (0.75, False), (0, False), (None, False)]
)
def test_success_is_a_reward_of_1_unless_the_file_says_otherwise(path, reward, success):
    read = read_trajectories(written(path, [{**ITEM, "reward": reward}]))[0]
    assert (read.reward, read.success) == (reward, success)
    said = read_trajectories(written(path, [{**ITEM, "reward": reward, "success": not success}]))[0]
    assert said.success is not success


@pytest.mark.parametrize(
    "file",
    [
        "data/json_2.1.1/train/pick-Apple/trial_1",
        "train/pick-Apple/trial_1",
        "/x/json_2.1.1/train/pick-Apple/trial_1/game.tw-pddl",
    ],
)
def test_a_published_game_of_alfworld_is_named_as_its_case_here(path, file):
    read = read_trajectories(written(path, [{**ITEM, "game_file": file}]))
    assert [trajectory.case for trajectory in read] == ["train/pick-Apple/trial_1"]


def test_a_game_of_alfworld_is_written_with_its_game_file(path):
    """ETO's code takes the last part of it for the game; only its pairs of ALFWorld need one."""
    games = [trajectory_of("go", case=case) for case in ("train/pick-Apple/trial_1", "a/b/c")]
    write_trajectories(path, games)
    assert [item.get("game_file") for item in json.loads(path.read_text())] == [games[0].case, None]
    assert read_trajectories(path) == games


def test_unknown_keys_are_accepted(path):
    noted = {**ITEM, "note": 5}
    noted["conversations"] = [{**said, "weight": 1} for said in ITEM["conversations"]]
    assert len(read_trajectories(written(path, [noted]))) == 1


@pytest.mark.parametrize(
    ("opening", "messages"),
    [
        (OPENING, (RULES,)),
        ([OPENING[0], {"from": "gpt", "value": " OK\n"}], (RULES,)),
        ([{"from": "system", "value": RULES.content}], (RULES,)),
        ([], ()),
        (
            [OPENING[0], {"from": "gpt", "value": "OK, I will."}],
            (Message("user", RULES.content), Message("assistant", "OK, I will.")),
        ),
    ],
)
def test_an_instruction_is_a_system_message_and_other_beginnings_are_turns(path, opening, messages):
    said = [*opening, FIRST_SAID, {"from": "gpt", "value": "go"}]
    read = read_trajectories(written(path, [{"id": 1, "conversations": said}]))
    assert read[0].messages == (*messages, FIRST, *turns_of("go"))


def test_what_follows_the_last_answer_is_removed(path):
    last = {"from": "human", "value": "You stop."}
    item = {**ITEM, "conversations": [*ITEM["conversations"], last]}
    assert read_trajectories(written(path, [item])) == read_trajectories(written(path, [ITEM]))
    pair = {**PAIR, "chosen": [*PAIR["chosen"], last], "rejected": [*PAIR["rejected"], last]}
    assert read_pairs(written(path, [pair])) == read_pairs(written(path, [PAIR]))


def trajectory_with(*said):
    return {"id": 3, "conversations": [{"from": speaker, "value": "x"} for speaker in said]}


@pytest.mark.parametrize("said", [[], [FIRST_SAID], OPENING, [*OPENING, FIRST_SAID]])
def test_a_conversation_without_an_answer_is_read_to_be_counted(path, said):
    """In training it is left out with the same reason: test_encoding.py."""
    read = read_trajectories(written(path, [ITEM, {"id": 7, "conversations": said, "reward": 0}]))
    assert read[1].turns == ()
    pairs_found = make_pairs({"7": read[0]}, read[1:], PairRules())
    assert (pairs_found.kept, pairs_found.left_out) == ((), {"without an answer": 1})


def test_a_directory_of_eval_agent_is_read_as_trajectories(tmp_path):
    said = [*ITEM["conversations"], {"from": "human", "value": "You stop."}]
    done = {"meta": {"reward": 0.5, "success": False, "steps": 2}, "id": "a/7"}
    written(tmp_path / "a_7.json", {**done, "conversations": said, "settings": {"shots": 0}})
    refused = {"meta": {"reward": None, "success": False, "error": "too long"}, "id": "8"}
    written(tmp_path / "8.json", {**refused, "conversations": said})
    (tmp_path / "log.txt").write_text("nothing")
    assert read_trajectories(tmp_path) == [
        trajectory_of("go", "You go.", "stop", case="8", reward=None),
        trajectory_of("go", "You go.", "stop", case="a/7", reward=0.5),
    ]
    written(tmp_path / "9.json", {"conversations": said})
    with pytest.raises(RunDirectoryError, match=r"9.json is damaged: .* required field `meta`"):
        read_trajectories(tmp_path)


def test_a_directory_without_files_is_refused(tmp_path):
    with pytest.raises(RunDirectoryError, match=r"there are no files \*.json in it"):
        read_trajectories(tmp_path)


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (5, "Expected `object`, got `int`"),
        ({"id": 3}, "Object missing required field `conversations`"),
        (trajectory_with("human", "gpt", "cat"), "Invalid enum value 'cat' - at `$.conversations[2].from`"),
        ({**ITEM, "reward": "high"}, "Expected `float | null`, got `str` - at `$.reward`"),
        (trajectory_with("gpt", "human", "gpt"), "its first turn is of gpt, not of human"),
        (trajectory_with("human", "human", "gpt"), "human and gpt do not take turns"),
        (trajectory_with("human", "gpt", "gpt"), "human and gpt do not take turns"),
        (trajectory_with("human", "system", "gpt"), "human and gpt do not take turns"),
    ],
)  # fmt: skip
def test_a_damaged_trajectory_is_named(path, item, problem):
    with pytest.raises(RunDirectoryError) as error:
        read_trajectories(written(path, [ITEM, item]))
    assert str(error.value) == f"{path}, item 2 is damaged: {problem}"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"chosen": 5}, "Expected `array`, got `int` - at `$.chosen`"),
        ({"chosen": []}, "chosen does not begin with an answer"),
        ({"rejected": [FIRST_SAID]}, "rejected does not begin with an answer"),
        ({"rejected": [FIRST_SAID, OPENING[1]]}, "rejected does not begin with an answer"),
        ({"prompt": OPENING}, "its first turn is of gpt, not of human"),
        ({"prompt": [FIRST_SAID, FIRST_SAID]}, "human and gpt do not take turns"),
        ({"chosen": [*PAIR["chosen"], *PAIR["chosen"]]}, "human and gpt do not take turns"),
    ],
)
def test_a_damaged_pair_is_named(path, changes, problem):
    with pytest.raises(RunDirectoryError) as error:
        read_pairs(written(path, [PAIR, {**PAIR, **changes}]))
    assert str(error.value) == f"{path}, item 2 is damaged: {problem}"


def test_a_file_that_is_no_list_is_named(path):
    with pytest.raises(RunDirectoryError, match="is damaged: Expected `array`, got `object`"):
        read_pairs(written(path, PAIR))


@in_one_directory
@given(seed=st.integers(0, 10**6))
def test_no_damage_is_more_than_one_line(path, seed):
    for read, document in ((read_trajectories, [ITEM, ITEM]), (read_pairs, [PAIR, PAIR])):
        path.write_bytes(damage_json(document, seed))
        try:
            read(path)
        except RunDirectoryError as error:
            assert "\n" not in str(error)  # noqa: PT017
