"""What a server wants otherwise than the others: fields that it rejects, learned from its refusals."""

import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from core.console import warn
from planner.server.response import Response, parse

OLD_LIMIT, NEW_LIMIT = "max_tokens", "max_completion_tokens"
REFUSALS = (400, 422, 500, 501)
"""Statuses of a response that may name a field; also a success whose document is an error."""
CONSEQUENCES = {
    OLD_LIMIT: "answers are as long as the server likes",
    NEW_LIMIT: "answers are as long as the server likes",
    "temperature": "the same question may get different answers",
    "seed": "answers at a temperature above 0 cannot be repeated",
    "stop": "answers are cut here instead",
}
"""The fields that can be left out, and what follows from it."""
_ECHOES = frozenset({"input", "ctx", "url", "body", "request"})
"""Fields of an error that repeat what was sent."""
_SENTENCE = re.compile(r"(?<=[.;!])\s+")
_ALTERNATIVES = re.compile(
    r"(expected (one of|fields?)|did you mean|must be one of|\buse\b.*\binstead"
    r"|(?<!not )\b(supported|allowed|valid|permitted|accepted|available|known) "
    r"(parameters|params|fields|arguments|properties|keys|options|values)\b[^:]*:).*",
    re.IGNORECASE | re.DOTALL,
)
"""What a server takes instead is not what it rejects."""
_REJECTS = re.compile(
    r"unsupported|not.{0,20}(support|accept)|n't.{0,20}(support|accept)|unrecogni[sz]ed|unknown|unexpected"
    r"|not (be )?(permitted|allowed|implemented|available|valid|recogni[sz]ed|compatible|known|a valid|used|set)"
    r"|extra[_ ](forbidden|fields?|inputs?|parameters?|arguments?)|additional propert|only (the default|\S+ is)"
    r"|invalid (field|parameter|param|argument|property|key|option|name)|no such|can(no|')t be"
    r"|cannot find field|deprecated|no longer|forbidden|incompatible",
    re.IGNORECASE,
)
_NOT_ZERO = re.compile(
    r"positive|(greater|larger|more|higher) than (0|zero)|> ?0|above (0|zero)|non-?zero|\(0(\.0)?,",
    re.IGNORECASE,
)
_NO_SYSTEM = re.compile(
    r"system.{0,60}(not|n't|un|in)[ -]?(support|allow|accept|permit|recogni|valid|enabled|known|match|available)"
    r"|(not|n't|un|in)[ -]?(support|valid|allow|expected|known|recogni|accept|permit).{0,60}\bsystem\b"
    r"|roles must alternate|only user,? and assistant|developer instruction"
    r"|(start|begin)\w* with .{0,20}user|first (message|turn).{0,30}user|role.{0,30}\b(must|should) be\b.{0,40}user",
    re.IGNORECASE | re.DOTALL,
)


class Dialect:
    """The form of request bodies that one server accepts.

    It is remembered as long as the object lives, and each change is said once. Several threads may use it at
    the same time. Which fields a server rejects depends only on the server, so it is no part of a cache key.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_renamed = False
        self._folds_system = False
        self._left_out: set[str] = set()

    def leaves_out(self, field: str) -> bool:
        """Whether a field is not sent."""
        return field in self._left_out

    def adapt(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """A body as this server accepts it, as far as is known."""
        with self._lock:
            renamed, folds, left_out = self._is_renamed, self._folds_system, set(self._left_out)
        adapted = {
            NEW_LIMIT if renamed and name == OLD_LIMIT else name: value
            for name, value in body.items()
        }
        adapted = {name: value for name, value in adapted.items() if name not in left_out}
        if folds and "messages" in adapted:
            adapted["messages"] = _without_system(adapted["messages"])
        return adapted

    def correct(
        self, body: Mapping[str, Any], sent: Mapping[str, Any], response: Response
    ) -> dict[str, Any] | None:
        """The body to send after a refusal; None if sending it otherwise would not help.

        Args:
            body: the request as it should be.
            sent: the request as it was sent.
            response: to it.
        """
        complaints = list(_complaints(response))
        if not complaints:
            return None
        with self._lock:
            for field in CONSEQUENCES:
                if field in sent and any(_rejects(text, field, sent) for text in complaints):
                    self._reject(field)
            has_system = any(turn["role"] == "system" for turn in sent.get("messages", ()))
            if has_system and not self._folds_system and any(map(_NO_SYSTEM.search, complaints)):
                self._folds_system = True
                warn("the server takes no system message: it now begins the first user message")
        corrected = self.adapt(body)
        return None if corrected == sent else corrected

    def _reject(self, field: str) -> None:
        if field == OLD_LIMIT and not self._is_renamed:
            self._is_renamed = True
            warn(f"the server rejects {OLD_LIMIT}: {NEW_LIMIT} is sent instead")
        elif field != OLD_LIMIT and field not in self._left_out:
            self._left_out.add(field)
            warn(f"the server rejects {field}: it is left out, and {CONSEQUENCES[field]}")


def _complaints(response: Response) -> Iterator[str]:
    """The sentences of a refusal, without what the server takes instead."""
    if response.is_success and b'"error"' not in response.body:
        return
    if not response.is_success and response.status not in REFUSALS:
        return
    try:
        document = parse(response.body)
    except (ValueError, RecursionError):
        document = response.text
    if response.is_success and (not isinstance(document, dict) or document.get("choices")):
        return
    for text in _texts(document):
        for sentence in _SENTENCE.split(text):
            yield _ALTERNATIVES.sub("", sentence)


def _texts(document: Any) -> Iterator[str]:
    """The texts of an error; those of one object, and of the lists in it, together."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, list):
        for item in document:
            yield from _texts(item)
    elif isinstance(document, dict):
        parts = [
            " ".join(map(str, value)) if isinstance(value, list) else value
            for name, value in document.items()
            if name not in _ECHOES and (isinstance(value, str) or _is_place(value))
        ]
        yield ": ".join(parts)
        for name, value in document.items():
            if name not in _ECHOES and isinstance(value, dict | list) and not _is_place(value):
                yield from _texts(value)


def _is_place(value: Any) -> bool:
    """Whether it is a list like ``["body", "seed"]``."""
    return isinstance(value, list) and all(isinstance(item, str | int) for item in value)


def _rejects(text: str, field: str, sent: Mapping[str, Any]) -> bool:
    name = field.replace("_", "[_ ]")
    if not re.search(rf"(?<![\w-]){name}s?(?![\w-])", text, re.IGNORECASE):
        return False
    if _REJECTS.search(text):
        return True
    return field == "temperature" and sent[field] == 0 and bool(_NOT_ZERO.search(text))


def _without_system(messages: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """The messages with the system's text at the beginning of the first user message."""
    system = "\n\n".join(turn["content"] for turn in messages if turn["role"] == "system")
    others = [turn for turn in messages if turn["role"] != "system"]
    if others and others[0]["role"] == "user":
        first, *others = others
        system = f"{system}\n\n{first['content']}"
    return [{"role": "user", "content": system}, *others]
