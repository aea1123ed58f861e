"""Episodes that `verifiers` plays through a real server are those of `act` and `react`."""

import asyncio
import json

import pytest

from core.chat import Message, Request
from core.errors import SettingsError
from envs.text.cases import cases_of
from envs.text.scripted import ScriptedTextModel
from tests.planner.fake_server import Server, completion

verifiers = pytest.importorskip(
    "verifiers", reason="verifiers is not installed: make install-verifiers"
)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),  # of verifiers and what it imports
]


@pytest.fixture
def served():
    def answer(body):
        messages = tuple(Message(one["role"], one["content"]) for one in body["messages"])
        [reply] = ScriptedTextModel().chat([Request(messages)])
        return {
            "id": "1",
            "object": "chat.completion",
            "created": 0,
            "model": "m",
            **completion(reply.text),
        }

    server = Server()
    server.script = [answer]
    yield server
    server.stop()


@pytest.mark.parametrize(
    ("task", "method"), [("gripper", "react"), ("put", "act"), ("KeyInBox", "act")]
)
def test_the_scripted_model_plays_through_it(served, task, method, monkeypatch):
    from agents.verifiers_env import load_environment

    monkeypatch.setenv("OPENAI_API_KEY", "none")
    environment = load_environment(task, num_cases=2, method=method)
    assert [row["info"] for row in environment.get_dataset()] == [
        {"case": case} for case in cases_of(environment._task, number=2)
    ]
    client = verifiers.ClientConfig(api_base_url=served.url.removesuffix("/chat/completions"))
    results = environment.evaluate_sync(client, "m", num_examples=2)
    assert [output["reward"] for output in results["outputs"]] == [1.0, 1.0]


def test_an_answer_without_an_action_is_an_observation():
    from agents.verifiers_env import load_environment

    environment = load_environment("gripper", num_cases=1)
    state = {"info": {"case": "gripper/prob01"}}
    asyncio.run(environment.setup_state(state))
    answer = verifiers.AssistantMessage(content="I do not know.")
    [response] = asyncio.run(environment.env_response([answer], state))
    assert response["content"].startswith("Your answer could not be read: ")
    assert json.loads(json.dumps(response)) == response


@pytest.mark.parametrize(
    "wrong", [{"task": "all"}, {"task": "maze"}, {"split": "x"}, {"method": "x"}]
)
def test_what_does_not_exist_is_refused(wrong):
    from agents.verifiers_env import load_environment

    with pytest.raises(SettingsError):
        load_environment(**wrong)
