"""The packed games are the problem files."""

import json
import lzma
from collections import Counter

import pytest

from core.errors import SettingsError
from envs.text.alfworld import pack
from envs.text.alfworld.games import DATA, SPLITS, TaskType, read_games, unpack
from envs.text.alfworld.problem import parse_problem
from tests.envs.text.alfworld.kitchen import GOALS, kitchen
from tests.envs.text.alfworld.test_golden import needs, shared

PROBLEMS = shared("data/alfworld/valid_unseen.jsonl.xz")


def test_numbers_of_games():
    assert [len(read_games(split)) for split in SPLITS] == [134, 140, 3553]
    kinds = Counter(game.goal.task_type for game in read_games("valid_unseen").values())
    assert [kinds[kind] for kind in TaskType] == [24, 31, 23, 21, 17, 18]


def test_cases_begin_with_split_and_task_type():
    for split in SPLITS:
        for case, game in read_games(split).items():
            assert case.startswith(f"{split}/{game.goal.task_type}-")


def test_an_unknown_split_is_an_error():
    with pytest.raises(SettingsError, match="valid_unseen"):
        read_games("test")


def test_names_of_the_kitchen():
    game = kitchen()
    assert game.objects == ("apple 2", "apple 1", "bowl 1", "desklamp 1", "knife 1", "sink 1")
    assert game.receptacles[-1] == "sinkbasin 1"
    assert game.contents == ((0,), (1,), (2, 4), (), (), (1, 3), ())
    assert game.openable == {0, 3, 4}
    assert [game.receptacles_at[location] for location in range(6)] == [
        (),
        (0, 1),
        (2, 5),
        (3,),
        (4,),
        (6,),
    ]


@pytest.mark.parametrize(
    ("goal", "task_type", "other"),
    [
        ("place", TaskType.PLACE, "countertoptype"),
        ("clean", TaskType.CLEAN, "fridgetype"),
        ("heat", TaskType.HEAT, "fridgetype"),
        ("cool", TaskType.COOL, "countertoptype"),
        ("two", TaskType.PLACE_TWO, "fridgetype"),
        ("look", TaskType.LOOK, "desklamptype"),
    ],
)
def test_goals(goal, task_type, other):
    assert kitchen(goal).goal == (read := kitchen(goal).goal)
    assert (read.task_type, read.object_type, read.other_type) == (task_type, "appletype", other)


def test_another_goal_is_an_error():
    text = f"(:init (atLocation agent1 loc_bar_1)) (:goal (and {GOALS['place']} (isSliced ?o)))"
    with pytest.raises(ValueError, match="issliced"):
        parse_problem(text, "test/sliced", "put some sliced apple on countertop.", [])


def test_a_packed_game_is_the_same(tmp_path):
    games = [kitchen(goal) for goal in GOALS]
    pack.write_games(tmp_path / "games.jsonl.xz", games)
    fits = {kind: sorted(kinds) for kind, kinds in pack.common_fits(games).items()}
    pack.write_table(tmp_path / "fits.json", fits)
    assert list(unpack(tmp_path / "games.jsonl.xz")) == games


def test_likely_places_are_shares_of_receptacles():
    """One of the two cabinets of the kitchen holds apple 2, the other apple 1; one lamp is on one shelf."""
    places = pack.likely_places([kitchen()])
    assert places["apple"] == {"cabinet": 1.0, "shelf": 1.0}
    assert places["knife"] == {"countertop": 1.0}


@needs(PROBLEMS)
def test_the_packed_games_are_the_problem_files():
    packed = read_games("valid_unseen")
    for game in pack.read_problems(PROBLEMS.parent, "valid_unseen"):
        assert game.to_json() == packed[game.case].to_json()
        types = set(game.object_types)
        for kind in game.receptacle_types:
            fitting = packed[game.case].fits.get(kind, frozenset())
            assert game.fits.get(kind, frozenset()) & types == fitting & types


def test_a_packed_file_has_a_game_a_line():
    with lzma.open(DATA / "valid_unseen.jsonl.xz", "rt", encoding="utf-8") as lines:
        assert sum("walkthrough" in json.loads(line) for line in lines) == 134
