"""Fields that a server rejects: what is learned, remembered and said."""

import json
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.chat import Message, Request, Sampling
from planner.openai_client import ServerModel
from planner.server.dialect import Dialect
from planner.server.response import Response
from tests.planner.fake_server import completion

BODY = {
    "model": "m",
    "messages": [{"role": "system", "content": "You plan."}, {"role": "user", "content": "where?"}],
    "temperature": 0.0,
    "max_tokens": 9,
    "stop": ["}"],
    "seed": 3,
}  # fmt: skip


def refusal(words, status=400):
    body = words if isinstance(words, str) else json.dumps(words)
    return Response("http://h", status, {}, body.encode())


def sent_after(*refusals):
    """The names that differ from the body after some refusals."""
    dialect, sent = Dialect(), BODY
    for answer in refusals:
        sent = dialect.correct(BODY, sent, answer) or sent
    return {name for name in {*BODY, *sent} if BODY.get(name) != sent.get(name)}


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("Unrecognized request argument supplied: seed", {"seed"}),
        ("Unrecognized request arguments supplied: seed, stop", {"seed", "stop"}),
        ("stop: not supported", {"stop"}),
        ("stop sequences are not supported; stops here", {"stop"}),
        ({"detail": [{"loc": ["body", "seed"], "msg": "extra fields not permitted", "type": "value_error.extra"}]}, {"seed"}),
        ({"detail": [{"loc": ["body", "seed"], "msg": "Extra inputs are not permitted"},
                     {"loc": ["body", "stop"], "msg": "Extra inputs are not permitted"}]}, {"seed", "stop"}),
        ({"detail": [{"loc": ["body", "top_k"], "msg": "Extra inputs are not permitted", "input": {"seed": 3}}]}, set()),
        ("2 validation errors for Request\nseed\n  extra fields not permitted\nstop\n  extra fields not permitted", {"seed", "stop"}),
        ("Additional properties are not allowed ('seed' was unexpected)", {"seed"}),
        ('json: unknown field "seed"', {"seed"}),
        ("unknown field `seed`, expected one of `stop`, `temperature`", {"seed"}),
        ("seed is not supported. Supported parameters: stop, temperature", {"seed"}),
        ({"error": {"message": "seed isn't supported", "param": "seed"}}, {"seed"}),
        ({"error": "temperature is not supported with this model"}, {"temperature"}),
        ("max_tokens: Extra inputs are not permitted", {"max_tokens", "max_completion_tokens"}),
        ("temperature must be > 0", {"temperature"}),
        ("System role not supported", {"messages"}),
        ("roles must alternate user/assistant/user/assistant", {"messages"}),
        ("the request cannot be processed", set()),
        ("unknown model: m", set()),
        ("temperature must be at most 2", set()),
        ("max_tokens is too large: 9", set()),
        ("the seeds were unknown to us, non-stop", {"seed"}),
        ("", set()),
        ("[" * 100_000, set()),
    ],
)  # fmt: skip
def test_what_a_refusal_names_is_sent_otherwise(words, fields):
    assert sent_after(refusal(words)) == fields
    assert sent_after(refusal(words, 200)) == (fields if "error" in str(words)[:10] else set())


@pytest.mark.parametrize("status", [401, 403, 404, 429, 502, 503])
def test_other_statuses_change_nothing(status):
    assert sent_after(refusal("seed is not supported", status)) == set()


def test_a_limit_that_is_rejected_under_both_names_is_left_out():
    both = refusal("max_tokens and max_completion_tokens are not supported")
    assert sent_after(both) == {"max_tokens", "max_completion_tokens"}
    dialect = Dialect()
    sent = dialect.correct(BODY, BODY, both)
    sent = dialect.correct(BODY, sent, both)
    assert not {"max_tokens", "max_completion_tokens"} & set(sent)
    assert dialect.correct(BODY, sent, both) is None


def test_a_system_message_is_the_beginning_of_the_first_user_message():
    dialect = Dialect()
    turns = [("system", "a"), ("user", "b"), ("assistant", "c"), ("user", "d")]
    body = {"messages": [{"role": role, "content": text} for role, text in turns]}
    sent = dialect.correct(body, body, refusal("System role not supported", 500))
    assert [(turn["role"], turn["content"]) for turn in sent["messages"]] == [
        ("user", "a\n\nb"),
        *turns[2:],
    ]
    alone = {"messages": body["messages"][:1]}
    assert dialect.adapt(alone) == {"messages": [{"role": "user", "content": "a"}]}
    assert dialect.adapt({"prompt": "a"}) == {"prompt": "a"}
    assert body["messages"][0]["role"] == "system"


@given(st.lists(st.sampled_from(["seed", "stop", "temperature", "max_tokens", "max_completion_tokens", "system role", "Use"]), max_size=4),
       st.sampled_from(["not supported", "unknown", "extra fields", "fine", "positive"]))  # fmt: skip
def test_refusals_are_followed_finitely_often(names, words):
    """A server that always says the same is asked otherwise a few times, then no more."""
    dialect, sent = Dialect(), BODY
    for _ in range(4):
        corrected = dialect.correct(BODY, sent, refusal(f"{' '.join(names)} {words}"))
        if corrected is None:
            return
        sent = corrected
    raise AssertionError(sent)


def test_a_change_is_remembered_and_said_once(server, capsys):
    """Four requests at the same time are refused; each is sent again at once, and later ones are right."""
    all_four = threading.Barrier(4)

    def answer(body):
        if "seed" in body:
            all_four.wait(5)
            return (400, {}, b"Unrecognized request argument supplied: seed")
        return completion("{explore}")

    server.script = [answer]
    model = ServerModel(server.url, "m", in_flight=4, backoff=1000)
    sampling = Sampling(temperature=0.5)
    requests = [Request((Message("user", text),), sampling=sampling) for text in "abcd"]
    assert len(list(model.chat(requests))) == 4
    assert len(list(model.chat(requests))) == 4
    assert len(server.asked) == 12
    assert capsys.readouterr().err == (
        "the server rejects seed: it is left out, and answers at a temperature above 0 cannot be repeated\n"
    )


def test_where_a_server_takes_no_stop_answers_are_cut_here(server):
    server.script = [(400, {}, b"stop is not supported"), completion("a\nb} c")]
    request = Request((Message("user", "where?"),), sampling=Sampling(stop=("}", "\n")))
    [reply] = ServerModel(server.url, "m").chat([request])
    assert reply.text == "a"
