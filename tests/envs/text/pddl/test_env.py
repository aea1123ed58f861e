"""The worlds as gymnasium environments, in the plain wording; `test_golden` holds the published one."""

import gymnasium
import pytest
from gymnasium.utils.env_checker import check_env
from hypothesis import given
from hypothesis import strategies as st

import envs  # noqa: F401 registers the ids
from core.errors import SettingsError
from core.task import PLANNING_DOMAINS
from envs.text.pddl.expert import Expert, read_problem
from envs.text.pddl.problems import difficulty, find_problem, published_cases
from envs.text.pddl.search import find_plan, mend_plan

PROB01 = {"case": "gripper/prob01"}


def make(domain, **kwargs):
    return gymnasium.make(f"{domain.capitalize()}-v0", **kwargs)


@pytest.mark.parametrize("texts", ["plain", "published"])
@pytest.mark.parametrize("domain", PLANNING_DOMAINS)
def test_gymnasium_accepts_it(domain, texts):
    check_env(make(domain, texts=texts).unwrapped, skip_render_check=True)


def test_many_at_once():
    worlds = gymnasium.make_vec("Gripper-v0", 3, vectorization_mode="sync")
    observations, _ = worlds.reset(seed=1)
    assert len(set(observations)) > 1


def test_the_first_observation_has_all_that_an_agent_needs():
    observation, info = make("gripper").reset(options=PROB01)
    _, objects, actions, task, situation = observation.split("\n")
    assert objects == (
        "Objects: ball ball1, ball2, ball3, ball4; gripper left, right; room rooma, roomb."
    )
    assert actions.startswith("Actions: move from ROOM to ROOM; pick up BALL in ROOM with GRIPPER;")
    assert task.endswith(
        "true: ball4 is in roomb. ball3 is in roomb. ball2 is in roomb. ball1 is in roomb."
    )
    assert situation == (
        "This is true now: Gripper left is free. Gripper right is free. The robot is in rooma. "
        "ball1 is in rooma. ball2 is in rooma. ball3 is in rooma. ball4 is in rooma."
    )
    assert info["score"] == 0
    assert not info["success"]


def test_the_score_is_the_best_share_of_the_goal_so_far():
    env = make("gripper")
    env.reset(options=PROB01)
    for action in (
        "pick up ball1 in rooma with left",
        "move from rooma to roomb",
        "drop ball1 in roomb from left",
        "pick up ball1 in roomb with right",
    ):
        observation, reward, terminated, _, info = env.step(action)
        assert info["is_valid"], observation
        assert info["score"] == (0.25 if action.startswith("drop") or "roomb with" in action else 0)
        assert reward == (0.25 if action.startswith("drop") else 0)
        assert not terminated
    assert "ball1 is held by gripper right." in observation  # what is held can be seen


@pytest.mark.parametrize(
    "action",
    [
        "Pick up ball2 in rooma with left.",
        "pick(ball2, rooma, left)",
        "PICK ball2 left rooma",
        "> with left, pick up the ball2 that is in rooma!",
    ],
)
def test_actions_are_read_in_many_forms(action):
    env = make("gripper")
    env.reset(options=PROB01)
    observation, *_, info = env.step(action)
    assert info["is_valid"]
    assert "ball2 is held by gripper left." in observation


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ("pick up ball1 in roomb with left", "ball1 is in roomb. The robot is in roomb."),
        ("drop ball1 in rooma from left", "ball1 is held by gripper left."),
        ("fly to the moon", "That is not an action with its objects."),
        ("pick up ball1", "That is not an action with its objects."),
        ("", "That is not an action with its objects."),
    ],
)
def test_a_refused_action_is_told_why(action, reason):
    env = make("gripper")
    env.reset(options=PROB01)
    before = env.unwrapped.admissible_commands()
    observation, reward, terminated, _, info = env.step(action)
    assert all(part in observation for part in reason.split(". "))
    assert (reward, terminated, info["is_valid"]) == (0, False, False)
    assert env.unwrapped.admissible_commands() == before


def test_queries_change_nothing():
    env = make("tyreworld")
    env.reset(options={"case": "tyreworld/p01"})
    observation, *_, info = env.step("Check valid actions.")
    assert observation == "Valid actions are: open boot, check valid actions"
    assert info["is_valid"]
    assert env.step("look around")[0].startswith("boot is closed.")


