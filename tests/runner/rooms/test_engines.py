"""The two engines give the same results, step by step."""

import subprocess
import sys
from dataclasses import asdict, replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import SettingsError
from core.rooms.plan import KINDS, MAX_SUB_GOALS, ObjectName, Skill, SubGoal
from core.settings import EvalSettings
from core.task import ROOMS, TASKS, RoomTask
from envs.batched.engine import PARALLEL_FROM, is_compiled
from mediator.features import FEATURES
from mediator.policies import ASK_POLICIES
from runner.rooms.batched import BatchedEngine, knows_skills
from runner.rooms.build import make_engine
from runner.rooms.player import evaluate_policy
from runner.rooms.reference import ReferenceEngine
from tests.tasks import BATCHED_TASKS

COLORS = ("red", "green", "blue", "purple", "yellow", "grey")
ONE = np.zeros(1, dtype=np.int64)

names = st.builds(ObjectName, st.sampled_from(KINDS), st.none() | st.sampled_from(COLORS))
sub_goals = st.just(SubGoal(Skill.EXPLORE)) | st.builds(
    SubGoal, st.sampled_from([skill for skill in Skill if skill]), st.none() | names
)
wild_plans = st.lists(sub_goals, max_size=MAX_SUB_GOALS).map(tuple)
decisions = st.sampled_from(["continue", "ask"]) | wild_plans


def assert_same_situation(one, other, question_of):
    here, there = one.observe(ONE), other.observe(ONE)
    for name in ("options", "plans", "are_finished", "steps_in_option"):
        assert getattr(here, name).tolist() == getattr(there, name).tolist(), name
    assert here.features().dtype == there.features().dtype == np.int8
    assert (here.features() == there.features()).all()
    scenes = [rooms.scene(at.questions[0].item()) for rooms, at in ((one, here), (other, there))]
    assert scenes[0] == scenes[1]
    # equal scenes have equal numbers, and other scenes others
    for rooms, at, scene in zip((one, other), (here, there), scenes, strict=True):
        known = question_of[rooms].setdefault(scene, at.questions[0].item())
        assert known == at.questions[0].item()


