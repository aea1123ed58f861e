"""A served language model: requests, responses and errors."""

import threading
import time

import pytest
from fastchat.protocol.openai_api_protocol import (
    ChatCompletionRequest,
    ChatCompletionResponse,
    CompletionRequest,
    CompletionResponse,
)

from core.chat import Message, Request, Sampling
from core.errors import (
    ModelError,
    ModelMissing,
    ModelRefused,
    ModelUnavailable,
    ResponseMalformed,
    ServerNotRunning,
    SettingsError,
)
from core.settings import RunSettings
from core.task import TASKS
from planner.build import build_planner
from planner.chat import seed_of
from planner.openai_client import KEY_VARIABLE, ServerModel
from planner.prompt import load_prompt
from planner.server.address import Address
from planner.server.retries import MAX_TRIES
from tests.planner.fake_server import completion, scores
from tests.planner.helpers import answer, one

QUESTION = [Message("system", "You plan."), Message("user", "observation: {observed a key}")]


def make(server, **changes):
    return ServerModel(
        server.url, **{"model": "vicuna", "backoff": 0.001, "timeout": 10, **changes}
    )


def test_an_answer_is_read_with_its_usage(server):
    server.script = [completion("{explore}", prompt_tokens=40, completion_tokens=5)]
    reply = one(make(server), *QUESTION)
    assert reply.text == "{explore}"
    assert (reply.usage.llm_calls, reply.usage.prompt_tokens, reply.usage.completion_tokens) == (
        1,
        40,
        5,
    )
    assert 0 < reply.usage.seconds < 5


def test_a_server_may_omit_token_counts(server):
    server.script = [{**completion("{explore}"), "usage": None}]
    assert one(make(server), *QUESTION).usage.prompt_tokens == 0


def test_control_characters_and_lone_surrogates_are_removed(server):
    """Half a character, which JSON can spell, and a command to the terminal."""
    server.script = [
        (200, {}, b'{"choices": [{"message": {"content": "\\u001b[2J{explore\\ud800}"}}]}')
    ]
    assert one(make(server), *QUESTION).text == "[2J{explore}"


def test_every_request_carries_the_whole_conversation(server):
    model = make(server)
    for _ in range(2):
        one(model, *QUESTION, sampling=Sampling(max_tokens=64))
    for path, _, body in server.asked:
        assert path == "/v1/chat/completions"
        assert body == {
            "model": "vicuna",
            "messages": [message.to_json() for message in QUESTION],
            "temperature": 0.0,
            "max_tokens": 64,
        }


def test_each_sample_of_each_seed_has_its_own_seed():
    requests = [Request((), (), n, Sampling(seed=seed)) for seed in range(30) for n in range(30)]
    seeds = set(map(seed_of, requests))
    assert len(seeds) == 900
    assert all(0 <= seed < 2**31 for seed in seeds)


def test_a_seed_is_sent_where_answers_are_random(server):
    sampling = Sampling(temperature=0.7, seed=3)
    model = make(server)
    for sample in (0, 4):
        one(model, *QUESTION, sample=sample, sampling=sampling)
    sent = [body["seed"] for _, _, body in server.asked]
    assert sent == [seed_of(Request((), (), sample, sampling)) for sample in (0, 4)]
    assert [body["temperature"] for _, _, body in server.asked] == [0.7, 0.7]


def test_stop_texts_are_sent(server):
    one(make(server), *QUESTION, sampling=Sampling(stop=("\n", "}")))
    assert server.asked[0][2]["stop"] == ["\n", "}"]


