"""Usages add up and have a price; messages are spelled as chat servers spell them."""

import json
from dataclasses import FrozenInstanceError

import pytest

from core.chat import Message, Reply, Request, Usage


def test_a_message_is_spelled_as_servers_do():
    assert Message("user", "{x}").to_json() == {"role": "user", "content": "{x}"}


def test_a_reply_is_read_back_from_json():
    reply = Reply("text", Usage(2, 30, 4, 0.5, cache_hits=1), cut=True)
    assert Reply.from_json(json.loads(json.dumps(reply.to_json()))) == reply


def test_a_reply_of_the_old_shape_is_read():
    """Until 0.1 the usage stood beside the text, and cache hits were called store hits."""
    old = {
        "text": "text",
        "llm_calls": 2,
        "prompt_tokens": 30,
        "completion_tokens": 4,
        "seconds": 0.5,
        "store_hits": 1,
    }
    assert Reply.from_json(old) == Reply("text", Usage(2, 30, 4, 0.5, 1), cut=False)
    assert Reply.from_json({"text": "text"}) == Reply("text")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"usage": {}},
        {"text": 5},
        {"text": "x", "calls": 1},
        {"text": "x", "usage": 5},
        {"text": "x", "cut": "yes"},
    ],
)
def test_what_is_no_reply_is_not_read_as_one(data):
    with pytest.raises((KeyError, TypeError)):
        Reply.from_json(data)


def test_a_reply_without_usage_took_nothing():
    assert Reply("x").usage == Usage(0, 0, 0, 0.0, 0)


def test_usages_add_up():
    """1 + 2 calls, 10 + 20 and 3 + 4 tokens, 0.5 + 0.25 seconds, 1 + 4 cache hits."""
    one = Usage(1, prompt_tokens=10, completion_tokens=3, seconds=0.5, cache_hits=1)
    two = Usage(2, prompt_tokens=20, completion_tokens=4, seconds=0.25, cache_hits=4)
    assert one + two == sum([one, two], Usage()) == Usage(3, 30, 7, 0.75, 5)


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (Message("user", "x"), "content"),
        (Reply("x"), "text"),
        (Usage(), "llm_calls"),
        (Request(()), "sample"),
    ],
)
def test_what_travels_cannot_be_changed(value, field):
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, "y")


TALK = (Message("system", "rules"), Message("user", "where?"))


@pytest.mark.parametrize(
    "request_", [Request(()), Request(TALK), Request(TALK, choices=("{explore}", "é"), sample=3)]
)
def test_a_request_is_read_back_from_json(request_):
    read = Request.from_json(json.loads(json.dumps(request_.to_json())))
    assert read == request_
    assert hash(read) == hash(request_)


def test_a_request_s_question_is_what_was_said_last():
    assert Request(TALK).question == "where?"
    assert Request(()).question == ""


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"messages": [], "choices": []},
        {"messages": [], "sample": 0},
        {"messages": [{"role": "user"}], "choices": [], "sample": 0},
        {"messages": 5, "choices": [], "sample": 0},
    ],
)
def test_what_is_no_request_is_not_read_as_one(data):
    with pytest.raises((KeyError, TypeError)):
        Request.from_json(data)


def test_a_cost_by_hand():
    """Three million prompt tokens for 2 a million, half a million completion tokens for 10."""
    usage = Usage(llm_calls=7, prompt_tokens=3_000_000, completion_tokens=500_000)
    assert usage.cost((2, 10)) == 11.0
    assert usage.cost((0, 0)) == Usage(cache_hits=1).cost((2, 10)) == 0.0


def test_usage_is_described_with_a_price_where_prices_are_known():
    """2 prompt tokens at 5 and 1 completion token at 10 per million: 20 / 10^6."""
    assert Usage().describe((5, 10)) == "no calls of a language model"
    assert Usage(1, 2, 1, 0.25, 3).describe((5, 10)) == (
        "1 calls of a language model, 3 answers from the cache, 2 + 1 tokens in 0.2 s, price 2e-05"
    )
