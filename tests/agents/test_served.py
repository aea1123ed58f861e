"""Training with a planner behind a real socket: the same run, and nothing lost when it dies."""

from dataclasses import replace

import pytest

from core.chat import Message
from core.errors import PlannerError
from core.run import METRICS, read_lines
from planner.scripted import ScriptedModel
from tests.agents.training import assert_same_weights, train, weights_of
from tests.planner.loopback import Server, completion


def scripted(body):
    """The scripted planner behind HTTP."""
    messages = [Message(**message) for message in body["messages"]]
    return completion(ScriptedModel().chat(messages).text, prompt_tokens=100, completion_tokens=10)


@pytest.fixture
def served():
    server = Server()
    server.script = [scripted]
    yield server
    server.stop()


def test_a_served_planner_that_says_the_same_gives_the_same_run(tiny, served):
    settings = tiny(task="KeyInBox")
    _, by_rules = train(replace(settings, save_name="rules"))
    _, by_server = train(
        replace(settings, save_name="server", planner="fastchat", llm_url=served.url)
    )
    assert_same_weights(weights_of(by_rules), weights_of(by_server))
    last = read_lines(by_server.file(METRICS))[-1]
    # each distinct question cost one call, however often it was put
    questions = {body["messages"][-1]["content"] for _, _, body in served.asked}
    assert last["planner/llm_calls"] == len(served.asked) == len(questions)
    assert last["planner/questions"] == len(questions)


@pytest.mark.slow
def test_a_server_that_dies_costs_nothing_but_the_iteration(tiny, served):
    """It answers 8 questions and is gone; the run goes on with another server at another address."""
    settings = tiny(task="ColoredDoorKey", n_itr=4, planner="fastchat", llm_url=served.url)
    _, whole = train(replace(settings, save_name="whole"))

    mortal = Server()
    mortal.script = [scripted] * 8 + [(503, {}, b"gone")]
    with pytest.raises(PlannerError, match=r"after 5 tries: status 503: gone; .* --resume"):
        train(replace(settings, llm_url=mortal.url))
    mortal.stop()
    _, resumed = train(replace(settings, resume=True))
    assert_same_weights(weights_of(whole), weights_of(resumed))