def test_request_and_response_fit_fastchat_s_own_classes(server):
    """Their own classes: a field they do not know, or another type, would be an error here."""
    sampling = Sampling(temperature=0.7, max_tokens=9, stop=("}",), seed=2)
    messages = [*load_prompt(TASKS["ColoredDoorKey"]).messages, *QUESTION[1:]]
    one(make(server), *messages, sample=1, sampling=sampling)
    request = ChatCompletionRequest.model_validate(server.asked[0][2])
    assert request.messages[-1]["content"] == QUESTION[1].content
    choice = {"index": 0, "message": {"role": "assistant", "content": "{go to the key}"}}
    usage = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
    theirs = ChatCompletionResponse(model="vicuna", choices=[choice], usage=usage)
    server.script = [theirs.model_dump()]
    reply = one(make(server), *QUESTION)
    assert (reply.text, reply.usage.prompt_tokens, reply.usage.completion_tokens) == (
        "{go to the key}",
        7,
        3,
    )


def test_invalid_keys_are_refused_and_not_shown(server, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, " secret\r\n")  # a file of Windows
    one(make(server), *QUESTION)
    assert server.asked[0][1]["Authorization"] == "Bearer secret"
    monkeypatch.setenv(KEY_VARIABLE, "sec\rret")
    with pytest.raises(SettingsError, match=f"^{KEY_VARIABLE} holds characters that no key has$"):
        make(server)


def test_a_server_that_ignores_echo_cannot_rank(server):
    logprobs = {"text_offset": [0], "token_logprobs": [-1.0], "tokens": ["x"]}
    server.script = [{"choices": [{"text": "x", "logprobs": logprobs}]}]
    with pytest.raises(SettingsError, match="no log-probabilities of the prompt"):
        one(make(server), *QUESTION, choices=("{explore}", "{go to the key}"))


def test_without_a_name_the_first_served_model_is_used(server):
    model = make(server, model="")
    one(model, *QUESTION)
    assert server.asked[0][2]["model"] == "served"
    assert model.name == f"served at {server.url}"


def test_a_list_of_models_may_stand_alone(server):
    server.models = (200, {}, b'[{"id": "first"}, {"id": "second"}]')
    assert make(server, model="").served_model() == "first"


def test_a_missing_key_is_named(server):
    server.script = [(401, {}, b"who are you?")]
    for ask in (lambda: one(make(server), *QUESTION), make(server, model="").served_model):
        with pytest.raises(ModelRefused, match=r"; its key is read from OPENAI_API_KEY$"):
            ask()
        server.models = (401, {}, b"who are you?")


def test_a_server_without_a_model_is_one_line_that_says_what_to_do(server):
    server.models = []
    with pytest.raises(ModelMissing, match=r"names no model .*: give one with --llm_model"):
        one(make(server, model=""), *QUESTION)


@pytest.mark.parametrize(
    "response",
    [(404, {}, b""), (405, {}, b""), (501, {}, b""), (200, {}, b"<html>"), (200, {}, b"[]"), (200, {}, b'{"data": 5}'),
     (200, {}, b'{"data": [5, {"id": 5}]}'), (200, {}, b'{"data": [{}]}'), (204, {}, b"")],
    ids=str,
)  # fmt: skip
def test_a_server_that_lists_no_models_needs_a_name_and_is_asked_once(server, response, capsys):
    server.models = response
    with pytest.raises(
        ModelMissing, match=r"the server names no model \(.+\): give one with --llm_model"
    ):
        make(server, model="").served_model()
    assert capsys.readouterr().err == ""


def test_a_list_of_models_that_is_refused_or_out_of_reach_is_what_it_is(server):
    for response, kind in (((401, {}, b"no"), ModelRefused), ((503, {}, b"no"), ModelUnavailable)):
        server.models = response
        with pytest.raises(kind, match=f"status {response[0]}.*: no"):
            make(server, model="").served_model()


@pytest.mark.parametrize(
    ("models", "words"),
    [
        ([{"id": "a"}, {"id": "b"}], "not here; with --llm_model it offers a, b$"),
        (
            [{"id": "vicuna"}],
            "not here; --llm_url has the form http://HOST:PORT/v1/chat/completions$",
        ),
        ([], "not here; --llm_url has the form http://HOST:PORT/v1/chat/completions$"),
        ((404, {}, b""), "not here; --llm_url has the form http://HOST:PORT/v1/chat/completions$"),
    ],
)
def test_a_404_says_what_to_do(server, models, words):
    server.script, server.models = [(404, {}, b"not here")], models
    with pytest.raises(ModelRefused, match=words):
        one(make(server), *QUESTION)
    assert len(server.asked) == 1


