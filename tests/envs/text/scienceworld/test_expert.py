"""The player that knows paths: which it has, what it does with them, and after errors."""

import random

import gymnasium
import pytest

import envs  # noqa: F401 registers the ids
from core.chat import Message, Request
from core.task import SCIENCE_SPLITS
from envs.text.scienceworld.cases import read_cases
from envs.text.scienceworld.expert import Expert
from envs.text.scienceworld.pack import add_paths, missing
from envs.text.scienceworld.paths import (
    FILE,
    GoldPath,
    digest,
    known_paths,
    read_paths,
    shorten,
    shorten_waits,
    write_paths,
)
from envs.text.scripted import ScriptedTextModel
from tests.envs.text.scienceworld.simulator_here import NEEDS_SIMULATOR

FIRST = (
    "Your task is to turn on the electric motor. First, focus on the electric motor. Then, create an electrical "
    "circuit that powers it on.\nThis room is called the workshop. In it, you see: \n\tthe agent\n\ta substance "
    "called air\n\ta blue light bulb, which is off\n\ta electric buzzer, which is off\n\ta electric motor, which is "
    "off\n\ta nuclear generator, which is off\n\ta table. On the table is: a battery, a black wire, a green light "
    "bulb, which is off, a orange light bulb, which is off, a orange wire, a red light bulb, which is off, a red "
    "wire, a switch, which is off.\n\ta ultra low temperature freezer. The ultra low temperature freezer door is "
    "closed. \n\ta wind generator, which is off\nYou also see:\n\tA door to the hallway (that is open)"
)
"""Of the case power-component/15."""
PATH = [
    "look around",
    "focus on electric motor",
    "connect battery anode to black wire terminal 1",
    "connect battery cathode to orange wire terminal 1",
    "connect black wire terminal 2 to cathode in electric motor",
    "connect orange wire terminal 2 to anode in electric motor",
]


def test_a_path_is_found_by_the_first_observation_and_followed():
    expert, actions = Expert(FIRST), []
    for _ in PATH:
        actions.append(expert.act())
        expert.observe(actions[-1], "Done.")
    assert actions == PATH
    assert expert.act() == "look around"


def test_it_goes_back_to_where_the_path_goes_on():
    expert = Expert(FIRST)
    expert.observe("look around", "This room is called the workshop.")
    expert.observe("teleport to kitchen", "You teleport to the kitchen.")
    assert expert.act() == "teleport to workshop"
    expert.observe(PATH[1], "It's unclear how to focus on that.")  # done in the wrong place
    assert expert.act() == "teleport to workshop"
    expert.observe("teleport to workshop", "You teleport to the workshop.")
    assert expert.act() == PATH[1]


def test_in_other_cases_it_looks_around():
    expert = Expert(FIRST.replace("motor", "buzzer"))
    assert (expert.act(), expert.thought()) == ("look around", "I want to know what is here.")
    assert expert.note() == "I do not know what else to try. This was attempt 1."
    assert expert.lesson()


@pytest.mark.parametrize("text", ["", "You are in a room.", "Your task is to: put a mug in a bed."])
def test_another_world_s_observation_is_refused(text):
    with pytest.raises(ValueError, match="not the first observation of ScienceWorld"):
        Expert(text)


def test_the_scripted_model_thinks_in_words_of_the_action():
    model = ScriptedTextModel()
    turns = [FIRST, PATH[0], "This room is called the workshop."]
    roles = ("user", "assistant", "user")
    messages = [Message("system", "Thought: and Action:"), *map(Message, roles, turns)]
    [reply] = model.chat([Request(tuple(messages))])
    assert reply.text == (
        "Thought: The task asks me to focus on the electric motor.\nAction: focus on electric motor"
    )


def test_what_it_does_in_error_is_possible_everywhere():
    expert, rng = Expert(FIRST), random.Random(0)
    verbs = {expert.other_action(rng).partition(" to ")[0] for _ in range(100)}
    assert verbs == {"look around", "inventory", "task", "wait1", "teleport"}


