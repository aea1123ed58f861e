"""Equal to the package's own `ScienceWorldEnv.step`: observations, scores and ends.

Both virtual machines list things in the same order, see `envs.text.scienceworld.simulator.JAVA_OPTIONS`; without these
options two loads of the same case differ in the package, too.
"""

import os
import random
from contextlib import contextmanager

import gymnasium
import pytest

import envs  # noqa: F401 registers the ids
from envs.text.scienceworld.simulator import JAVA_OPTIONS
from tests.envs.text.scienceworld.simulator_here import NEEDS_SIMULATOR

pytestmark = [*NEEDS_SIMULATOR, pytest.mark.timeout(900)]
GOLD = ("find-animal/193", "power-component/15", "chemistry-mix-paint-secondary-color/27")
RANDOM = ("lifespan-longest-lived/93", "use-thermometer/405", "melt/21", "find-plant/0")


@contextmanager
def their_environment():
    """The package's environment, in a virtual machine with our options."""
    from scienceworld import ScienceWorldEnv

    name, before = "JAVA_TOOL_OPTIONS", os.environ.get("JAVA_TOOL_OPTIONS")
    os.environ[name] = " ".join(JAVA_OPTIONS)
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


def compare(ours, theirs, case, actions):
    """Plays a case in both; an action that is a number is the one in this place of those that are possible."""
    task_type, _, variation = case.partition("/")
    theirs.load(task_type, int(variation), "easy")
    seen, their_info = theirs.reset()
    observation, info = ours.reset(options={"case": case})
    assert observation == f"{theirs.get_task_description()}\n{seen}"
    best = max(0, their_info["score"])
    for action in actions:
        if isinstance(action, int):
            listed = ours.unwrapped.admissible_commands()
            assert listed == sorted(set(their_info["valid"]))
            action = listed[action % len(listed)]
        seen, _, is_over, their_info = theirs.step(action)
        observation, _, terminated, _, info = ours.step(action)
        best = max(best, their_info["score"])
        assert (observation, terminated, info["score"]) == (seen, is_over, best / 100), action
        if is_over:
            return info
    return info


def test_gold_paths_and_random_actions_are_answered_in_the_same_way():
    """The gold paths are those that the package finds itself."""
    ours = gymnasium.make("ScienceWorld-v0", max_steps=10_000, max_episode_steps=10_000)
    rng = random.Random(0)
    with their_environment() as theirs:
        for case in GOLD:
            task_type, _, variation = case.partition("/")
            theirs.load(task_type, int(variation), "easy", generateGoldPath=True)
            info = compare(ours, theirs, case, theirs.get_gold_action_sequence())
            assert info["success"]
            assert info["score"] == 1
        for case in RANDOM:
            compare(ours, theirs, case, [rng.randrange(10**6) for _ in range(6)])
    ours.close()


def test_episodes_side_by_side_are_those_played_alone():
    """One virtual machine plays them all; nothing of one game reaches another."""
    cases = [*GOLD, *RANDOM]
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