def test_a_server_that_cannot_rank_says_so(server):
    server.script = [(400, {}, b"echo is not supported")]
    with pytest.raises(
        ModelRefused, match=r"a server that cannot rank needs --planner_mode generate$"
    ):
        one(make(server), *QUESTION, choices=("{explore}", "{go to the key}"))


def test_odd_token_counts_are_said_once(server, capsys):
    server.script = [completion("{explore}", prompt_tokens="n/a", completion_tokens=3)]
    model = make(server)
    usages = [one(model, *QUESTION).usage for _ in range(2)]
    assert [(usage.prompt_tokens, usage.completion_tokens) for usage in usages] == [(0, 3), (0, 3)]
    assert capsys.readouterr().err == (
        "the server counts no tokens ({'prompt_tokens': 'n/a', 'completion_tokens': 3}): "
        "what is no count is taken as 0\n"
    )


def test_each_failed_try_is_said_with_the_time_of_the_next_one(server, capsys):
    server.script = [(503, {"Retry-After": "0.01"}, b"busy"), completion("{explore}")]
    one(make(server), *QUESTION)
    assert capsys.readouterr().err == (
        f"try 1 of 5 at {server.url} failed: status 503: busy; the next one is in 0.0 s\n"
    )


def test_requests_that_fail_together_say_so_once(server, capsys):
    all_four = threading.Barrier(4)

    def fail(body):
        all_four.wait(5)
        server.script = [completion("{explore}")]
        return (503, {"Retry-After": "0.5"}, b"busy")

    server.script = [fail]
    assert len(list(make(server, in_flight=4).chat(questions(*"abcd")))) == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_the_key_comes_from_the_environment_and_is_written_nowhere(server, monkeypatch):
    one(make(server), *QUESTION)
    monkeypatch.setenv(KEY_VARIABLE, "secret")
    model = make(server)
    one(model, *QUESTION)
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
        "cut off",
        "hang",
    ],
    ids=str,
)
def test_a_transient_error_is_retried(server, fault):
    server.script = [fault, fault, completion("{explore}")]
    assert one(make(server, timeout=0.1), *QUESTION).text == "{explore}"
    assert len(server.asked) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 200_000,
        b'{"choices": ' + b"9" * 5000 + b"}",
    ],
    ids=lambda body: body[-30:].decode(),
)
def test_a_malformed_body_is_retried(server, body):
    """What Python's parser gives up on."""
    server.script = [(200, {}, body), completion("{explore}")]
    assert one(make(server), *QUESTION).text == "{explore}"
    assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        ((500, {}, b"out of\nmemory"), ModelUnavailable, "status 500: out of memory"),
        ((200, {}, b"hello"), ResponseMalformed, "not JSON: hello"),
        ((200, {}, b'{"error": "busy"}'), ResponseMalformed, "the server says: busy"),
        ("hang", ModelUnavailable, "timed out"),
    ],
    ids=str,
)
def test_after_the_last_try_the_error_has_kind_url_and_last_response(server, fault, kind, words):
    server.script = [fault]
    with pytest.raises(ModelError) as error:
        one(make(server, timeout=0.1), *QUESTION)
    assert type(error.value) is kind
    assert (error.value.url, error.value.tries) == (server.url, MAX_TRIES)
    assert ("status 500" in words) == (error.value.status == 500)
    message = str(error.value)
    assert message.startswith(f"no answer from {server.url} after {MAX_TRIES} tries: ")
    assert words in message
    assert "\n" not in message
    assert len(server.asked) == MAX_TRIES