def test_each_known_path_is_of_a_published_case_and_found_by_its_first_observation():
    paths = read_paths(FILE)
    published = {case for split in SCIENCE_SPLITS for case in read_cases(split)}
    assert {path.case for path in paths} <= published
    assert len({path.case for path in paths}) == len(paths) >= 1100
    assert set(read_cases("test")) <= {path.case for path in paths}
    assert {path.first for path in paths} == set(known_paths())
    assert known_paths()[digest(FIRST)] == (tuple(PATH),)
    assert published - {path.case for path in paths} == set(missing(path.case for path in paths))


def test_paths_without_open_doors_and_places_on_the_way():
    """By hand: two doors are open already, and nothing is done in the hallway."""
    found = [
        "look around", "open door to hallway", "go to hallway", "open door to kitchen", "go to kitchen",
        "open cupboard", "pick up mug", "go to hallway", "look around", "go to bedroom",
    ]  # fmt: skip
    assert shorten(found) == [
        "look around", "teleport to kitchen", "open cupboard", "pick up mug", "teleport to hallway",
        "look around", "teleport to bedroom",
    ]  # fmt: skip
    assert shorten(shorten(found)) == shorten(found)


def test_paths_that_wait_in_fewer_actions():
    """By hand: 6 pairs take 12, which is a `wait` (11) and 1; ``wait1`` takes 2, looking around nothing."""
    pair = ["examine lead", "use thermometer in inventory on lead"]
    path = [
        "activate stove",
        *pair * 6,
        "look around",
        "focus on lead",
        *["wait1"] * 3,
        "wait",
        pair[0],
    ]
    shorter = ["activate stove", "wait", pair[1], "look around", "focus on lead", "wait"]
    assert shorten_waits(path, 11) == [*shorter, *["wait1"] * 3, pair[0]]  # 18 is 11 and 7
    assert shorten_waits(path, 7) == [*shorter, "wait"]
    assert shorten_waits(["look around", "wait1", *pair, "go to kitchen"], 11) == ["look around", "wait1", *pair, "go to kitchen"]  # fmt: skip


def test_what_is_written_is_read(tmp_path):
    paths = [GoldPath("boil/1", "b", ("wait",)), GoldPath("boil/0", "a", ("wait1", "wait"))]
    write_paths(tmp_path / "paths.jsonl.xz", paths)
    assert read_paths(tmp_path / "paths.jsonl.xz") == paths[::-1]


class TestGames:
    pytestmark = NEEDS_SIMULATOR

    @pytest.mark.parametrize("case", ["lifespan-longest-lived/2", "lifespan-shortest-lived/43"])
    def test_a_case_that_begins_as_others_do_is_told_apart_by_what_is_outside(self, case):
        env = gymnasium.make("ScienceWorld-v0", max_steps=4)
        observation, _ = env.reset(options={"case": case})
        expert, actions, info = Expert(observation), [], {}
        for _ in range(3):
            actions.append(expert.act())
            observation, *_, info = env.step(actions[-1])
            expert.observe(actions[-1], observation)
        env.close()
        assert actions[:2] == ["teleport to outside", "look around"]
        assert info["success"]

    @pytest.mark.parametrize("number", [0, 17])
    def test_a_known_path_completes_its_case(self, number):
        path = read_paths(FILE)[number]
        env = gymnasium.make("ScienceWorld-v0", max_steps=len(path.actions))
        observation, _ = env.reset(options={"case": path.case})
        expert = Expert(observation)
        for _ in path.actions:
            action = expert.act()
            observation, _, terminated, _, info = env.step(action)
            expert.observe(action, observation)
        assert (terminated, info["success"], info["score"]) == (True, True, 1)
        env.close()

    def test_the_simulator_finds_the_same_path_again(self, tmp_path, capsys):
        file, path = tmp_path / "paths.jsonl.xz", GoldPath("power-component/15", digest(FIRST), tuple(PATH))  # fmt: skip
        others = [GoldPath(case, "", ()) for case in missing([path.case])]
        write_paths(file, others)
        add_paths(file, None)
        assert set(read_paths(file)) == {path, *others}
        assert f"{len(others) + 1} paths; 0 cases could not be completed" in capsys.readouterr().out
