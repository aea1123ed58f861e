"""A language model behind an OpenAI-style server: FastChat, vLLM, llama.cpp and the like."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import requests
import tenacity

from core.chat import Reply, Request, Usage
from core.errors import PlannerError
from planner.chat import Sampling, clean
from planner.rank import likeliest
from planner.templates import TEMPLATES

T = TypeVar("T")

KEY_VARIABLE = "OPENAI_API_KEY"
"""Where the key of a server that wants one is taken from; it is written nowhere."""
MAX_TRIES = 5
MOST_TOKENS = 2**63 - 1
"""What a file of answers can hold."""
LONGEST_PAUSE = 60.0
"""Seconds; a server that says `Retry-After` later than this is taken by its word up to here."""
TOO_MANY = 429


NOT_SO = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)
"""What looking into a JSON document of another shape raises."""


class _Passing(Exception):
    """A fault that may pass: worth another try.

    Attributes:
        retry_after: seconds the server asks to wait, or None.
    """

    def __init__(self, what: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.retry_after = retry_after


class ServerModel:
    """Posts each whole conversation to ``.../v1/chat/completions``.

    Where there are choices, each is posted behind the conversation to ``.../v1/completions``, which
    says how likely it is; a server that does not is no ranker.

    Args:
        url: of the chat completions.
        model: its name there; empty for the first one the server offers.
        sampling: how it answers.
        in_flight: so many requests are under way at a time.
        template: how a conversation is written for ``.../v1/completions``, see `TEMPLATES`.
        timeout: seconds to wait for a connection, and again for each piece of an answer; 0: for ever.
        pause: seconds before the second try; it doubles with every further one.
    """

    def __init__(
        self,
        url: str,
        model: str = "",
        *,
        sampling: Sampling | None = None,
        in_flight: int = 8,
        template: str = "chatml",
        timeout: float = 60.0,
        pause: float = 1.0,
    ) -> None:
        self._url = url
        _refuse_secrets(url)
        self._model = model
        self._sampling = sampling or Sampling()
        self._in_flight = in_flight
        self._template = template
        self._timeout = timeout or None
        self._pause = pause
        self._jitter = random.Random(self._sampling.seed)
        self._session = requests.Session()
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=in_flight))
        self._session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=in_flight))
        key = os.environ.get(KEY_VARIABLE, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise PlannerError(f"{KEY_VARIABLE} holds characters that no key has")
        if key:
            self._session.headers["Authorization"] = f"Bearer {key}"
        self._gone = threading.Event()

    @property
    def name(self) -> str:
        """The model and where it is served."""
        return f"{self._model or 'model'} at {self._url}"

    @property
    def identity(self) -> Mapping[str, Any]:
        """What its answers depend on besides the request, wherever it is served.

        Raises:
            PlannerError: the model has no name, and the server does not say one.
        """
        return {
            "model": self._served_model(),
            "template": self._template,
            **self._sampling.identity,
        }

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers, each after `MAX_TRIES` tries at most; some are waited for together.

        Raises:
            PlannerError: the server cannot be reached, refuses a question or makes no sense. It
                brings the answers that came behind that question all the same.
        """
        self._gone.clear()
        self._served_model()
        pool = ThreadPoolExecutor(self._in_flight)
        futures = [pool.submit(self._answer, request) for request in requests]
        try:
            for future in futures:
                yield future.result()
        except PlannerError as error:
            self._end(pool)
            answered = zip(requests, futures, strict=True)
            error.arrived = [
                (request, future.result())
                for request, future in answered
                if not future.cancelled() and future.exception() is None
            ]
            raise
        finally:
            self._end(pool)

    def _end(self, pool: ThreadPoolExecutor) -> None:
        """Begin no more requests, try none again, and wait for those under way."""
        self._gone.set()
        pool.shutdown(cancel_futures=True)

    def _answer(self, request: Request) -> Reply:
        started = time.perf_counter()
        reply = self._rank(request) if request.choices else self._continue(request)
        seconds = time.perf_counter() - started
        return replace(reply, usage=replace(reply.usage, seconds=seconds))

    def _continue(self, request: Request) -> Reply:
        """What the model says next."""
        sampling = self._sampling
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [message.to_json() for message in request.messages],
            "temperature": sampling.temperature,
            "max_tokens": sampling.max_tokens,
        }
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if sampling.temperature > 0:
            body["seed"] = sampling.seed_of(request.sample)
        return self._with_patience(lambda: _read_chat(self._fetch("POST", self._url, body)))

    def _rank(self, request: Request) -> Reply:
        """The likeliest choice: one question to the server for each."""
        before, turn = TEMPLATES[self._template](request.messages)
        usage, logprobs = Usage(), []
        for choice in request.choices:
            rate = partial(self._rate, before, turn.format(choice))
            used, found = self._with_patience(rate)
            usage += used
            logprobs.append(found)
        return Reply(likeliest(request.choices, logprobs), usage)

    def _rate(self, before: str, turn: str) -> tuple[Usage, list[float]]:
        """How likely a turn is: the log-probabilities of its tokens."""
        body = {
            "model": self._model,
            "prompt": before + turn,
            "max_tokens": 1,  # the least a server writes; nobody looks at it
            "temperature": 0.0,
            "logprobs": 1,
            "echo": True,
        }
        span = range(len(before), len(before + turn))
        return _read_logprobs(self._fetch("POST", self._beside("/completions"), body), span)

    def _served_model(self) -> str:
        """The model's name; the server is asked for it once where none was given."""
        if not self._model:
            self._model = self._with_patience(self._first_model)
        return self._model

    def _with_patience(self, work: Callable[[], T]) -> T:
        """Do something again and again while it fails in ways that may pass."""
        retrying = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(MAX_TRIES), tenacity.stop_when_event_set(self._gone)
            ),
            sleep=tenacity.sleep_using_event(self._gone),
            retry=tenacity.retry_if_exception_type(_Passing),
            wait=self._wait,
        )
        try:
            return retrying(work)
        except tenacity.RetryError as error:
            last = error.last_attempt.exception()
            raise PlannerError(
                f"no answer from {self._url} after {error.last_attempt.attempt_number} tries: {last}"
            ) from last

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before the next try: what the server asks for, or twice as long each time."""
        error = state.outcome.exception() if state.outcome is not None else None
        asked_for = error.retry_after if isinstance(error, _Passing) else None
        doubled = self._pause * 2 ** (state.attempt_number - 1) * self._jitter.uniform(0.5, 1.5)
        return min(doubled if asked_for is None else asked_for, LONGEST_PAUSE)

    def _beside(self, end: str) -> str:
        """Another address of the same server."""
        return self._url.removesuffix("/chat/completions") + end

    def _first_model(self) -> str:
        """The name of the first model the server offers."""
        url = self._beside("/models")
        document = self._fetch("GET", url, None)
        try:
            return clean(str(document["data"][0]["id"]))
        except NOT_SO:
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
        except (ValueError, RecursionError):  # too long a number, too many brackets
            raise _Passing(f"not JSON: {said}") from None


def _read_chat(document: Any) -> Reply:
    """The reply in a completion.

    Raises:
        _Passing: the document has another shape.
    """
    try:
        text = document["choices"][0]["message"]["content"]
        if not isinstance(text, str):
            raise TypeError(f"the content is {text!r}")
        return Reply(clean(text), _usage(document))
    except NOT_SO as error:
        raise _Passing(f"no completion: {_short(str(document))}") from error


def _read_logprobs(document: Any, span: range) -> tuple[Usage, list[float]]:
    """The log-probabilities of the tokens that begin in a span of characters of the prompt.

    Raises:
        _Passing: the document has another shape.
        PlannerError: it is a completion, but says nothing about probabilities.
    """
    try:
        logprobs = document["choices"][0].get("logprobs")
        if not logprobs:
            raise PlannerError(
                "the server gives no log-probabilities: take --planner_mode generate"
            )
        pairs = zip(logprobs["text_offset"], logprobs["token_logprobs"], strict=True)
        found = [float(value) for offset, value in pairs if offset in span]
        if not found:
            raise PlannerError(
                "the server says nothing about the tokens it is given: take --planner_mode generate"
            )
        return _usage(document), found
    except NOT_SO as error:
        raise _Passing(f"no completion: {_short(str(document))}") from error


def _usage(document: Any) -> Usage:
    """One call, with the tokens that the server counted."""
    used = document.get("usage") or {}
    counts = [int(used.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")]
    if not all(0 <= count <= MOST_TOKENS for count in counts):
        raise ValueError(f"nobody counts so many tokens: {counts}")
    return Usage(1, *counts)


def _refuse_secrets(url: str) -> None:
    """An address is shown and kept in files.

    Raises:
        PlannerError: a name and a password stand in it, or something behind a question mark.
    """
    if "@" in url or "?" in url:
        raise PlannerError(
            f"--llm_url: no @ and no question mark; a key belongs into the environment variable {KEY_VARIABLE}"
        )


def _short(text: str) -> str:
    """One line of bounded length."""
    line = clean(" ".join(text.split()))
    return line if len(line) <= 200 else line[:200] + "..."