def test_a_refused_request_is_not_retried(server):
    server.script = [(400, {}, b'{"message": "the context is too long"}')]
    with pytest.raises(ModelRefused, match=r"status 400: .*the context is too long") as error:
        one(make(server), *QUESTION)
    assert (error.value.url, error.value.status, error.value.tries) == (server.url, 400, 1)
    assert len(server.asked) == 1


@pytest.mark.parametrize("name", ["vicuna", ""])
def test_a_server_that_does_not_run_is_unavailable_and_the_command_that_starts_one_is_said(
    server, name
):
    """The test's server has a port of its own; without a name of a model its list is asked for first."""
    model = ServerModel(server.url, name, backoff=0.001)
    server.stop()
    with pytest.raises(ServerNotRunning) as error:
        one(model, *QUESTION)
    assert str(error.value).endswith(
        "after 5 tries: no connection: Connection refused; python main.py serve --port "
        f"{Address.parse(server.url).port} starts a server there, --llm_url names another one"
    )
    assert error.value.tries == MAX_TRIES


def test_no_command_is_said_where_serve_would_not_answer(server):
    """It speaks no TLS."""
    model = ServerModel(server.url.replace("http:", "https:"), "vicuna", backoff=0.001)
    server.stop()
    with pytest.raises(ServerNotRunning, match=r"Connection refused$"):
        one(model, *QUESTION)


def test_backoff_doubles_and_retry_after_is_respected(server):
    """0.02, 0.04, 0.08 s, each by half as much either way; then 0.2 s that the server asks for."""
    server.script = [(500, {}, b"")] * 3 + [completion("{explore}")]
    started = time.monotonic()
    one(make(server, backoff=0.02), *QUESTION)
    assert time.monotonic() - started >= 0.07
    server.script = [(429, {"Retry-After": "0.2"}, b""), completion("{explore}")]
    started = time.monotonic()
    one(make(server), *QUESTION)
    assert time.monotonic() - started >= 0.2


def test_the_settings_reach_the_server(server):
    settings = RunSettings(
        save_name="x", planner="fastchat", llm_url=server.url, llm_model="v", max_tokens=9,
        stop=("}",), temperature=0.5, seed=6, answer_store="none",
    )  # fmt: skip
    planner = build_planner(settings, TASKS["SimpleDoorKey"])
    assert answer(planner, "observation: {observed nothing}").text == "{explore}"
    body = server.asked[0][2]
    assert (body["model"], body["max_tokens"], body["stop"]) == ("v", 9, ["}"])
    assert (body["temperature"], body["seed"]) == (
        0.5,
        seed_of(Request((), sampling=Sampling(seed=6))),
    )
    assert body["messages"][0]["role"] == "system"


def questions(*texts):
    return [Request((Message("user", text),)) for text in texts]


def test_in_flight_requests_are_sent_together(server):
    """No request is answered before four have arrived: one after the other, all would time out."""
    all_four = threading.Barrier(4)

    def answer_together(body):
        all_four.wait(timeout=5)
        return completion(body["messages"][-1]["content"])

    server.script = [answer_together]
    model = make(server, in_flight=4)
    replies = model.chat(questions(*"abcdefgh"))
    assert [reply.text for reply in replies] == list("abcdefgh")
    assert len(server.asked) == 8  # none was late, and put again


def test_no_more_than_in_flight_requests_are_sent_together(server):
    lock = threading.Lock()
    under_way = []
    most = []

    def count(body):
        with lock:
            under_way.append(body)
            most.append(len(under_way))
        server.let_go.wait(0.02)
        with lock:
            under_way.remove(body)
        return completion("{explore}")

    server.script = [count]
    assert len(list(make(server, in_flight=3).chat(questions(*"abcdefgh")))) == 8
    assert max(most) <= 3
    most.clear()
    assert len(list(make(server, in_flight=1).chat(questions(*"abcd")))) == 4
    assert max(most) == 1


