"""Replies add up; messages are spelled as chat servers spell them."""

import json
from dataclasses import FrozenInstanceError

import pytest

from core.chat import Message, Reply


def test_a_message_is_spelled_as_servers_do():
    assert Message("user", "{x}").to_json() == {"role": "user", "content": "{x}"}


def test_a_reply_is_read_back_from_json():
    reply = Reply("text", llm_calls=2, prompt_tokens=30, completion_tokens=4, seconds=0.5)
    assert Reply(**json.loads(json.dumps(reply.to_json()))) == reply


def test_a_reply_costs_nothing_unless_told():
    assert Reply("x") == Reply("x", llm_calls=0, prompt_tokens=0, completion_tokens=0, seconds=0.0)


def test_a_sum_has_the_later_text_and_the_cost_of_both():
    """1 + 2 calls, 10 + 20 and 3 + 4 tokens, 0.5 + 0.25 seconds."""
    one = Reply("first", llm_calls=1, prompt_tokens=10, completion_tokens=3, seconds=0.5)
    two = Reply("second", llm_calls=2, prompt_tokens=20, completion_tokens=4, seconds=0.25)
    assert one + two == Reply("second", 3, 30, 7, 0.75)
    assert (two + one).text == "first"


@pytest.mark.parametrize(
    ("value", "field"), [(Message("user", "x"), "content"), (Reply("x"), "text")]
)
def test_what_travels_cannot_be_changed(value, field):
    with pytest.raises(FrozenInstanceError):
        setattr(value, field, "y")
