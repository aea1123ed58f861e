"""A language model behind an OpenAI-style server: FastChat, vLLM, llama.cpp and the like."""

import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import requests
import tenacity

from core.chat import Message, Reply
from core.errors import PlannerError

T = TypeVar("T")

KEY_VARIABLE = "OPENAI_API_KEY"
"""Where the key of a server that wants one is taken from; it is written nowhere."""
MAX_TRIES = 5
LONGEST_PAUSE = 60.0
"""Seconds; a server that says `Retry-After` later than this is taken by its word up to here."""
TOO_MANY = 429


class _Passing(Exception):
    """A fault that may pass: worth another try.

    Attributes:
        retry_after: seconds the server asks to wait, or None.
    """

    def __init__(self, what: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class ServerModel:
    """Posts the whole conversation to ``.../v1/chat/completions``.

    Args:
        url: of the completions.
        model: its name there; empty for the first one the server offers.
        temperature, max_tokens: how it answers.
        timeout: seconds to wait for a connection, and again for each piece of an answer; 0: for ever.
        seed: sent along where the temperature leaves something to chance, and sets the jitter.
        pause: seconds before the second try; it doubles with every further one.
    """

    def __init__(
        self,
        url: str,
        model: str = "",
        *,
        temperature: float = 0.0,
        max_tokens: int = 128,
        timeout: float = 60.0,
        seed: int = 0,
        pause: float = 1.0,
    ) -> None:
        self._url = url
        self._model = model
        self._options: dict[str, Any] = {"temperature": temperature, "max_tokens": max_tokens}
        if temperature > 0:
            self._options["seed"] = seed
        self._timeout = timeout or None
        self._pause = pause
        self._jitter = random.Random(seed)
        self._session = requests.Session()
        if key := os.environ.get(KEY_VARIABLE):
            self._session.headers["Authorization"] = f"Bearer {key}"

    @property
    def name(self) -> str:
        """The model and where it is served."""
        return f"{self._model or 'model'} at {self._url}"

    def chat(self, messages: Sequence[Message]) -> Reply:
        """The model's answer, after `MAX_TRIES` tries at most.

        Raises:
            PlannerError: the server cannot be reached, refuses the question or makes no sense.
        """
        if not self._model:
            self._model = self._with_patience(self._first_model)
        body = {
            "model": self._model,
            "messages": [message.to_json() for message in messages],
            **self._options,
        }
        started = time.perf_counter()
        reply = self._with_patience(lambda: _read(self._fetch("POST", self._url, body)))
        return replace(reply, seconds=time.perf_counter() - started)

    def _with_patience(self, work: Callable[[], T]) -> T:
        """Do something again and again while it fails in ways that may pass."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(MAX_TRIES),
            retry=tenacity.retry_if_exception_type(_Passing),
            wait=self._wait,
        )
        try:
            return retrying(work)
        except tenacity.RetryError as error:
            last = error.last_attempt.exception()
            raise PlannerError(
                f"no answer from {self._url} after {MAX_TRIES} tries: {last}"
            ) from last

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before the next try: what the server asks for, or twice as long each time."""
        error = state.outcome.exception() if state.outcome is not None else None
        asked_for = error.retry_after if isinstance(error, _Passing) else None
        doubled = self._pause * 2 ** (state.attempt_number - 1) * self._jitter.uniform(0.5, 1.5)
        return min(doubled if asked_for is None else asked_for, LONGEST_PAUSE)

    def _first_model(self) -> str:
        """The name of the first model the server offers."""
        url = self._url.removesuffix("/chat/completions") + "/models"
        document = self._fetch("GET", url, None)
        try:
            return str(document["data"][0]["id"])
        except (KeyError, IndexError, TypeError):
            raise PlannerError(f"{url} names no model: give one with --llm_model") from None

    def _fetch(self, verb: str, url: str, body: dict[str, Any] | None) -> Any:
        """One request; returns the JSON document.

        Raises:
            _Passing: it may work next time.
            PlannerError: it will not.
        """
        try:
            response = self._session.request(verb, url, json=body, timeout=self._timeout)
        except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema,
                requests.exceptions.MissingSchema) as error:  # fmt: skip
            raise PlannerError(f"--llm_url {self._url!r} is no address: {error}") from None
        except requests.RequestException as error:
            raise _Passing(f"{type(error).__name__}: {_short(str(error))}") from error
        status, said = response.status_code, _short(response.text)
        if status == TOO_MANY or status >= requests.codes.server_error:
            after = response.headers.get("Retry-After", "")
            raise _Passing(f"status {status}: {said}", float(after) if after.isdecimal() else None)
        if status != requests.codes.ok:
            raise PlannerError(f"{url} refused the question with status {status}: {said}")
        try:
            return response.json()
        except requests.JSONDecodeError:
            raise _Passing(f"not JSON: {said}") from None


def _read(document: Any) -> Reply:
    """The reply in a completion.

    Raises:
        _Passing: the document has another shape.
    """
    try:
        text = document["choices"][0]["message"]["content"]
        used = document.get("usage") or {}
        prompt, completion = used.get("prompt_tokens", 0), used.get("completion_tokens", 0)
        if not isinstance(text, str):
            raise TypeError(f"the content is {text!r}")
        return Reply(text, 1, int(prompt or 0), int(completion or 0))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
        raise _Passing(f"no completion: {_short(str(document))}") from error


def _short(text: str) -> str:
    """One line of bounded length."""
    line = " ".join(text.split())
    return line if len(line) <= 200 else line[:200] + "..."
