"""Each exploration draws other answers; what the model refuses is said."""

from agents.eto.sampled_policy import SampledPolicy
from agents.eto.tuning_run import in_run
from agents.react import make_policy
from core.settings import SftSettings
from core.task import TEXT_TASKS
from planner.openai_client import ServerModel
from runner.text import History, Move, Turn

POLICY = make_policy("act", TEXT_TASKS["gripper"], SftSettings(save_name="x", task="gripper"))
BEGUN = History("a", (), "here")
WENT_ON = History("a", (Turn("here", "go", Move("go")),), "there")


def test_each_exploration_asks_for_samples_of_its_own():
    samples = [SampledPolicy(POLICY, number).request(BEGUN).sample for number in range(1, 4)]
    assert samples == [1, 2, 3]


def test_the_conversation_is_that_of_the_policy():
    assert SampledPolicy(POLICY, 1).request(WENT_ON).messages == POLICY.request(WENT_ON).messages


def test_refused_conversations_are_said(server, tmp_path, capfd):
    """Of two cases, in which the model accepts nothing."""
    server.script = [(400, {}, b'{"error": "too long"}')]
    settings = SftSettings(save_name="x", task="gripper", logdir=str(tmp_path))
    with in_run("sft", settings) as run:
        cases = run.cases("test", 2)
        run.show(run.play("played", ServerModel(server.url, "m"), cases, "eval"))
    said = capfd.readouterr().out
    assert "played: 2 cases, 0 % solved" in said
    assert said.endswith("2 conversations refused by the model, for example as too long\n")
