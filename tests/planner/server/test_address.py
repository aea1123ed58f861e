"""Addresses of servers: what is typed, and what is asked."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import SettingsError
from planner.server.address import MODELS, Address, is_loopback

FULL = "http://127.0.0.1:8000/v1/chat/completions"


@pytest.mark.parametrize(
    "typed",
    [
        FULL, "http://127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1:8000/v1", "http://127.0.0.1:8000/v1/",
        " http://127.0.0.1:8000/v1 \n", "127.0.0.1:8000", "127.0.0.1:8000/v1/", f"{FULL}/", f"{FULL}//", "HTTP://127.0.0.1:8000//v1",
        "http://127.0.0.1:8000/v1/chat", "http://127.0.0.1:8000/v1/completions", "http://127.0.0.1:8000/v1/models", f"{FULL}#top",
    ],
)  # fmt: skip
def test_an_address_is_completed(typed):
    address = Address.parse(typed)
    assert address.url() == address.shown() == FULL
    assert address.url(MODELS) == "http://127.0.0.1:8000/v1/models"


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://h.example", "https://h.example/v1/chat/completions"),
        ("https://H.example:443/", "https://h.example/v1/chat/completions"),
        ("http://h.example:80/v1", "http://h.example/v1/chat/completions"),
        ("https://h.example/api/v1", "https://h.example/api/v1/chat/completions"),
        ("https://h.example/v1beta/openai/", "https://h.example/v1beta/openai/chat/completions"),
        ("https://h.example/openai/deployments/g?api-version=2024-02-01",
         "https://h.example/openai/deployments/g/chat/completions?api-version=2024-02-01"),
        ("https://h.example/ä b".replace(" ", ""), "https://h.example/%C3%A4b/chat/completions"),
        ("http://[::1]:8000", "http://[::1]:8000/v1/chat/completions"),
        ("localhost:8000", "http://localhost:8000/v1/chat/completions"),
        ("[::1]:8000", "http://[::1]:8000/v1/chat/completions"),
        ("http://bücher.example", "http://xn--bcher-kva.example/v1/chat/completions"),
        ("http://vllm_server:8000", "http://vllm_server:8000/v1/chat/completions"),
    ],
)  # fmt: skip
def test_every_part_is_kept(typed, url):
    assert Address.parse(typed).url() == url
    assert Address.parse(url).url() == url


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "http:// or https://"),
        ("nonsense", "http:// or https://"),
        ("gpu-box:8000", "http:// or https://"),
        ("ftp://h", "http:// or https://"),
        ("http:/h", "names no host"),
        ("http://", "names no host"),
        ("http://:8000", "names no host"),
        ("http://a b", "a blank"),
        ("http://a\x1b[2J", "a control character"),
        ("http://h:0", "between 1 and 65535"),
        ("http://h:65536", "between 1 and 65535"),
        ("http://h:x", "between 1 and 65535"),
        (f"http://{'h' * 70}.example", "no host has such a name"),
        (f"http://{'ü' * 70}.example", "no host has such a name"),
        (f"http://{'h.' * 200}example", "no host has such a name"),
        ("http://a..b", "no host has such a name"),
        ("http://[::1", "brackets"),
        ("http://[zz]", "brackets"),
        ("http://***@h", "type --llm_url again"),
        ("http://h?key=***", "type --llm_url again"),
    ],
)  # fmt: skip
def test_an_invalid_address_is_one_line(typed, reason):
    with pytest.raises(SettingsError, match=r"^--llm_url .* is not a valid address: ") as error:
        Address.parse(typed)
    assert reason in str(error.value)
    assert str(error.value).isprintable()


@given(st.text(st.sampled_from("htps:/.@?#[]%&=0189 aü\x00\ud800\u2100"), max_size=40))
def test_any_text_is_an_address_or_one_line(typed):
    for text in (typed, f"http://{typed}", f"http://h/{typed}"):
        with contextlib.suppress(SettingsError):
            url = Address.parse(text).url()
            assert url.isascii()
            assert Address.parse(url).url() == url


def test_secrets_are_sent_and_not_shown():
    address = Address.parse("https://me:s%40cret@h.example/v1?api-version=1&key=a%2Fb")
    assert address.url(MODELS) == "https://h.example/v1/models?api-version=1&key=a%2Fb"
    assert address.shown() == "https://h.example/v1/chat/completions?api-version=1&key=***"
    assert address.authorization == "Basic bWU6c0BjcmV0"
    assert {"a%2Fb", "a/b", "s@cret", "bWU6c0BjcmV0"} <= set(address.secrets)
    assert "1" not in address.secrets
    assert not any(secret in repr(address) for secret in address.secrets)


@pytest.mark.parametrize("typed", ["http://me:secret@h:x", "http://me:sec/ret@h", "me:secret@h"])
def test_an_invalid_address_does_not_show_its_secrets(typed):
    with pytest.raises(SettingsError) as error:
        Address.parse(typed)
    assert "sec" not in str(error.value)


def test_this_machine_is_known_by_all_its_names():
    ours = [
        "localhost",
        "LOCALHOST.",
        "a.localhost",
        "127.0.0.1",
        "127.9.9.9",
        "127.1",
        "::1",
        "0:0:0:0:0:0:0:1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
    ]
    others = [
        "localhost.example",
        "128.0.0.1",
        "127.0.0.1.example",
        "::2",
        "10.0.0.1",
        "",
        "mylocalhost",
    ]
    assert all(map(is_loopback, ours))
    assert not any(map(is_loopback, others))