@pytest.mark.parametrize("skills", ["paper", "frontier"])
@pytest.mark.parametrize("task", BATCHED_TASKS)
@settings(max_examples=settings.default.max_examples // 6)  # an example is a whole episode, twice
@given(
    seed=st.integers(0, 2**31 - 1),
    asking=st.lists(decisions, min_size=1, max_size=12),
    features=st.sampled_from(sorted(FEATURES)),
    kind=st.sampled_from(sorted(ROOMS)),
)
def test_step_by_step(make_rooms, make_method, task, skills, seed, asking, features, kind):
    """Asking in any pattern, with the planner's plans and with wild ones in between."""
    engines = [
        make_rooms(task, features=features, skills=skills, engine=engine, rooms=kind)
        for engine in ("readable", "batched")
    ]
    methods = [make_method(rooms) for rooms in engines]
    question_of = {rooms: {} for rooms in engines}
    for rooms in engines:
        rooms.reset(ONE, np.array([seed]))
    for step in range(engines[0].max_steps):
        assert_same_situation(*engines, question_of)
        decision = asking[step % len(asking)]
        outcomes = []
        for rooms, method in zip(engines, methods, strict=True):
            at = rooms.observe(ONE)
            plans = method.act(at, np.array([int(decision == "ask")])).plans
            if isinstance(decision, tuple):
                plans = np.array([rooms.plan_ids.id_of(decision)])
            outcomes.append(rooms.step(ONE, plans))
        one, other = outcomes
        for name in ("actions", "skills", "rewards", "terminated", "truncated"):
            assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
        if one.terminated or one.truncated:
            break
    assert one.terminated or one.truncated
    assert_same_situation(*engines, question_of)


@pytest.mark.slow  # the step-by-step test implies it
@pytest.mark.parametrize("skills", ["paper", "frontier"])
@pytest.mark.parametrize("policy", ASK_POLICIES)
@pytest.mark.parametrize("task", BATCHED_TASKS)
def test_whole_evaluations(play_policy, task, policy, skills):
    """Equal episodes, with the text of every question and answer."""
    readable, batched = (
        play_policy(policy, range(100, 120), task=task, skills=skills, num_rooms=6, engine=engine)
        for engine in ("readable", "batched")
    )
    assert readable == batched


def test_many_rooms_on_all_cores_equal_few_on_one(make_rooms, make_method):
    """From `PARALLEL_FROM` rooms on several threads step them; 300 rooms have one."""
    rollouts = []
    for num_rooms in (PARALLEL_FROM, 300):
        rooms = make_rooms("ColoredDoorKey", num_rooms, engine="batched")
        rollouts.append(
            evaluate_policy(rooms, ASK_POLICIES["random"](), make_method(rooms), 0, range(2100))
        )
    many, few = rollouts
    for name in ("lengths", "terminated", "truncated", "actions", "rewards", "asked", "costs"):
        assert (getattr(many, name) == getattr(few, name)).all(), name


def test_auto_takes_the_batched_engine_if_it_is_compiled(make_rooms):
    make_rooms(engine="batched").warm_up()
    assert is_compiled(10)
    assert not is_compiled(11)
    settings = EvalSettings(save_name="test")
    assert settings.engine == "auto"
    chosen = make_engine(settings, "delta_inventory", 2, is_worth_compiling=False)
    assert isinstance(chosen, BatchedEngine)
    readable = replace(settings, engine="readable")
    assert isinstance(
        make_engine(readable, "delta_inventory", 2, is_worth_compiling=True), ReferenceEngine
    )


WARM_UP = """
import numpy as np
from runner.rooms.batched import BatchedEngine, planes_of
from core.task import TASKS

def make(features):
    return BatchedEngine(TASKS["KeyInBox"], 1, "paper", features)

make("delta_codes").warm_up()
print(len(planes_of.signatures))
for features in ("counts", "delta_scene", "delta_inventory", "full_map", "delta_planes"):
    make(features).observe(np.zeros(1, dtype=np.int64)).features()
print(len(planes_of.signatures))
"""


def test_warm_up_compiles_all_feature_sets():
    """In a process that has compiled nothing; the paper's difference needs no compiled code."""
    done = subprocess.run(
        [sys.executable, "-c", WARM_UP], capture_output=True, text=True, timeout=300, check=True
    )
    assert done.stdout.split() == ["1", "1"]


def test_a_task_without_compiled_code_names_the_other_engine():
    with pytest.raises(
        SettingsError, match=r"knows no Maze, only SimpleDoorKey, .*--engine readable"
    ):
        BatchedEngine(RoomTask("Maze", "envs.maze:MazeEnv"), 1, "paper", "delta_planes")


def test_skills_without_compiled_code_take_the_reference_engine():
    """No other skills are carried out instead."""
    assert knows_skills("paper")
    assert knows_skills("frontier")
    assert not knows_skills("mine")
    with pytest.raises(SettingsError, match=r"does not know all skills of 'mine'.*readable"):
        BatchedEngine(TASKS["KeyInBox"], 1, "mine", "delta_planes")
    # flags allow no unknown set, so these are no EvalSettings
    mine = SimpleNamespace(**{**asdict(EvalSettings(save_name="test")), "skills": "mine"})
    # the reference engine's error: it was chosen
    with pytest.raises(SettingsError, match="unknown skill set 'mine'"):
        make_engine(mine, "delta_inventory", 2, is_worth_compiling=True)


def test_a_step_changes_only_its_own_rooms(make_rooms):
    for engine in ("readable", "batched"):
        rooms = make_rooms(num_rooms=3, engine=engine)
        rooms.reset(np.arange(3), np.array([4, 5, 6]))
        plan = rooms.plan_ids.id_of((SubGoal(Skill.EXPLORE),))
        before = rooms.observe(np.arange(3)).features().copy()
        rooms.step(np.array([2, 0]), np.array([plan, plan]))
        at = rooms.observe(np.arange(3))
        assert at.plans.tolist() == [plan, -1, plan]
        assert at.steps_in_option.tolist() == [1, 0, 1]
        assert (at.features()[1] == before[1]).all()


@pytest.mark.parametrize("features", sorted(FEATURES))
@pytest.mark.parametrize("engine", ["readable", "batched"])
def test_features_are_of_the_moment_of_the_observation_or_refused(make_rooms, engine, features):
    """What was read before a step stays; what was not read is an error after it, and after a reset."""
    rooms = make_rooms(num_rooms=2, engine=engine, features=features)
    both = np.arange(2)
    rooms.reset(both, np.array([4, 5]))
    explore = np.full(2, rooms.plan_ids.id_of((SubGoal(Skill.EXPLORE),)))
    read, unread = rooms.observe(both), rooms.observe(both)
    before = read.features().copy()
    rooms.step(both, explore)
    assert (read.features() == before).all()
    with pytest.raises(RuntimeError, match="moved"):
        unread.features()
    later = rooms.observe(both)
    rooms.reset(both[:1], np.array([6]))
    with pytest.raises(RuntimeError, match="moved"):
        later.features()
