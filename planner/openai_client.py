"""A language model behind an OpenAI-style server: FastChat, vLLM, llama.cpp and the like."""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from core.chat import Reply, Request, Usage
from core.console import warn
from core.errors import (
    ModelError,
    ModelMissing,
    ModelRefused,
    ModelUnavailable,
    ResponseMalformed,
    ServerNotRunning,
    SettingsError,
)
from core.secrets import Secrets
from core.settings import ServeSettings
from core.untrusted import clean
from planner.chat import seed_of
from planner.choice_scoring import TEMPLATES, most_likely
from planner.server.address import CHAT, COMPLETIONS, FORM, MODELS, Address
from planner.server.completion import MALFORMED, is_cut, scores_in, text_of, token_counts
from planner.server.dialect import Dialect
from planner.server.response import excerpt
from planner.server.retries import Retries
from planner.server.transport import Transport

T = TypeVar("T")
E = TypeVar("E", bound=ModelError)

KEY_VARIABLE = "OPENAI_API_KEY"
"""Environment variable with the key of a server that wants one; the key is written nowhere."""
WITHOUT_LIST = (404, 405, 501)
"""Statuses of a server that does not list its models."""
ABOUT_WEIGHTS = ("root", "meta")
"""Fields of a server's list of models that describe weights (vLLM, llama.cpp)."""


