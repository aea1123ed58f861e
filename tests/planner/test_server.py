"""A served language model: what is sent, what is read, and what happens when things go wrong."""

import time

import pytest
from fastchat.protocol.openai_api_protocol import ChatCompletionRequest, ChatCompletionResponse

from core.chat import Message
from core.errors import PlannerError
from core.settings import RunSettings
from core.task import TASKS
from planner.build import build_planner
from planner.prompt import load_prompt
from planner.server import KEY_VARIABLE, MAX_TRIES, ServerModel
from tests.planner.loopback import completion

QUESTION = [Message("system", "You plan."), Message("user", "observation: {observed a key}")]


def make(server, **changes):
    return ServerModel(server.url, **{"model": "vicuna", "pause": 0.001, "timeout": 0.5, **changes})


def test_an_answer_is_read_with_what_it_cost(server):
    server.script = [completion("{explore}", prompt_tokens=40, completion_tokens=5)]
    reply = make(server).chat(QUESTION)
    assert reply.text == "{explore}"
    assert (reply.llm_calls, reply.prompt_tokens, reply.completion_tokens) == (1, 40, 5)
    assert 0 < reply.seconds < 5


def test_a_server_that_counts_no_tokens_will_do(server):
    server.script = [{**completion("{explore}"), "usage": None}]
    assert make(server).chat(QUESTION).prompt_tokens == 0


def test_every_request_carries_the_whole_conversation(server):
    model = make(server, temperature=0.0, max_tokens=64)
    for _ in range(2):
        model.chat(QUESTION)
    for path, _, body in server.asked:
        assert path == "/v1/chat/completions"
        assert body == {
            "model": "vicuna",
            "messages": [message.to_json() for message in QUESTION],
            "temperature": 0.0,
            "max_tokens": 64,
        }


def test_a_seed_is_sent_where_there_is_chance(server):
    make(server, temperature=0.7, seed=3).chat(QUESTION)
    assert server.asked[0][2]["seed"] == 3


def test_fastchat_understands_the_request_and_we_its_response(server):
    """Their own classes: a field they do not know, or another type, would be an error here."""
    make(server).chat([*load_prompt(TASKS["ColoredDoorKey"]).messages, *QUESTION[1:]])
    request = ChatCompletionRequest.model_validate(server.asked[0][2])
    assert request.messages[-1]["content"] == QUESTION[1].content
    choice = {"index": 0, "message": {"role": "assistant", "content": "{go to the key}"}}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    theirs = ChatCompletionResponse(model="vicuna", choices=[choice], usage=usage)
    server.script = [theirs.model_dump()]
    reply = make(server).chat(QUESTION)
    assert (reply.text, reply.prompt_tokens, reply.completion_tokens) == ("{go to the key}", 7, 3)


def test_without_a_name_the_first_model_served_is_asked(server):
    model = make(server, model="")
    model.chat(QUESTION)
    assert server.asked[0][2]["model"] == "served"
    assert model.name == f"served at {server.url}"


def test_a_server_without_a_model_is_one_line_that_says_what_to_do(server):
    server.models = []
    with pytest.raises(PlannerError, match=r"/v1/models names no model: give one with --llm_model"):
        make(server, model="").chat(QUESTION)


def test_the_key_comes_from_the_environment_and_goes_nowhere_else(server, monkeypatch):
    make(server).chat(QUESTION)
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    model = make(server)
    model.chat(QUESTION)
    keys = [headers.get("Authorization") for _, headers, _ in server.asked]
    assert keys == [None, "Bearer secret"]
    assert "secret" not in model.name


@pytest.mark.parametrize(
    "fault",
    [
        (500, {}, b"out of memory"),
        (503, {}, b""),
        (429, {"Retry-After": "0"}, b"slow down"),
        (200, {}, b"<html>a proxy's page</html>"),
        (200, {}, b'{"choices": []}'),
        (200, {}, b"[1, 2]"),
        (200, {}, b'{"choices": [{"message": {"content": null}}]}'),
        "cut off",
        "hang",
    ],
    ids=str,
)
def test_a_fault_that_passes_is_waited_out(server, fault):
    server.script = [fault, fault, completion("{explore}")]
    assert make(server, timeout=0.1).chat(QUESTION).text == "{explore}"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ((500, {}, b"out of\nmemory"), "status 500: out of memory"),
        ((200, {}, b"hello"), "not JSON: hello"),
        ((200, {}, b'{"error": "busy"}'), "no completion: {'error': 'busy'}"),
        ("hang", "timed out"),
    ],
    ids=str,
)
def test_a_fault_that_stays_is_one_line_with_the_address_and_the_last_answer(server, fault, words):
    server.script = [fault]
    with pytest.raises(PlannerError) as error:
        make(server, timeout=0.1).chat(QUESTION)
    message = str(error.value)
    assert message.startswith(f"no answer from {server.url} after {MAX_TRIES} tries: ")
    assert words in message
    assert "\n" not in message
    assert len(server.asked) == MAX_TRIES


def test_a_refused_question_is_not_put_again(server):
    server.script = [(400, {}, b'{"message": "the context is too long"}')]
    with pytest.raises(PlannerError, match=r"status 400: .*the context is too long"):
        make(server).chat(QUESTION)
    assert len(server.asked) == 1


def test_nobody_there(server):
    model = make(server)
    server.stop()
    with pytest.raises(PlannerError, match=r"after 5 tries: ConnectionError"):
        model.chat(QUESTION)


@pytest.mark.parametrize("url", ["localhost:8000/v1", "nonsense", "http://"])
def test_an_address_that_is_none(url):
    with pytest.raises(PlannerError, match="is no address"):
        ServerModel(url, "vicuna", pause=0.001).chat(QUESTION)


def test_pauses_grow_and_a_server_may_ask_for_longer_ones(server):
    """0.02, 0.04, 0.08 s, each by half as much either way; then 1 s that the server asks for."""
    server.script = [(500, {}, b"")] * 3 + [completion("{explore}")]
    started = time.monotonic()
    make(server, pause=0.02).chat(QUESTION)
    assert time.monotonic() - started >= 0.07
    server.script = [(429, {"Retry-After": "1"}, b""), completion("{explore}")]
    started = time.monotonic()
    make(server).chat(QUESTION)
    assert time.monotonic() - started >= 1


def test_the_flags_choose_it(server):
    settings = RunSettings(
        save_name="x", planner="fastchat", llm_url=server.url, llm_model="v", max_tokens=9
    )
    planner = build_planner(settings, TASKS["SimpleDoorKey"])
    assert planner.answer("observation: {observed nothing}").text == "{explore}"
    body = server.asked[0][2]
    assert (body["model"], body["max_tokens"]) == ("v", 9)
    assert body["messages"][0]["role"] == "system"
    # the same question is never paid for twice
    assert planner.answer("observation: {observed nothing}").llm_calls == 0
    assert len(server.asked) == 1