def test_replies_come_in_the_order_of_requests(server):
    """Each of four waits for the next one."""
    done = {text: threading.Event() for text in "abcd"}
    finished = []

    def backwards(body):
        text = body["messages"][-1]["content"]
        if text != "d":
            done[chr(ord(text) + 1)].wait(5)
        finished.append(text)
        done[text].set()
        return completion(text)

    server.script = [backwards]
    replies = make(server, in_flight=4).chat(questions(*"abcd"))
    assert [reply.text for reply in replies] == list("abcd")
    assert finished == list("dcba")


@pytest.mark.parametrize("in_flight", [1, 4])
def test_answers_before_a_failure_are_yielded_and_later_ones_completed(server, in_flight):
    def refuse_c(body):
        text = body["messages"][-1]["content"]
        return (400, {}, b"not this one") if text == "c" else completion(text)

    server.script = [refuse_c]
    had = []
    with pytest.raises(ModelRefused, match="status 400: not this one") as error:
        had.extend(
            reply.text for reply in make(server, in_flight=in_flight).chat(questions(*"abcde"))
        )
    assert had == ["a", "b"]
    completed = [(request.question, reply.text) for request, reply in error.value.completed]
    assert completed in ([], [("d", "d")], [("d", "d"), ("e", "e")], [("e", "e")])
    # and the model can be asked again
    assert one(make(server), Message("user", "d")).text == "d"


def test_closing_the_iterator_stops_sending(server):
    replies = make(server, in_flight=1).chat(questions(*"abcdefgh"))
    next(replies)
    replies.close()
    asked = len(server.asked)
    assert asked < 8
    one(make(server), Message("user", "z"))
    assert len(server.asked) == asked + 1


CHOICES = ("{sing}", "{go to the key, pick up the key}", "{explore}")
CHATML = "<|im_start|>user\nwhere?<|im_end|>\n<|im_start|>assistant\n"
VICUNA = "USER: where? ASSISTANT:"


def like(means, before):
    """A server that likes each choice so much on average; before it everything is unheard of."""

    def rate(body):
        prompt = body["prompt"]
        [mean] = [mean for choice, mean in means.items() if choice in prompt]
        return scores(
            prompt,
            lambda place: mean if place >= len(before) else -100.0,
            prompt_tokens=len(prompt),
            completion_tokens=1,
        )

    return rate


@pytest.mark.parametrize("template", ["chatml", "vicuna"])
@pytest.mark.parametrize("best", CHOICES)
def test_the_most_likely_choice_is_taken(server, template, best):
    """The prompt and the token that is written anyway do not count, whatever they are."""
    before, turn = {"chatml": (CHATML, "{}<|im_end|>"), "vicuna": (VICUNA, " {}</s>")}[template]
    server.script = [like({choice: -0.5 - (choice != best) for choice in CHOICES}, before)]
    reply = one(make(server, template=template), Message("user", "where?"), choices=CHOICES)
    prompts = [before + turn.format(choice) for choice in CHOICES]
    assert reply.text == best
    assert reply.usage.llm_calls == 3
    assert reply.usage.prompt_tokens == sum(map(len, prompts))
    assert reply.usage.completion_tokens == 3
    assert 0 < reply.usage.seconds < 5
    for (path, _, body), prompt in zip(server.asked, prompts, strict=True):
        assert path == "/v1/completions"
        assert body == {
            "model": "vicuna",
            "prompt": prompt,
            "max_tokens": 1,
            "temperature": 0.0,
            "logprobs": 1,
            "echo": True,
        }


def test_long_choices_are_not_at_a_disadvantage(server):
    """By sums 16 tokens of -1 would be likelier than 42 of -0.5; by means they are not."""
    server.script = [like({CHOICES[0]: -1.0, CHOICES[1]: -0.5}, CHATML)]
    reply = one(make(server), Message("user", "where?"), choices=CHOICES[:2])
    assert [len(choice + "<|im_end|>") for choice in CHOICES[:2]] == [16, 42]
    assert reply.text == CHOICES[1]