class ServerModel:
    """Posts each whole conversation to ``.../v1/chat/completions``.

    A request with choices posts each choice as the end of the conversation to
    ``.../v1/completions``, which must return log-probabilities of the prompt's tokens.

    Args:
        url: of the server, see `planner.server.address.Address.parse`.
        model: its name on the server; empty for the first one the server offers.
        in_flight: number of requests that wait for a response at the same time.
        template: how a conversation is written for ``.../v1/completions``, a key of `TEMPLATES`.
        timeout: seconds to wait for a connection, and for a response; 0: no limit.
        max_bytes: of a response; a longer one is malformed.
        backoff: seconds before the second try; doubles with every further try.
        seed: of the jitter of the pauses between tries.

    Raises:
        SettingsError: the URL is not valid, the key in the environment is not a key, or the environment names
            a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        url: str,
        model: str = "",
        *,
        in_flight: int = 8,
        template: str = "chatml",
        timeout: float = 60.0,
        max_bytes: int = 1_000_000,
        backoff: float = 1.0,
        seed: int = 0,
    ) -> None:
        key = os.environ.get(KEY_VARIABLE, "").strip()
        if not (key.isascii() and key.isprintable()):
            raise SettingsError(f"{KEY_VARIABLE} holds characters that no key has")
        self._address = Address.parse(url)
        self._secrets = Secrets((key, *self._address.secrets))
        self._transport = Transport(
            self._address,
            self._address.authorization or (f"Bearer {key}" if key else ""),
            connections=in_flight,
            timeout=timeout,
            max_bytes=max_bytes,
        )
        self._retries = Retries(self._address.shown(), backoff, seed)
        self._dialects = {endpoint: Dialect() for endpoint in (CHAT, COMPLETIONS, MODELS)}
        self._model = model
        self.in_flight = in_flight
        self._template = template
        self._naming = threading.Lock()
        self._identity: Mapping[str, str] | None = None
        self._has_odd_usage = threading.Event()

    @property
    def name(self) -> str:
        """The model and where it is served."""
        return f"{self._secrets.blot(self._model) or 'model'} at {self._address.shown()}"

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What its answers depend on besides the request.

        Raises:
            ModelError: the model has no name, and the server does not say one.
        """
        model = self.served_model()
        with self._naming:
            if self._identity is None:
                self._identity = self._identify(model)
        return {"model": model, "template": self._template, **self._identity}

    def _identify(self, model: str) -> dict[str, str]:
        """Which weights the name stands for: many servers answer to any name.

        That is the digest of the weights where the server's list tells one, wherever it is; else the address,
        and what else the list says about the weights and does not change from request to request.
        """
        card = next((card for card in self._cards() if card.get("id") == model), {})
        digest = card.get("digest") or card.get("sha256")
        if digest:
            return {"digest": str(digest)}
        identity = {"server": self._address.shown()}
        told = {name: card[name] for name in ABOUT_WEIGHTS if card.get(name) not in (None, model)}
        if told:
            text = json.dumps(told, sort_keys=True).encode()
            identity["weights"] = hashlib.sha256(text).hexdigest()
        return identity

    def served_model(self) -> str:
        """The model's name; if none was given, the server is asked for it once.

        Raises:
            ModelError: the server does not say one.
        """
        with self._naming:
            if not self._model:
                self._model = self._try(self._first_model)
        return self._model

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The model's answers in order; up to `in_flight` requests wait at the same time.

        Each request is sent up to `planner.server.retries.MAX_TRIES` times. After a failure no more requests are
        begun, and those in progress are waited for.

        Raises:
            ModelError: a request has no answer; `completed` holds the answers to later ones.
            SettingsError: the server cannot score choices, or choices shall follow what is written freely.
        """
        self._retries.restart()
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
        """The function that answers a request, in this thread or another one.

        Raises:
            SettingsError: it mixes writing and choosing.
        """
        if request.choices_after:
            raise SettingsError(
                "a server cannot write freely and then choose in one answer: use --planner local"
            )
        if request.choices:
            return partial(self._choose, request)
        return partial(self._write, request)

    def _stop(self, pool: ThreadPoolExecutor) -> None:
        """Begin no more requests, retry none, and wait for those in progress."""
        self._retries.cancel()
        pool.shutdown(cancel_futures=True)

    def _write(self, request: Request) -> Reply:
        """The answer that the model writes."""
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
        try:
            reply = self._ask(CHAT, body, self._read_chat)
        except ModelRefused as error:
            raise self._with_advice(error) from error
        if self._dialects[CHAT].leaves_out("stop"):
            ends = [reply.text.find(stop) for stop in sampling.stop if stop in reply.text]
            if ends:
                return Reply(reply.text[: min(ends)], reply.usage)
        return reply

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
            try:
                used, scores = self._ask(COMPLETIONS, body, partial(self._read_scores, span))
            except ModelRefused as error:
                advised = self._with_advice(error)
                if advised.status in (400, 404, 405, 422):
                    advised = advised.with_advice(
                        "a server that cannot rank needs --planner_mode generate"
                    )
                raise advised from error
            usage += used
            logprobs.append(scores)
        return Reply(most_likely(request.choices, logprobs, request.choices_by), usage)

    def _ask(self, endpoint: str, body: Mapping[str, Any], read: Callable[[Any, float], T]) -> T:
        """Send one request, again if need be, and read the response.

        Args:
            endpoint: where to.
            body: of a POST.
            read: of the JSON document and the seconds it took, retries included.

        Raises:
            ModelError: there is no answer.
        """
        started = time.perf_counter()
        return self._try(
            partial(
                self._once,
                endpoint,
                body,
                lambda document: read(document, time.perf_counter() - started),
            )
        )

    def _try(self, once: Callable[[], T]) -> T:
        """Try to get something from the server, several times if need be.

        Raises:
            ModelError: of the last try; where this machine has no server, with the command that starts one.
        """
        try:
            return self._retries.run(once)
        except ServerNotRunning as error:
            # slow to import
            from planner.fastchat_process import LOOPBACK_NAMES

            if self._address.scheme != "http" or self._address.host not in LOOPBACK_NAMES:
                raise
            port = self._address.port
            typed = "" if port == ServeSettings().port else f" --port {port}"
            raise error.with_advice(
                f"python main.py serve{typed} starts a server there, --llm_url names another one"
            ) from error

    def _once(self, endpoint: str, body: Mapping[str, Any] | None, read: Callable[[Any], T]) -> T:
        """One try: a request that the server wants otherwise is sent so at once."""
        dialect = self._dialects[endpoint]
        sent = None if body is None else dialect.adapt(body)
        try:
            while True:
                response = self._transport.exchange(sent, endpoint)
                corrected = None
                if body is not None and sent is not None:
                    corrected = dialect.correct(body, sent, response)
                if corrected is None:
                    break
                sent = corrected
            document = response.document(self._secrets)
            try:
                return read(document)
            except MALFORMED as error:
                expected = "list of models" if endpoint == MODELS else "completion"
                raise ResponseMalformed(
                    f"no {expected}: {self._shown(str(document))}", url=response.url
                ) from error
        except (ModelError, SettingsError) as error:
            error.args = (self._secrets.blot(str(error)),)
            raise

    def _with_advice(self, error: E) -> E:
        """The error of a request with what to do about a wrong address, name or key."""
        if error.status == 401:
            return error.with_advice(f"its key is read from {KEY_VARIABLE}")
        if error.status not in (400, 404):
            return error
        names = [self._shown(str(card.get("id"))) for card in self._cards()]
        if names and self._shown(self._model) not in names:
            return error.with_advice(f"with --llm_model it offers {', '.join(names[:10])}")
        if error.status == 404:
            return error.with_advice(f"--llm_url has the form {FORM}")
        return error

    def _cards(self) -> list[dict[str, Any]]:
        """What the server's list says about its models, by one try; empty if there is none."""
        try:
            return self._once(MODELS, None, _cards_in)
        except ModelError:
            return []

    def _first_model(self) -> str:
        """The name of the first model in the server's list, by one try.

        Raises:
            ModelMissing: there is none.
            ModelError: there is no response.
        """
        try:
            cards = self._once(MODELS, None, _cards_in)
            return self._secrets.blot_long(clean(cards[0]["id"]))
        except (ModelRefused, ModelUnavailable) as error:
            if error.status not in WITHOUT_LIST:
                raise self._with_advice(error) from error
            reason = f"status {error.status}"
        except ResponseMalformed as error:
            reason = str(error)
        except MALFORMED:
            reason = "its list holds none"
        raise ModelMissing(
            f"the server names no model ({reason}): give one with --llm_model",
            url=self._address.shown(MODELS),
        )

    def _read_chat(self, document: Any, seconds: float) -> Reply:
        """The reply in a chat completion."""
        text = self._secrets.blot_long(clean(text_of(document)))  # cleaning may join its parts
        return Reply(text, self._usage(document, seconds), is_cut(document))

    def _read_scores(self, span: range, document: Any, seconds: float) -> tuple[Usage, list[float]]:
        """The log-probabilities of the tokens that begin in a span of characters of the prompt.

        Raises:
            SettingsError: the completion says nothing about them.
        """
        scores = scores_in(document, span)
        if not scores:
            these = "" if scores is None else " of the prompt"
            raise SettingsError(
                f"the server gives no log-probabilities{these}: use --planner_mode generate"
            )
        return self._usage(document, seconds), scores

    def _usage(self, document: Any, seconds: float) -> Usage:
        """One call, with the tokens that the server counted; what is no count is 0, and said once."""
        prompt, completion = token_counts(document)
        if None in (prompt, completion) and not self._has_odd_usage.is_set():
            self._has_odd_usage.set()
            usage = self._shown(str(document["usage"]))
            warn(f"the server counts no tokens ({usage}): what is no count is taken as 0")
        return Usage(1, prompt or 0, completion or 0, seconds)

    def _shown(self, text: str) -> str:
        return excerpt(text, self._secrets)


def _cards_in(document: Any) -> list[dict[str, Any]]:
    """The descriptions in a list of models, which some servers send without an object around it."""
    cards = document if isinstance(document, list) else document["data"]
    return [card for card in cards if isinstance(card, dict)]
