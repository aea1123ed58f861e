"""Training with a planner behind a real socket: the same run, and nothing lost when it dies."""

from dataclasses import replace
from functools import partial

import pytest
import torch

from agents import when2ask
from agents.learn import Learner
from agents.storage import SavedModel
from core.chat import Message
from core.errors import PlannerError
from core.run import METRICS, MODEL, RunDirectory, read_lines
from core.task import find_task
from planner.build import build_planner
from planner.scripted import ScriptedModel
from tests.planner.conftest import Server, completion


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


def train(settings):
    planner = build_planner(settings, find_task(settings.task))
    make_method = partial(when2ask.make_asking, settings, planner)
    learner = Learner(settings, when2ask.NAME, when2ask.NUM_ACTIONS, make_method, planner)
    with RunDirectory(settings) as directory:
        learner.run(directory)
    return directory


def weights_of(directory):
    return SavedModel.load(directory.file(MODEL), "cpu").weights


def assert_same_weights(one, other):
    for name, weight in weights_of(one).items():
        assert torch.equal(weight, weights_of(other)[name]), name


def test_a_served_planner_that_says_the_same_gives_the_same_run(tiny, served):
    settings = tiny(task="KeyInBox")
    by_rules = train(replace(settings, save_name="rules"))
    by_server = train(replace(settings, save_name="server", planner="fastchat", llm_url=served.url))
    assert_same_weights(by_rules, by_server)
    last = read_lines(by_server.file(METRICS))[-1]
    # each distinct question cost one call, however often it was put
    questions = {body["messages"][-1]["content"] for _, _, body in served.asked}
    assert last["planner/llm_calls"] == len(served.asked) == len(questions)
    assert last["planner/questions"] == len(questions)


@pytest.mark.slow
def test_a_server_that_dies_costs_nothing_but_the_iteration(tiny, served):
    """It answers 8 questions and is gone; the run goes on with another server at another address."""
    settings = tiny(task="ColoredDoorKey", n_itr=4, planner="fastchat", llm_url=served.url)
    whole = train(replace(settings, save_name="whole"))

    mortal = Server()
    mortal.script = [scripted] * 8 + [(503, {}, b"gone")]
    with pytest.raises(PlannerError, match=r"after 5 tries: status 503: gone; .* --resume"):
        train(replace(settings, llm_url=mortal.url))
    mortal.stop()
    resumed = train(replace(settings, resume=True))
    assert_same_weights(whole, resumed)
