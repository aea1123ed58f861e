"""Keeps keys and passwords out of what is shown and written."""

import base64
import json
import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote, quote_plus, unquote

BLOT = "***"
"""What stands where a secret was."""
PUBLIC_QUERIES = frozenset(
    {"api-version", "api_version", "version", "v", "model", "deployment", "region", "project"}
)
"""Names in a URL's query whose values are shown; any other value may be a key."""
NEVER_A_WORD = 12
"""Characters; a shorter key (``EMPTY``, ``key``) may be a word of an answer."""
_HOST = re.compile(r"(\[[^\]]*\]|[^:/?#@\[\]]*)(:\d*)?(?=[/?#]|$)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*:)?//")


def hidden_url(url: str) -> str:
    """The URL without its secrets: user, password, the values of its query, its fragment.

    Values of `PUBLIC_QUERIES` stay. It need not be a valid URL.
    """
    scheme = _SCHEME.match(url)
    start = scheme.end() if scheme else 0
    rest = url[start:]
    if "@" in rest and not _HOST.match(rest):
        rest = f"{BLOT}@{rest.rpartition('@')[2]}"
    place, mark, query = rest.partition("#")[0].partition("?")
    return url[:start] + place + mark + "&".join(map(_hidden_pair, re.split("[&;]", query)))


def _hidden_pair(pair: str) -> str:
    name, mark, _ = pair.partition("=")
    if not pair or unquote(name).lower() in PUBLIC_QUERIES:
        return pair
    return name + mark + BLOT if mark else BLOT


def hidden_command(words: Sequence[str]) -> list[str]:
    """The words of a command line, URLs without their secrets."""
    return [
        hidden_url(word) if before == "--llm_url" else _hidden_word(word)
        for before, word in zip(["", *words[:-1]], words, strict=True)
    ]


def _hidden_word(word: str) -> str:
    flag, mark, value = word.partition("=")
    if mark and flag.startswith("--"):
        return f"{flag}={hidden_url(value)}" if "://" in value or flag == "--llm_url" else word
    return hidden_url(word) if "://" in word else word


class Secrets:
    """Texts that must not be seen, in the spellings in which a server may repeat them.

    Args:
        secrets: as they are sent; empty ones are left out.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        known = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._all = _pattern(known)
        self._long = _pattern([secret for secret in known if len(secret) >= NEVER_A_WORD])

    def blot(self, text: str) -> str:
        """A message without the secrets."""
        return self._all.sub(BLOT, text) if self._all else text

    def blot_long(self, text: str) -> str:
        """A text that is more than a message, without the secrets that cannot be words of it."""
        return self._long.sub(BLOT, text) if self._long else text


def _pattern(secrets: Sequence[str]) -> re.Pattern[str] | None:
    spellings = [spelling for secret in secrets for spelling in _spellings(secret)]
    return re.compile("|".join(spellings), re.IGNORECASE) if spellings else None


def _spellings(secret: str) -> list[str]:
    """Regular expressions of what shows a secret, longest first."""
    from html import escape  # slow to import, and this module is imported for --help

    coded = {
        secret,
        unquote(secret),
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret)[1:-1].replace("/", "\\/"),
        escape(secret),
        repr(secret)[1:-1],
        base64.b64encode(secret.encode()).decode().rstrip("="),
    }
    if len(secret) < 4:  # it would be found in the middle of words
        return [rf"(?<!\w){re.escape(text)}(?!\w)" for text in coded]
    whole = [re.escape(text) for text in sorted(coded, key=len, reverse=True)]
    if len(secret) < 2 * 8:
        return whole
    # servers shorten keys that they repeat
    return [*whole, re.escape(secret[:8]) + r"[^\s\"'<>]*", re.escape(secret[-8:])]
