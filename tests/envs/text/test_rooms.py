"""Rooms as text: episodes worked out by hand, and what holds for every action."""

import pickle

import gymnasium
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from minigrid.core.actions import Actions
from minigrid.core.world_object import Key

import envs  # noqa: F401 registers the ids
from core.errors import SettingsError
from core.task import TASKS

IDS = [f"{name}-Text-v0" for name in TASKS]
COMMANDS = st.sampled_from(
    [
        "explore",
        *(
            f"{verb} the {thing}"
            for verb in ("go to", "pick up", "drop", "toggle")
            for thing in ("key", "box", "door", "red key", "blue door", "grey box")
        ),
    ]
)


def make(env_id="SimpleDoorKey-Text-v0", **kwargs):
    return gymnasium.make(env_id, **kwargs)


def play(env, case, actions):
    """Observations, and (reward, terminated, truncated, info) of each action."""
    observation, _ = env.reset(options={"case": case})
    observations, results = [observation], []
    for action in actions:
        observation, *result = env.step(action)
        observations.append(observation)
        results.append(result)
        if result[1] or result[2]:
            break
    return observations, results


def situation(observation):
    """What the last line says was found and is carried."""
    return observation.split("\n")[-1]


def explore_for(env, thing, case="0"):
    """Reset and explore until a thing has been found; returns the actions."""
    observation, _ = env.reset(options={"case": case})
    actions = []
    while thing not in situation(observation):
        actions.append("explore")
        observation, *_ = env.step("explore")
    return actions


def solve(env, case):
    """The actions that open the door of a room of SimpleDoorKey."""
    actions = [*explore_for(env, "a key", case), "go to the key", "pick up the key"]
    observation = [env.step(action)[0] for action in actions[-2:]][-1]
    while "a door" not in situation(observation):
        actions.append("explore")
        observation, *_ = env.step("explore")
    return [*actions, "go to the door", "toggle the door"]


def test_an_episode_by_hand():
    """First the key, then the door; every action is valid, only the last is rewarded."""
    env = make()
    actions = solve(env, "0")
    observations, results = play(env, "0", actions)
    assert "open the door" in observations[0]
    assert "You carry nothing" in observations[0]
    assert "You carry the key" in observations[actions.index("pick up the key") + 1]
    assert "You face the door" in observations[-2]
    rewards = [reward for reward, *_ in results]
    assert rewards[-1] > 0
    assert not any(rewards[:-1])
    assert [terminated for _, terminated, *_ in results] == [False] * (len(actions) - 1) + [True]
    assert all(info["is_valid"] for *_, info in results)
    last = results[-1][-1]
    assert (last["success"], last["score"], last["goal"]) == (True, 1.0, "open the door")
    # MiniGrid's reward counts primitive actions: 1 - 0.9 * n / 100
    taken = sum(len(info["primitive_actions"]) for *_, info in results)
    assert rewards[-1] == pytest.approx(1 - 0.9 * taken / 100)


@pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)
def test_a_case_is_the_room_of_that_seed(task):
    text, grid = make(f"{task.name}-Text-v0"), gymnasium.make(task.env_id)
    for case in ("3", "41"):
        text.reset(options={"case": case})
        image = grid.reset(seed=int(case))[0]["image"]
        assert np.array_equal(text.unwrapped.room.gen_obs()["image"], image)


def test_the_primitive_actions_played_in_the_grid_open_the_same_door():
    env = make()
    _, results = play(env, "5", solve(env, "5"))
    grid = gymnasium.make(TASKS["SimpleDoorKey"].env_id)
    grid.reset(seed=5)
    names = [name for *_, info in results for name in info["primitive_actions"]]
    *_, (_, reward, terminated, *_) = [grid.step(Actions[name]) for name in names]
    assert terminated
    assert reward == results[-1][0]


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("", "not an action"),
        ("open sesame", "not an action"),
        ("go to the key", "have not found"),
        ("pick up the key", "have not found"),
        ("drop the key", "do not carry"),
        ("go to the key, pick up the key", "One action at a time"),
        ("x" * 10_000, "not an action"),
        ("go to the key\x00\udc80", "not an action"),
    ],
)
def test_an_invalid_action_says_why_and_changes_nothing(action, reason):
    env = make()
    env.reset(options={"case": "0"})
    before = env.unwrapped.room.gen_obs()["image"]
    observation, reward, terminated, truncated, info = env.step(action)
    assert reason in observation
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert (info["is_valid"], info["primitive_actions"]) == (False, ())
    assert np.array_equal(env.unwrapped.room.gen_obs()["image"], before)
    assert env.unwrapped.room.step_count == 0


def test_a_thing_must_be_faced_before_it_is_handled():
    env = make()
    explore_for(env, "a key")
    observation, *_, info = env.step("pick up the key")
    if not info["is_valid"]:
        assert "go to the key first" in observation
    env.step("go to the key")
    observation, *_, info = env.step("go to the key")
    assert not info["is_valid"]
    assert "already" in observation


