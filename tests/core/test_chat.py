"""Usages add up and have a price; messages are spelled as chat servers spell them."""

import json
from dataclasses import FrozenInstanceError

import pytest

from core.chat import Message, Reply, Request, Usage
from core.decode import convert, decode
from core.errors import RunDirectoryError
from core.old_names import translate_reply


def test_a_message_is_spelled_as_servers_do():
    assert Message("user", "{x}").to_json() == {"role": "user", "content": "{x}"}


def test_a_reply_is_read_back_from_json():
    reply = Reply("text", Usage(2, 30, 4, 0.5, cache_hits=1), cut=True)
    assert decode(json.dumps(reply.to_json()).encode(), Reply, "here") == reply


def reply_in(data):
    """The reply in a row of a file."""
    return convert(translate_reply({"reply": data})["reply"], Reply, "here")


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
    assert reply_in(old) == Reply("text", Usage(2, 30, 4, 0.5, 1), cut=False)
    assert reply_in({"text": "text"}) == Reply("text")


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"usage": {}},
        {"text": 5},
        {"text": "\ud800", "usage": {"llm_calls": 1.5}},
        5,
        {"text": "x", "usage": 5},
        {"text": "x", "cut": "yes"},
    ],
)
def test_what_is_no_reply_is_not_read_as_one(data):
    with pytest.raises(RunDirectoryError):
        reply_in(data)


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
    read = decode(json.dumps(request_.to_json()).encode(), Request, "here")
    assert read == request_
    assert hash(read) == hash(request_)


def test_a_request_s_question_is_what_was_said_last():
    assert Request(TALK).question == "where?"
    assert Request(()).question == ""


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"messages": [], "choices": [5]},
        {"messages": [], "sample": "0"},
        {"messages": [{"role": "user"}], "choices": [], "sample": 0},
        {"messages": 5, "choices": [], "sample": 0},
    ],
)
def test_what_is_no_request_is_not_read_as_one(data):
    with pytest.raises(RunDirectoryError):
        convert(data, Request, "here")


def test_texts_are_clean_whatever_made_them():
    """What a terminal would act on is gone, what is to be read stays."""
    hostile = "\x1b]0;title\x07a\r\nb\u202e\u2066\u200b\x9b31m\ud800\u00a0c→é"
    assert Reply(hostile).text == Message("user", hostile).content == "]0;titlea\nb31m c→é"


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
