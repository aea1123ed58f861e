"""Equal to the package's own `ScienceWorldEnv.step`: observations, scores and ends, in a case of each task type.

Both virtual machines list things in the same order, see `envs.text.scienceworld.simulator.JAVA_OPTIONS`; without these
options two loads of the same case differ in the package, too.
"""

import os
import random
from collections import Counter
from contextlib import contextmanager

import gymnasium
import pytest

import envs  # noqa: F401 registers the ids
from envs.text.scienceworld.cases import task_types
from envs.text.scienceworld.expert import PLACES
from envs.text.scienceworld.paths import FILE, read_paths
from envs.text.scienceworld.simulator import JAVA_OPTIONS
from tests.envs.text.scienceworld.simulator_here import NEEDS_SIMULATOR

pytestmark = [*NEEDS_SIMULATOR, pytest.mark.timeout(900)]
TO_THE_END = ("find-animal/193", "power-component/15")


@contextmanager
def their_environment():
    """The package's environment, in a virtual machine with our options."""
    from scienceworld import ScienceWorldEnv

    name, before = "JAVA_TOOL_OPTIONS", os.environ.get("JAVA_TOOL_OPTIONS")
    # without the second compiler, which in so short a time costs more than it gains
    os.environ[name] = " ".join([*JAVA_OPTIONS, "-XX:TieredStopAtLevel=1"])
    try:
        theirs = ScienceWorldEnv(envStepLimit=10_000)
    finally:
        del os.environ[name]
        if before is not None:
            os.environ[name] = before
    yield theirs
    theirs.close()
    theirs._gateway.java_process.wait()
    theirs._gateway.java_process.stdin.close()
    theirs._gateway.java_process.stdout.close()
    theirs._obj_tree_tempdir.cleanup()


def compare(ours, theirs, case, actions):
    """Plays a case in both."""
    task_type, _, variation = case.partition("/")
    theirs.load(task_type, int(variation), "easy")
    seen, their_info = theirs.reset()
    observation, info = ours.reset(options={"case": case})
    assert observation == f"{theirs.get_task_description()}\n{seen}", case
    best = max(0, their_info["score"])
    for action in actions:
        seen, _, is_over, their_info = theirs.step(action)
        observation, _, terminated, _, info = ours.step(action)
        best = max(best, their_info["score"])
        assert (observation, terminated, info["score"]) == (seen, is_over, best / 100), case
    return info, their_info


def verbs(actions):
    """How many actions begin with each word."""
    return Counter(action.split()[0] for action in actions)


def test_each_task_type_is_answered_in_the_same_way():
    """A drawn variation of each, looked at in a drawn place (few steps, for the package lists all possible actions at
    each); two cases to their end. A thing with several names has a random one in such a list, so their verbs are compared.
    """
    paths = {path.case: path.actions for path in read_paths(FILE)}
    ours = gymnasium.make("ScienceWorld-v0", max_steps=10_000, max_episode_steps=10_000)
    rng = random.Random(0)
    with their_environment() as theirs:
        for case in TO_THE_END:
            info, their_info = compare(ours, theirs, case, paths[case])
            assert (info["success"], info["score"], their_info["score"]) == (True, 1, 100)
        for name, each in task_types().items():
            case = f"{name}/{rng.randrange(each.variations)}"
            actions = [f"teleport to {rng.choice(PLACES)}", "look around"]
            _, their_info = compare(ours, theirs, case, actions)
        assert verbs(ours.unwrapped.admissible_commands()) == verbs(set(their_info["valid"]))
    ours.close()


def test_episodes_side_by_side_are_those_played_alone():
    """One virtual machine plays them all; nothing of one game reaches another."""
    cases = [*TO_THE_END, "lifespan-longest-lived/93", "melt/21"]
    actions = ["look around", "teleport to kitchen", "open cupboard", "look around", "wait"]
    worlds = [gymnasium.make("ScienceWorld-v0") for _ in cases]
    together = [[world.reset(options={"case": case})] for world, case in zip(worlds, cases, strict=True)]  # fmt: skip
    for action in actions:
        for world, seen in zip(worlds, together, strict=True):
            seen.append(world.step(action))
    for case, seen in zip(cases, together, strict=True):
        alone = worlds[0].reset(options={"case": case})
        assert [alone, *(worlds[0].step(action) for action in actions)] == seen
    for world in worlds:
        world.close()


def test_what_grows_and_is_dug_up_is_the_same_while_other_cases_begin():
    """The simulator numbers its things and draws its random numbers for all games together."""
    [path] = [path for path in read_paths(FILE) if path.case == "grow-fruit/43"]
    world = gymnasium.make("ScienceWorld-v0")
    alone = [world.reset(options={"case": path.case}), *map(world.step, path.actions)]
    beside = [world.reset(options={"case": path.case})]
    other = gymnasium.make("ScienceWorld-v0")
    for number, action in enumerate(path.actions):
        if number % 4 == 0:
            other.reset(options={"case": "boil/21"})
        beside.append(world.step(action))
    assert beside == alone
    world.close()
    other.close()
