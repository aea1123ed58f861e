"""Pauses that a server asks for, and what its refusals mean."""

import json
import time
from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelRefused, ModelUnavailable
from core.secrets import Secrets
from planner.server.response import Response, retry_after


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "6"}, 6.0),
        ({"Retry-After": "6.5"}, 6.5),
        ({"Retry-After": " 2 "}, 2.0),
        ({"Retry-After": "0"}, 0.0),
        ({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after-ms": "250", "Retry-After": "9"}, 0.25),
        ({"retry-after-ms": "x", "Retry-After": "9"}, 9.0),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "inf"}, None),
        ({"Retry-After": "soon"}, None),
        ({"Retry-After": ""}, None),
        ({"Retry-After": "Wed, 99 Oct 99999 07:28:00 GMT"}, None),
        ({}, None),
    ],
)
def test_the_pause_that_a_server_asks_for(headers, seconds):
    assert retry_after(headers) == seconds


def test_a_date_is_a_pause_until_then():
    assert 8 < retry_after({"Retry-After": formatdate(time.time() + 10, usegmt=True)}) <= 10


@given(st.text())
def test_any_header_is_a_pause_or_none(text):
    seconds = retry_after({"Retry-After": text})
    assert seconds is None or seconds >= 0


def refusal(status, document):
    """The error of a response."""
    response = Response("http://here", status, {}, json.dumps(document).encode())
    with pytest.raises((ModelRefused, ModelUnavailable)) as caught:
        response.document(Secrets(()))
    return caught.value


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("VALIDATION_TYPE_ERROR", ModelRefused, 400),
        ("INVALID_MODEL", ModelRefused, 404),
        ("PARAM_OUT_OF_RANGE", ModelRefused, 400),
        ("CONTEXT_OVERFLOW", ModelRefused, 400),
        ("RATE_LIMIT", ModelUnavailable, 429),
        ("QUOTA_EXCEEDED", ModelUnavailable, 429),
        ("ENGINE_OVERLOADED", ModelUnavailable, 429),
        ("INTERNAL_ERROR", ModelUnavailable, 500),
        ("CUDA_OUT_OF_MEMORY", ModelUnavailable, 500),
        ("CONTROLLER_NO_WORKER", ModelUnavailable, 500),
        ("CONTROLLER_WORKER_TIMEOUT", ModelUnavailable, 500),
    ],
)
def test_fastchat_s_code_says_what_its_status_400_means(name, kind, status):
    """A worker that dies in the middle of an answer is an internal error, and no word about the conversation."""
    codes = pytest.importorskip("fastchat.constants").ErrorCode
    document = {"object": "error", "message": "Server disconnected", "code": int(codes[name])}
    error = refusal(400, document)
    assert (type(error), error.status) == (kind, status)
    assert "Server disconnected" in str(error)


def test_while_fastchat_has_no_worker_every_model_is_refused_and_may_come_back():
    document = {"object": "error", "message": "Only  allowed now, your model m", "code": 40301}
    assert isinstance(refusal(400, document), ModelUnavailable)
    document["message"] = "Only a&&b allowed now, your model m"
    assert isinstance(refusal(400, document), ModelRefused)


@pytest.mark.parametrize(
    "document", [{"code": 50001}, {"object": "error", "code": "50001", "message": ""}, [], "x", 5]
)
def test_a_code_of_other_servers_changes_nothing(document):
    assert refusal(400, document).status == 400
