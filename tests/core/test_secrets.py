"""Keys are blotted out of what is shown, in every spelling."""

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.secrets import Secrets, hidden_command, hidden_url

KEY = 'sk-"7/8" ü&9+10<11'


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://h:1/v1", "http://h:1/v1"),
        ("http://h/v1?api-version=2024-02-01&key=abc", "http://h/v1?api-version=2024-02-01&key=***"),
        ("http://h?subscription-key=a;sig=b%3D&c", "http://h?subscription-key=***&sig=***&***"),
        ("http://h?API-VERSION=1&Api_Key=a=b", "http://h?API-VERSION=1&Api_Key=***"),
        ("http://me:secret@h/v1", "http://***@h/v1"),
        ("http://token@h", "http://***@h"),
        ("http://me:a/b@c?d#e@h/v1", "http://***@h/v1"),
        ("me:secret@h:80/v1", "***@h:80/v1"),
        ("//me:secret@h", "//***@h"),
        ("http://h/@cf/meta?token=a", "http://h/@cf/meta?token=***"),
        ("http://[::1]:80/v1?key=a#key", "http://[::1]:80/v1?key=***"),
        ("h:80?key", "h:80?***"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_url_is_shown_without_its_secrets(url, shown):
    assert hidden_url(url) == shown
    assert hidden_url(shown) == shown


@given(st.text("abc:/?#[]@&=;%. ", max_size=40))
def test_any_text_can_be_shown_as_a_url(text):
    assert hidden_url(hidden_url(text)) == hidden_url(text)


def test_a_command_line_is_shown_without_the_secrets_of_its_urls():
    words = ["main.py", "table", "--llm_url", "h:80?key=a", "--seeds", "0", "--stop", "?a"]
    assert hidden_command(words) == [*words[:3], "h:80?key=***", *words[4:]]
    assert hidden_command(["--llm_url=http://a:b@h"]) == ["--llm_url=http://***@h"]


@pytest.mark.parametrize(
    "spell",
    [
        str, quote, quote_plus, html.escape, str.upper,
        lambda key: quote(key, safe=""),
        lambda key: quote(key, safe="").lower(),
        lambda key: json.dumps(key)[1:-1],
        lambda key: json.dumps(key)[1:-1].replace("/", "\\/"),
        lambda key: base64.b64encode(key.encode()).decode(),
    ],
)  # fmt: skip
def test_a_key_is_blotted_out_in_every_spelling(spell):
    assert (
        Secrets([KEY]).blot(f"the key {spell(KEY)}, again: {spell(KEY)}").rstrip("=").count("***")
        == 2
    )


def test_a_key_that_a_server_shortens_is_blotted_out():
    key = "sk-proj-0123456789abcdef"
    assert Secrets([key]).blot("bad key sk-proj-01**********cdef.") == "bad key ***"
    assert Secrets([key]).blot("ends in 89abcdef") == "ends in ***"


def test_short_keys_are_blotted_out_as_words_and_of_messages_only():
    """Many servers want any key, and people type `key`: plans must stay readable."""
    secrets = Secrets(["key", ""])
    assert secrets.blot("no key: monkeys") == "no ***: monkeys"
    assert secrets.blot_long("{go to the key}") == "{go to the key}"
    assert Secrets([]).blot("text") == "text"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4), st.text(max_size=9))
def test_no_secret_is_left(secret, around):
    assert secret not in Secrets([secret]).blot(f"{around}{secret}{around}") or secret in "***"
