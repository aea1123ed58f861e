"""A language model behind an OpenAI-style server: FastChat, vLLM, llama.cpp and the like."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import requests
import tenacity

from core.chat import Reply, Request, Usage
from core.errors import (
    ModelError,
    ModelMissing,
    ModelRefused,
    ModelUnavailable,
    ResponseMalformed,
    SettingsError,
)
from planner.chat import clean, seed_of
from planner.choice_scoring import TEMPLATES, most_likely

T = TypeVar("T")

KEY_VARIABLE = "OPENAI_API_KEY"
"""Environment variable with the key of a server that wants one; the key is written nowhere."""
MAX_TRIES = 5
MAX_TOKENS_COUNTED = 2**63 - 1
"""The largest count that the response cache can store."""
MAX_BACKOFF = 60.0
"""Seconds; a server that asks for a longer pause (`Retry-After`) is tried again after this."""
MAX_LINE = 200
"""Characters of a response that an error message shows."""
MALFORMED = (KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError)
"""What reading a JSON document of an unexpected shape raises."""
BAD_URL = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
)


class ServerModel:
    """Posts each whole conversation to ``.../v1/chat/completions``.

    A request with choices posts each choice as the end of the conversation to
    ``.../v1/completions``, which must return log-probabilities of the prompt's tokens.

    Args:
        url: of the chat completions.
        model: its name on the server; empty for the first one the server offers.
        in_flight: number of requests that wait for a response at the same time.
        template: how a conversation is written for ``.../v1/completions``, a key of `TEMPLATES`.
        timeout: seconds to wait for a connection, and for each part of a response; 0: no limit.
        backoff: seconds before the second try; doubles with every further try.
        seed: of the jitter of the pauses between tries.

    Raises:
        SettingsError: the URL holds a secret, or the key in the environment is not a key.
    """

    def __init__(
        self,
        url: str,
        model: str = "",
        *,
        in_flight: int = 8,
        template: str = "chatml",
        timeout: float = 60.0,
        backoff: float = 1.0,
        seed: int = 0,
    ) -> None:
        _refuse_secrets(url)
        self._url = url
        self._model = model
        self.in_flight = in_flight
        self._template = template
        self._timeout = timeout or None
        self._backoff = backoff
        self._jitter = random.Random(seed)
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(pool_maxsize=in_flight))
        key = os.environ.get(KEY_VARIABLE, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise SettingsError(f"{KEY_VARIABLE} holds characters that no key has")
        if key:
            self._session.headers["Authorization"] = f"Bearer {key}"
        self._cancelled = threading.Event()
        self._naming = threading.Lock()

    @property
    def name(self) -> str:
        """The model and where it is served."""
        return f"{self._model or 'model'} at {self._url}"

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What its answers depend on besides the request, wherever it is served.

        Raises:
            ModelError: the model has no name, and the server does not say one.
        """
        return {"model": self.served_model(), "template": self._template}

    def served_model(self) -> str:
        """The model's name; if none was given, the server is asked for it once.

        Raises:
            ModelError: the server does not say one.
        """
        with self._naming:
            if not self._model:
                self._model = self._send(self._sibling_url("/models"), None, _read_first_model)
        return self._model

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers in order; up to `in_flight` requests wait at the same time.

        Each request is sent up to `MAX_TRIES` times. After a failure no more requests are begun,
        and those in progress are waited for.

        Raises:
            ModelError: a request has no answer; `completed` holds the answers to later ones.
            SettingsError: the URL is not valid, or the server cannot score choices.
        """
        self._cancelled.clear()
        self.served_model()
        if len(requests) == 1:  # no pool: several threads may be in `chat` already
            yield self._call(requests[0])()
            return
        pool = ThreadPoolExecutor(self.in_flight)
        futures = [pool.submit(self._call(request)) for request in requests]
        place = 0
        try:
            for place, future in enumerate(futures):  # noqa: B007 read below
                yield future.result()
        except ModelError as error:
            self._stop(pool)
            later = zip(requests[place + 1 :], futures[place + 1 :], strict=True)
            error.completed = [
                (request, future.result())
                for request, future in later
                if not future.cancelled() and future.exception() is None
            ]
            raise
        finally:
            self._stop(pool)

    def _call(self, request: Request) -> Callable[[], Reply]:
        """The function that answers a request, in this thread or another one."""
        if request.choices:
            return partial(self._choose, request)
        return partial(self._send, self._url, self._chat_body(request), _read_chat)

    def _stop(self, pool: ThreadPoolExecutor) -> None:
        """Begin no more requests, retry none, and wait for those in progress."""
        self._cancelled.set()
        pool.shutdown(cancel_futures=True)

    def _chat_body(self, request: Request) -> dict[str, Any]:
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self._model,
            "messages": [message.to_json() for message in request.messages],
            "temperature": sampling.temperature,
            "max_tokens": sampling.max_tokens,
        }
        if sampling.stop:
            body["stop"] = list(sampling.stop)
        if sampling.temperature > 0:
            body["seed"] = seed_of(request)
        return body

    def _choose(self, request: Request) -> Reply:
        """The most likely choice; each choice is a request to the server."""
        before, turn = TEMPLATES[self._template](request.messages)
        usage, logprobs = Usage(), []
        for choice in request.choices:
            text = before + turn.format(choice)
            span = range(len(before), len(text))
            body = {
                "model": self._model,
                "prompt": text,
                "max_tokens": 1,  # the least a server writes; it is not read
                "temperature": 0.0,
                "logprobs": 1,
                "echo": True,
            }
            read = partial(_read_logprobs, span)
            used, scores = self._send(self._sibling_url("/completions"), body, read)
            usage += used
            logprobs.append(scores)
        return Reply(most_likely(request.choices, logprobs), usage)

    def _send(self, url: str, body: dict[str, Any] | None, read: Callable[[Any, float], T]) -> T:
        """Send one request, up to `MAX_TRIES` times, and read the response.

        Args:
            url: where to.
            body: of a POST; None for a GET.
            read: of the JSON document and the seconds it took, retries included.

        Raises:
            ModelError: there is no answer, see `_document` and `read`.
        """
        started = time.perf_counter()
        retrying = tenacity.Retrying(
            stop=tenacity.stop_any(
                tenacity.stop_after_attempt(MAX_TRIES),
                tenacity.stop_when_event_set(self._cancelled),
            ),
            sleep=tenacity.sleep_using_event(self._cancelled),
            retry=tenacity.retry_if_exception_type((ModelUnavailable, ResponseMalformed)),
            wait=self._wait,
            retry_error_callback=self._give_up,
        )

        def once() -> T:
            try:
                verb = "GET" if body is None else "POST"
                response = self._session.request(verb, url, json=body, timeout=self._timeout)
            except BAD_URL as error:
                raise SettingsError(
                    f"--llm_url {self._url!r} is not a valid address: {error}"
                ) from None
            except requests.RequestException as error:
                reason = f"{type(error).__name__}: {_truncate(str(error))}"
                raise ModelUnavailable(reason, url=url) from error
            return read(_document(response), time.perf_counter() - started)

        return retrying(once)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        """Seconds before the next try: what the server asks for, or twice as long each time."""
        error = state.outcome.exception() if state.outcome is not None else None
        asked_for = error.retry_after if isinstance(error, ModelError) else None
        doubled = self._backoff * 2 ** (state.attempt_number - 1) * self._jitter.uniform(0.5, 1.5)
        return min(doubled if asked_for is None else asked_for, MAX_BACKOFF)

    def _give_up(self, state: tenacity.RetryCallState) -> Any:
        """Raise the error of the last try, which says how many there were."""
        last = state.outcome.exception() if state.outcome is not None else None
        assert isinstance(last, ModelError)
        raise type(last)(
            f"no answer from {self._url} after {state.attempt_number} tries: {last}",
            url=last.url or self._url,
            status=last.status,
            tries=state.attempt_number,
        ) from last

    def _sibling_url(self, end: str) -> str:
        """Another address of the same server."""
        return self._url.removesuffix("/chat/completions") + end


def _document(response: requests.Response) -> Any:
    """The JSON document of a response.

    Raises:
        ModelUnavailable: the server is overloaded or broken.
        ModelRefused: it refuses the request.
        ResponseMalformed: the body is not JSON.
    """
    url, status, body = response.url, response.status_code, _truncate(response.text)
    if status == requests.codes.too_many_requests or status >= requests.codes.server_error:
        after = response.headers.get("Retry-After", "")
        raise ModelUnavailable(
            f"status {status}: {body}",
            url=url,
            status=status,
            retry_after=float(after) if after.isdecimal() else None,
        )
    if status != requests.codes.ok:
        raise ModelRefused(
            f"{url} refused the request with status {status}: {body}", url=url, status=status
        )
    try:
        return response.json()
    except (ValueError, RecursionError):  # a number too long, too many brackets
        raise ResponseMalformed(f"not JSON: {body}", url=url, status=status) from None


def _read_chat(document: Any, seconds: float) -> Reply:
    """The reply in a chat completion.

    Raises:
        ResponseMalformed: the document has another shape.
    """
    try:
        text = document["choices"][0]["message"]["content"]
        if not isinstance(text, str):
            raise TypeError(f"the content is {text!r}")
        return Reply(clean(text), _usage(document, seconds))
    except MALFORMED as error:
        raise ResponseMalformed(f"no completion: {_truncate(str(document))}") from error


def _read_logprobs(span: range, document: Any, seconds: float) -> tuple[Usage, list[float]]:
    """The log-probabilities of the tokens that begin in a span of characters of the prompt.

    Raises:
        ResponseMalformed: the document has another shape.
        SettingsError: it is a completion, but says nothing about probabilities.
    """
    try:
        logprobs = document["choices"][0].get("logprobs")
        if not logprobs:
            raise SettingsError(
                "the server gives no log-probabilities: use --planner_mode generate"
            )
        pairs = zip(logprobs["text_offset"], logprobs["token_logprobs"], strict=True)
        found = [float(value) for offset, value in pairs if offset in span]
        if not found:
            raise SettingsError(
                "the server gives no log-probabilities of the prompt: use --planner_mode generate"
            )
        return _usage(document, seconds), found
    except MALFORMED as error:
        raise ResponseMalformed(f"no completion: {_truncate(str(document))}") from error


def _read_first_model(document: Any, seconds: float) -> str:  # noqa: ARG001 as all readers
    """The name of the first model in a list of models.

    Raises:
        ModelMissing: there is none.
    """
    try:
        return clean(str(document["data"][0]["id"]))
    except MALFORMED:
        raise ModelMissing("the server names no model: give one with --llm_model") from None


def _usage(document: Any, seconds: float) -> Usage:
    """One call, with the tokens that the server counted.

    Raises:
        ValueError, TypeError: a count is negative, too large or not a number.
    """
    used = document.get("usage") or {}
    prompt, completion = (
        int(used.get(name) or 0) for name in ("prompt_tokens", "completion_tokens")
    )
    if not (0 <= prompt <= MAX_TOKENS_COUNTED and 0 <= completion <= MAX_TOKENS_COUNTED):
        raise ValueError(f"impossible token counts: {prompt}, {completion}")
    return Usage(1, prompt, completion, seconds)


def _refuse_secrets(url: str) -> None:
    """A URL is shown and kept in files, so it must not hold a key.

    Raises:
        SettingsError: it holds a user name, a password or a query.
    """
    if "@" in url or "?" in url:
        raise SettingsError(
            "--llm_url must not contain @ or a question mark; a key belongs in the environment variable "
            f"{KEY_VARIABLE}"
        )


def _truncate(text: str) -> str:
    """One line of bounded length."""
    line = clean(" ".join(text.split()))
    return line if len(line) <= MAX_LINE else line[:MAX_LINE] + "..."
