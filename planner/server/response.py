"""What a server sent back, and which error it stands for."""

import json
import math
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from core.errors import ModelError, ModelRefused, ModelUnavailable, ResponseMalformed
from core.secrets import Secrets, hidden_url
from core.untrusted import clean

MAX_LINE = 200
"""Characters of a response that an error message shows."""
PASSING = (408, 425, 429)
"""Statuses below 500 of a fault that passes."""
_FASTCHAT_STATUSES = {
    40301: 404,
    **dict.fromkeys(range(42901, 42904), 429),
    **dict.fromkeys(range(50001, 50007), 500),
}
"""FastChat sends every error with status 400, and a code: no such model, too many requests, a broken worker."""
_NO_WORKER = "Only  allowed now"
"""How FastChat refuses every model while it has none: its last worker has ended."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response of a server.

    Attributes:
        url: of the request, without secrets.
        status: of HTTP.
        headers: by name, in any case.
        body: unpacked.
        is_cut: the body was longer than is read.
        through: the proxy it came through as the end of a sentence, or empty.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool = False
    through: str = ""

    @property
    def is_success(self) -> bool:
        """Whether the status says that the request was carried out."""
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        """The body as text, whatever it is."""
        return self.body.decode("utf-8-sig", "replace")

    def document(self, secrets: Secrets) -> Any:
        """The JSON document of a success.

        Raises:
            ModelUnavailable: the server is overloaded or broken.
            ModelRefused: it refuses the request, or sends it elsewhere.
            ResponseMalformed: the body is not JSON, or too long.
        """
        if not self.is_success:
            raise self._refusal(secrets)
        if self.is_cut:
            raise self._malformed(
                f"an answer of more than {len(self.body)} bytes (--max_answer_bytes)"
            )
        try:
            document = parse(self.body)
        except (ValueError, RecursionError):  # a number too long, too many brackets
            shown = excerpt(self.text, secrets) or "an empty body"
            raise self._malformed(f"not JSON: {shown}") from None
        if isinstance(document, dict) and document.get("error") and "choices" not in document:
            error = document["error"]
            words = error.get("message", error) if isinstance(error, dict) else error
            raise self._malformed(f"the server says: {excerpt(str(words), secrets)}")
        return document

    def _malformed(self, reason: str) -> ResponseMalformed:
        return ResponseMalformed(f"{reason}{self.through}", url=self.url, status=self.status)

    def _refusal(self, secrets: Secrets) -> ModelError:
        status, body = self._meant_status(), excerpt(self.text, secrets)
        if status in PASSING or status >= 500 or status < 200:
            return ModelUnavailable(
                f"status {status}{self.through}: {body}",
                url=self.url,
                status=status,
                retry_after=retry_after(self.headers),
            )
        refused = f"{self.url} refused the request with status {status}{self.through}"
        if status < 400:
            refused = f"{self.url} answers with status {status}{self.through}, a redirect, which is not followed"
            body = f"give its target as --llm_url: {excerpt(self._target(), secrets)}"
        return ModelRefused(f"{refused}: {body}", url=self.url, status=status)

    def _meant_status(self) -> int:
        """The status, or the one that FastChat's code in the body stands for."""
        if self.status != 400:
            return self.status
        try:
            document = parse(self.body)
            code, message = document["code"], str(document["message"])
        except (ValueError, RecursionError, KeyError, TypeError):
            return self.status
        if message.startswith(_NO_WORKER):
            return 503
        is_code = isinstance(code, int) and document.get("object") == "error"
        return _FASTCHAT_STATUSES.get(code, self.status) if is_code else self.status

    def _target(self) -> str:
        """Where a redirect leads, without secrets."""
        target = self.headers.get("Location", "")
        with suppress(ValueError):  # it is shown as it is
            target = urljoin(self.url, target) if target else "it names none"
        return hidden_url(target)


def parse(body: bytes) -> Any:
    """The JSON document in a body, with or without a byte order mark.

    Raises:
        ValueError, RecursionError: it is not JSON.
    """
    try:
        return json.loads(body)
    except UnicodeDecodeError:
        return json.loads(body.decode("utf-8", "replace"))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds that the server asks to wait, None if it does not say."""
    for name, scale in (("retry-after-ms", 1000.0), ("Retry-After", 1.0)):
        try:
            seconds = float(headers.get(name, "")) / scale
        except ValueError:
            continue
        if 0 <= seconds < math.inf:
            return seconds
    try:
        until = parsedate_to_datetime(headers.get("Retry-After", "")).timestamp()
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return max(until - time.time(), 0.0)


def excerpt(text: str, secrets: Secrets) -> str:
    """What a server sent, as an error message shows it: one line of bounded length, without secrets."""
    line = secrets.blot(clean(" ".join(text.split())))
    return line if len(line) <= MAX_LINE else line[:MAX_LINE] + "..."