def test_goals_that_hold_at_the_start_count_at_once_but_not_in_the_published_wording():
    case = {"case": "blockworld/problem10"}
    assert make("blockworld").reset(options=case)[1]["score"] > 0
    assert make("blockworld", texts="published").reset(options=case)[1]["score"] == 0


@pytest.mark.parametrize("case", ["gripper/prob21", "gripper/", "generated/-1", "generated/x", ""])
def test_an_unknown_case_is_refused(case):
    with pytest.raises(SettingsError, match="gripper/prob01 to gripper/prob20"):
        make("gripper").reset(options={"case": case})


def test_unknown_texts_are_refused():
    with pytest.raises(SettingsError, match="plain, published"):
        make("gripper", texts="french")


@given(st.sampled_from(PLANNING_DOMAINS), st.integers(0, 10**6))
def test_a_seed_makes_one_problem_that_can_be_read_back_from_its_text(domain, seed):
    case = f"generated/{seed}"
    problem = find_problem.__wrapped__(domain, case).problem
    observation, info = make(domain).reset(options={"case": case})
    read = read_problem(observation)
    assert set(read.init) == set(problem.init)
    assert read.goal == problem.goal
    assert dict(read.objects) == dict(problem.objects)
    assert info["difficulty"] == difficulty(domain, case) > 0


@given(st.text(max_size=200))
def test_any_text_is_answered(action):
    for texts in ("plain", "published"):
        env = make("barman", texts=texts)
        env.reset(options={"case": "barman/p01"})
        observation, *_ = env.step(action)
        assert observation


def play(domain, case, max_steps=60):
    env = make(domain, max_episode_steps=max_steps)
    observation, info = env.reset(options={"case": case})
    expert, actions, is_over = Expert(observation), [], False
    while not is_over:
        actions.append(expert.act())
        observation, _, terminated, truncated, info = env.step(actions[-1])
        expert.observe(actions[-1], observation)
        is_over = terminated or truncated
    return actions, info


@pytest.mark.parametrize(
    ("case", "steps"), [("gripper/prob01", 11), ("tyreworld/p05", 8), ("blockworld/problem2", 6)]
)
def test_the_expert_plays_from_text_alone(case, steps):
    actions, info = play(case.split("/")[0], case)
    assert info["success"]
    assert len(actions) == steps


def test_the_expert_plans_again_after_a_surprise():
    env = make("gripper")
    expert = Expert(env.reset(options=PROB01)[0])
    expert.observe("move from rooma to roomb", env.step("move from rooma to roomb")[0])
    for _ in range(15):
        action = expert.act()
        observation, _, terminated, _, info = env.step(action)
        assert info["is_valid"]
        expert.observe(action, observation)
        if terminated:
            return
    pytest.fail("not solved")


def test_a_plan_is_mended_by_going_back_or_by_leaving_out_what_is_done():
    problem = find_problem("gripper", "gripper/prob01")
    plan = find_plan(problem)
    for surprise, length in ((problem.operator("move", ("rooma", "roomb")), 12), (plan[0], 10)):
        state = surprise.apply(problem.init)
        mended = mend_plan(problem, state, problem.init, plan)
        assert len(mended) == length
        for operator in mended:
            assert operator.is_applicable(state)
            state = operator.apply(state)
        assert problem.progress(state) == 1


@pytest.mark.slow
@pytest.mark.parametrize("domain", PLANNING_DOMAINS)
def test_plans_are_found_for_all_published_problems(domain):
    for case in published_cases(domain):
        problem = find_problem(domain, case)
        plan = find_plan(problem)
        assert plan is not None, case
        state = problem.init
        for operator in plan:
            assert operator.is_applicable(state)
            state = operator.apply(state)
        assert problem.progress(state) == 1
        assert len(plan) >= difficulty(domain, case)


@pytest.mark.slow
def test_plans_for_gripper_are_the_shortest():
    # two balls a trip: 2 actions for each ball, and the trips
    lengths = [
        11, 17, 23, 29, 35, 10, 16, 16, 26, 29, 30, 12, 11, 12, 36, 35, 34, 18, 16, 30,
    ]  # fmt: skip
    found = [find_plan(find_problem("gripper", case)) for case in published_cases("gripper")]
    assert [len(plan or ()) for plan in found] == lengths