def test_of_two_keys_that_are_spelled_alike_one_is_faced_already():
    """The second key is put on a cell that the agent has seen; exploring shows it."""
    env = make()
    explore_for(env, "a key")
    room = env.unwrapped.room
    [first] = [thing for thing in room.grid.grid if isinstance(thing, Key)]
    free = [cell for cell in np.argwhere(room.seen).tolist() if room.grid.get(*cell) is None]
    second = next(cell for cell in free if tuple(cell) != tuple(room.agent_pos))
    room.grid.set(*second, Key(first.color))
    env.step("explore")
    assert "go to the key" in env.unwrapped.admissible_commands()
    env.step("go to the key")
    assert "go to the key" not in env.unwrapped.admissible_commands()
    assert env.step("go to the key")[-1]["is_valid"] is False


def test_colors_are_named_where_there_are_several_keys():
    env = make("ColoredDoorKey-Text-v0")
    explore_for(env, " key")
    [command] = [c for c in env.unwrapped.admissible_commands() if c.startswith("go to")][:1]
    assert len(command.split()) == 5  # go to the COLOUR THING
    assert env.step("go to the pink key")[-1]["is_valid"] is False


def test_an_opened_box_shows_what_is_in_it():
    env = make("KeyInBox-Text-v0")
    explore_for(env, "a box")
    env.step("go to the box")
    observation, *_ = env.step("toggle the box")
    assert "there is a key in it" in observation
    assert "You have found" in observation


def test_a_locked_door_stays_locked_without_its_key():
    env = make()
    explore_for(env, "a door")
    env.step("go to the door")
    observation, reward, terminated, _, info = env.step("toggle the door")
    assert "locked" in observation
    assert (reward, terminated, info["success"], info["is_valid"]) == (0.0, False, False, True)


def test_the_room_runs_out_of_primitive_actions():
    """100 of them; exploring a room that was seen takes one each."""
    env = make(max_episode_steps=-1)
    env.reset(options={"case": "0"})
    truncated = False
    while not truncated:
        observation, _, terminated, truncated, info = env.step("explore")
    assert "out of time" in observation
    assert (terminated, info["score"], env.unwrapped.room.step_count) == (False, 0.0, 100)


def test_registered_ids_end_after_fifty_actions_even_if_none_is_valid():
    env = make()
    env.reset(options={"case": "0"})
    ends = [env.step("dance")[3] for _ in range(50)]
    assert ends == [False] * 49 + [True]


@pytest.mark.parametrize("case", ["", "-1", "1.0", "01", "seven", "9" * 30, 17, None])
def test_a_case_is_the_decimal_form_of_a_seed(case):
    with pytest.raises(SettingsError):
        make().reset(options={"case": case})


def test_without_a_case_the_seed_is_the_case():
    assert make().reset(seed=17)[1]["case"] == "17"
    first, second = make(), make()
    first.reset(seed=4)
    second.reset(seed=4)
    assert first.reset()[1]["case"] == second.reset()[1]["case"]


@given(
    env_id=st.sampled_from(IDS),
    case=st.integers(0, 200),
    actions=st.lists(st.one_of(COMMANDS, st.text(max_size=60)), max_size=25),
)
def test_any_text_is_answered_and_the_same_texts_give_the_same_episode(env_id, case, actions):
    env = make(env_id)
    observations, results = play(env, str(case), actions)
    assert play(make(env_id), str(case), actions) == (observations, results)
    assert all(text in env.observation_space for text in observations)
    for reward, terminated, truncated, info in results:
        assert info["is_valid"] or (reward, terminated, info["primitive_actions"]) == (0, False, ())
        assert info["score"] == float(info["success"]) == float(terminated)
        assert 0 <= reward <= 1
        assert truncated or info["primitive_actions"] or not info["is_valid"]


@settings(max_examples=settings.default.max_examples // 3)  # each checks up to twelve steps
@given(env_id=st.sampled_from(IDS), case=st.integers(0, 200), data=st.data())
def test_exactly_the_admissible_commands_are_valid(env_id, case, data):
    """Asking for them changes nothing: with or without, the episode is the same."""
    env, other = make(env_id), make(env_id)
    env.reset(options={"case": str(case)})
    other.reset(options={"case": str(case)})
    for _ in range(12):
        admissible = env.unwrapped.admissible_commands()
        assert "explore" in admissible
        assert all(command in env.action_space for command in admissible)
        action = data.draw(st.one_of(st.sampled_from(admissible), COMMANDS))
        observation, _, terminated, truncated, info = env.step(action)
        assert other.step(action)[0] == observation
        assert info["is_valid"] or action not in admissible
        if action in admissible:
            assert info["is_valid"]
        if terminated or truncated:
            break


def test_a_world_is_pickled_in_the_middle_of_an_episode():
    env = gymnasium.make("SimpleDoorKey-Text-v0")
    env.reset(seed=3)
    copy = pickle.loads(pickle.dumps(env))  # noqa: S301 of this test
    action = env.unwrapped.admissible_commands()[0]
    assert copy.step(action) == env.step(action)