def test_a_server_without_log_probabilities_cannot_rank(server):
    document = scores("x", float)
    del document["choices"][0]["logprobs"]
    for entry in (document, {"choices": [{"text": "x", "logprobs": None}]}):
        server.script = [entry]
        with pytest.raises(SettingsError) as error:
            one(make(server), Message("user", "where?"), choices=CHOICES)
        expected = "the server gives no log-probabilities: use --planner_mode generate"
        assert str(error.value) == expected
    assert len(server.asked) == 2  # not put again: it would not help


@pytest.mark.parametrize(
    "fault",
    [
        (500, {}, b"out of memory"),
        (200, {}, b'{"choices": []}'),
        (200, {}, b'{"choices": [{"logprobs": {"text_offset": [0]}}]}'),
        (200, {}, b'{"choices": [{"logprobs": {"text_offset": [0, 1], "token_logprobs": [0]}}]}'),
        (200, {}, b'{"choices": [{"logprobs": [1, 2]}]}'),
        (200, {}, b'{"choices": [5]}'),
    ],
    ids=str,
)
def test_a_transient_error_while_ranking_is_retried(server, fault):
    server.script = [fault, like(dict.fromkeys(CHOICES, -1.0), CHATML)]
    reply = one(make(server), Message("user", "where?"), choices=CHOICES)
    assert reply.text == CHOICES[0]  # the first of equals
    assert reply.usage.llm_calls == 3
    assert len(server.asked) == 4


def test_a_ranking_request_and_its_response_fit_fastchat_s_own_classes(server):
    """Their own classes: a field they do not know, or another type, would be an error here."""

    def theirs(body):
        request = CompletionRequest.model_validate(body)
        assert (request.echo, request.logprobs, request.max_tokens) == (True, 1, 1)
        rated = like({CHOICES[0]: -1.0, CHOICES[1]: -0.5}, CHATML)(body)
        usage = {"prompt_tokens": 7, "completion_tokens": 1, "total_tokens": 8}
        return CompletionResponse(
            model=request.model, choices=rated["choices"], usage=usage
        ).model_dump()

    server.script = [theirs]
    reply = one(make(server), Message("user", "where?"), choices=CHOICES[:2])
    assert (reply.text, reply.usage.prompt_tokens) == (CHOICES[1], 14)
    assert set(server.asked[0][2]) <= set(CompletionRequest.model_fields)


def test_the_fingerprint_is_the_model_its_template_and_its_server(server):
    """What changes from request to request is no part of it: FastChat makes up `created` and permissions."""
    server.models = [{"id": "served", "root": "served", "created": 1, "permission": [{"id": "a"}]}]
    model = make(server, model="", template="vicuna", in_flight=3)
    expected = {"model": "served", "template": "vicuna", "server": server.url}
    assert dict(model.fingerprint) == expected
    server.models[0]["created"] = 2
    assert dict(make(server, model="served", template="vicuna").fingerprint) == expected


def test_other_weights_of_the_same_name_have_another_fingerprint(server):
    prints = []
    for size in (1, 2, 2):
        server.models = [{"id": "served", "meta": {"n_params": size}}]
        prints.append(dict(make(server, model="served").fingerprint))
    assert prints[0] != prints[1] == prints[2]


def test_a_digest_stands_for_the_weights_wherever_they_are_served(server):
    server.models = [{"id": "served", "digest": "sha256:1"}]
    expected = {"model": "served", "template": "chatml", "digest": "sha256:1"}
    assert dict(make(server, model="served").fingerprint) == expected


def test_a_server_that_is_out_of_reach_has_a_fingerprint(server):
    """Cached answers need no server."""
    model = make(server, model="named")
    server.stop()
    assert model.fingerprint["model"] == "named"


def test_a_model_without_a_name_has_no_fingerprint(server):
    server.models = []
    with pytest.raises(ModelMissing):
        _ = make(server, model="").fingerprint
