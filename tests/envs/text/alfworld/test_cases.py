"""Published games, and games with other goals in the rooms of the training games."""

from dataclasses import replace

import gymnasium
import pytest

import envs.text  # noqa: F401 registers the world
from core.errors import SettingsError
from core.task import TEXT_TASKS
from envs.text.alfworld.cases import find_game, generated_case, possible_goals
from envs.text.alfworld.expert import Expert, read_task
from envs.text.alfworld.games import Goal, TaskType, read_games
from envs.text.cases import cases_of, kind_of, tuning_cases
from tests.envs.text.alfworld.kitchen import kitchen

PLACES = ("countertop", "fridge", "microwave")
"""Where apples fit and none is."""


def goals(task_type, game=None):
    return list(possible_goals(game or kitchen(), task_type))


def test_goals_of_the_kitchen_are_about_places_that_hold_no_such_thing():
    """Apples are in both cabinets and on the shelf, knife and bowl on the countertop; a knife fits nowhere else."""
    apple = [Goal(TaskType.PLACE, "appletype", f"{place}type") for place in PLACES]
    assert goals(TaskType.PLACE) == [*apple, Goal(TaskType.PLACE, "bowltype", "cabinettype")]
    assert goals(TaskType.CLEAN) == [replace(goal, task_type=TaskType.CLEAN) for goal in apple]
    assert goals(TaskType.PLACE_TWO) == [
        replace(goal, task_type=TaskType.PLACE_TWO) for goal in apple
    ]
    assert [goal.object_type for goal in goals(TaskType.LOOK)] == [
        "appletype",
        "bowltype",
        "knifetype",
    ]


def test_the_tool_is_no_place_to_put_things():
    assert [goal.other_type for goal in goals(TaskType.HEAT)] == ["countertoptype", "fridgetype"]
    assert [goal.other_type for goal in goals(TaskType.COOL)] == ["countertoptype", "microwavetype"]


def test_without_the_tool_there_is_no_goal():
    game = kitchen()
    kinds = tuple("shelftype" if kind == "fridgetype" else kind for kind in game.receptacle_types)
    assert goals(TaskType.COOL, replace(game, receptacle_types=kinds)) == []


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("task_type", TaskType)
def test_a_generated_game_is_a_training_game_with_another_goal(task_type, seed):
    case = generated_case(task_type, seed)
    game = find_game(case)
    same_rooms = [
        other for other in read_games("train").values() if other.receptacles == game.receptacles
    ]
    assert any(
        replace(game, case=one.case, task=one.task, walkthrough=one.walkthrough, goal=one.goal)
        == one
        for one in same_rooms
    )
    description = read_task(game.task)
    assert f"{description.thing}type" == game.goal.object_type
    assert f"{description.place or description.lamp}type" == game.goal.other_type
    assert game.case == case == f"generated/{task_type}/{seed}"
    assert game.goal.task_type == task_type


def test_the_scripted_player_wins_generated_games():
    env = gymnasium.make("ALFWorld-v0")
    for seed in range(60):
        observation, info = env.reset(options={"case": generated_case("", seed)})
        assert not info["success"]
        expert, ended = Expert(observation), False
        while not ended:
            command = expert.act()
            observation, _, terminated, truncated, info = env.step(command)
            expert.observe(command, observation)
            ended = terminated or truncated
        assert info["success"], info["case"]


def test_seeds_make_different_games():
    games = [find_game(generated_case(TaskType.CLEAN, seed)) for seed in range(40)]
    assert len({(game.receptacles, game.goal) for game in games}) > 35
    assert len({game.goal.object_type for game in games}) > 8


@pytest.mark.parametrize(
    "case",
    ["generated/7", "generated/cook/7", "generated/look_at_obj_in_light/-1", "generated/"],
)
def test_what_is_no_generated_case(case):
    with pytest.raises(SettingsError, match=r"generated/TYPE/SEED.*look_at_obj_in_light"):
        find_game(case)


def test_generated_cases_follow_the_training_games():
    task = TEXT_TASKS["alfworld"]
    published = cases_of(task, "train")
    assert tuning_cases(task, "train", 3556) == [*published, *cases_of(task, "generated", 3)]
    assert tuning_cases(task, "train") == published
    assert len(tuning_cases(task, "train", 3553)) == 3553


def test_the_generated_cases_of_a_kind():
    task = TEXT_TASKS["heat"]
    number = len(cases_of(task, "train"))
    last = tuning_cases(task, "train", number + 2)[-2:]
    assert last == [f"generated/pick_heat_then_place_in_recep/{seed}" for seed in (0, 1)]
    assert {kind_of(task, case) for case in last} == {"heat"}
