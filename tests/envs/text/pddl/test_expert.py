"""The planning expert's view of the world, from the texts alone."""

from core.task import find_text_tasks
from envs.text.pddl.expert import Expert
from runner.text import make_world


def test_what_a_refused_action_lacks_is_not_taken_for_true():
    """The ball is not held by the gripper and the robot is not in the room: two sentences after "not true"."""
    [task] = find_text_tasks("gripper")
    env = make_world(task)
    expert = Expert(env.reset(options={"case": "gripper/prob01"})[0])
    before = expert.act()
    refusal = env.step("drop ball3 in roomb from left")[0]
    assert refusal.endswith(
        "This is not true: The robot is in roomb. ball3 is held by gripper left."
    )
    expert.observe("drop ball3 in roomb from left", refusal)
    assert expert.act() == before
