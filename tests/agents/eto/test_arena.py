"""Each exploration draws other answers."""

from agents.eto.arena import SampledPolicy
from agents.react import make_policy
from core.settings import SftSettings
from core.task import TEXT_TASKS
from runner.text import History, Move, Turn

POLICY = make_policy("act", TEXT_TASKS["gripper"], SftSettings(save_name="x", task="gripper"))
BEGUN = History("a", (), "here")
WENT_ON = History("a", (Turn("here", "go", Move("go")),), "there")


def test_each_exploration_asks_for_samples_of_its_own():
    samples = [SampledPolicy(POLICY, number).request(BEGUN).sample for number in range(1, 4)]
    assert samples == [1, 2, 3]


def test_the_conversation_is_that_of_the_policy():
    assert SampledPolicy(POLICY, 1).request(WENT_ON).messages == POLICY.request(WENT_ON).messages
