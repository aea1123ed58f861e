"""Explorations draw other answers in each step and case."""

from agents.eto.arena import SampledPolicy
from agents.react import make_policy
from core.settings import SftSettings
from core.task import TEXT_TASKS
from runner.text import History, Move, Turn

POLICY = make_policy("act", TEXT_TASKS["gripper"], SftSettings(save_name="x", task="gripper"))
BEGUN = History("a", (), "here")
WENT_ON = History("a", (Turn("here", "go", Move("go")),), "there")


def test_each_step_case_and_exploration_draws_by_numbers_of_its_own():
    histories = (BEGUN, WENT_ON, History("b", (), "here"))
    samples = [
        SampledPolicy(POLICY, number).request(history).sample
        for number in range(3)
        for history in histories
    ]
    assert len(set(samples)) == 9
    assert samples[0] == SampledPolicy(POLICY, 0).request(BEGUN).sample


def test_the_conversation_is_that_of_the_policy():
    assert SampledPolicy(POLICY, 1).request(WENT_ON).messages == POLICY.request(WENT_ON).messages
