"""Replies add up and have a price; messages are spelled as chat servers spell them."""

import json
from dataclasses import FrozenInstanceError

import pytest

from core.chat import Message, Reply, Request, price


def test_a_message_is_spelled_as_servers_do():
    assert Message("user", "{x}").to_json() == {"role": "user", "content": "{x}"}


def test_a_reply_is_read_back_from_json():
    reply = Reply("text", 2, 30, 4, 0.5, store_hits=1)
    assert Reply(**json.loads(json.dumps(reply.to_json()))) == reply


def test_a_reply_costs_nothing_unless_told():
    assert Reply("x") == Reply("x", llm_calls=0, prompt_tokens=0, completion_tokens=0, seconds=0.0)
    assert Reply("x").store_hits == 0


def test_a_sum_has_the_later_text_and_the_cost_of_both():
    """1 + 2 calls, 10 + 20 and 3 + 4 tokens, 0.5 + 0.25 seconds, 1 + 4 answers of earlier runs."""
    one = Reply("first", 1, prompt_tokens=10, completion_tokens=3, seconds=0.5, store_hits=1)
    two = Reply("second", 2, prompt_tokens=20, completion_tokens=4, seconds=0.25, store_hits=4)
    assert one + two == Reply("second", 3, 30, 7, 0.75, 5)
    assert (two + one).text == "first"


@pytest.mark.parametrize(
    ("value", "field"),
    [(Message("user", "x"), "content"), (Reply("x"), "text"), (Request(()), "sample")],
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


def test_a_price_by_hand():
    """Three million tokens of prompts for 2 each, half a million of answers for 10 a million."""
    spent = Reply("x", llm_calls=7, prompt_tokens=3_000_000, completion_tokens=500_000)
    assert price(spent, (2, 10)) == 11.0
    assert price(spent, (0, 0)) == price(Reply("x", store_hits=1), (2, 10)) == 0.0
