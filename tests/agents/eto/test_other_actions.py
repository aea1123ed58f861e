"""Other actions that were possible, drawn for each step of an episode that is played again."""

import re
from collections.abc import Iterator

import pytest

from agents.eto.demonstrations import demonstrate
from agents.eto.other_actions import other_actions
from agents.eto.tuning_run import in_run
from core.episode import Episode, Step
from core.errors import SettingsError
from core.settings import EtoSettings, SftSettings
from core.task import TEXT_TASKS
from runner.text import admissible_in, make_world

CASE = (
    "valid_unseen/look_at_obj_in_light-AlarmClock-None-DeskLamp-308/trial_T20190908_222917_366542"
)
ACTIONS = ("go to desk 1", "examine desk 1", "go to the moon", "take mug 1 from desk 1")


@pytest.fixture
def env() -> Iterator:
    world = make_world(TEXT_TASKS["alfworld"])
    yield world
    world.close()


def episode(*actions):
    steps = tuple(Step(action, 0.0, observation="", answer=action) for action in actions)
    return Episode(
        "alfworld",
        CASE,
        success=False,
        score=0.0,
        terminated=False,
        truncated=False,
        steps=steps,
        goal="",
        final_observation="",
    )


def drawn(env, number=4, seed=0):
    return other_actions(episode(*ACTIONS), env, number, seed)


def test_each_kind_of_action_of_the_episode_has_its_turn(env):
    """At first one can only go; at the desk there are 16 places to go to and three things to take."""
    at_first, at_desk, _, _ = drawn(env)
    assert {action.split()[0] for action in at_first} == {"go"}
    assert sorted(action.split()[0] for action in at_desk) == ["go", "go", "take", "take"]
    assert len(set(at_first) | set(at_desk)) == 8 - len(set(at_first) & set(at_desk))


def test_they_were_possible_and_none_is_the_given_one(env):
    possible = list(admissible_in(episode(*ACTIONS), env))
    for action, listed, others in zip(ACTIONS, possible, drawn(env, 100), strict=True):
        assert action in listed or not others
        expected = [one for one in listed if one.split()[0] in ("go", "examine", "take")]
        assert sorted([*others, action]) == (expected if others else [action])


def test_an_action_that_was_not_possible_has_none(env):
    assert [len(others) for others in drawn(env)] == [4, 4, 0, 4]


def test_the_seed_and_the_case_decide(env):
    assert drawn(env) == drawn(env) != drawn(env, seed=1)


SMALL = {"save_name": "x", "task": "gripper", "constrained": True, "agent": "act"}


def test_how_far_it_is_is_said_as_for_other_long_work(tmp_path, capsys):
    settings = SftSettings(**SMALL, other_actions=2, max_steps=4, logdir=str(tmp_path))
    with in_run("sft", settings) as run:
        found = demonstrate(run, settings, run.cases("train", 3))
    assert [len(one.others) for one in found] == [4, 4, 4]
    said = capsys.readouterr().err
    assert re.search(r"^other actions: 3 of 3 demonstrations in \d+ s$", said, re.MULTILINE)


@pytest.mark.parametrize("settings", [SftSettings, EtoSettings])
def test_they_are_for_agents_that_choose_actions(settings):
    assert settings(**SMALL, other_actions=4).other_actions == 4
    for change in ({"constrained": False}, {"agent": "react"}):
        with pytest.raises(SettingsError, match="--constrained and --agent act"):
            settings(**{**SMALL, **change}, other_actions=4)


def test_a_file_of_trajectories_does_not_have_them():
    with pytest.raises(SettingsError, match="--data"):
        SftSettings(**SMALL, other_actions=4, data="sft.json")
