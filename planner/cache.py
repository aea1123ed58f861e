"""A language model's answers come from a cache where they can."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Protocol

from core.chat import Reply, Request, Usage
from core.errors import ModelError
from planner.account import Account
from planner.chat import ChatModel
from planner.sqlite_cache import Row, SqliteCache


class CacheableModel(ChatModel, Protocol):
    """A chat model whose answers may be cached."""

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What its answers depend on besides the request."""
        ...


class CachedModel:
    """Answers from a cache; what is missing there is asked of the model and cached.

    An answer that the run itself has paid for, and has not billed because it was interrupted, comes back with
    what it took, as if it had just been asked for.

    Args:
        model: answers.
        cache: keeps the answers.
        account: of the run that asks.
    """

    def __init__(self, model: CacheableModel, cache: SqliteCache, account: Account) -> None:
        self._model = model
        self._cache = cache
        self._account = account

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    @property
    def in_flight(self) -> int:
        """See `ChatModel.in_flight`."""
        return self._model.in_flight

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The answers, each cached before it is yielded; equal requests are sent once.

        Raises:
            ModelError: the model has none; the later answers in `ModelError.completed` are cached.
            RunDirectoryError: the cache cannot be used.
        """
        fingerprint = self._model.fingerprint
        rows = {request: self._find(fingerprint, request) for request in requests}
        new = [request for request, row in rows.items() if row is None]
        fresh = iter(self._model.chat(new) if new else ())
        given: dict[Request, Reply] = {}
        try:
            for request in requests:
                if request in given:
                    yield replace(given[request], usage=Usage(cache_hits=1))
                    continue
                row = rows[request]
                if row is None:
                    reply = next(fresh)
                    self._put(fingerprint, request, reply)
                    self._account.bill(request_digest(request))
                else:
                    reply = self._charge(request, row)
                given[request] = reply
                yield reply
        except ModelError as error:
            for request, reply in error.completed:
                self._put(fingerprint, request, reply)
            raise

    def _find(self, fingerprint: Mapping[str, Any], request: Request) -> Row | None:
        key = _digest(cache_key(fingerprint, request))
        return self._cache.get(request_digest(request), key, self._account.run)

    def _charge(self, request: Request, row: Row) -> Reply:
        """The answer with what it costs the run now: all it took, or nothing."""
        is_new = self._account.bill(request_digest(request))
        if row.run == self._account.run and is_new:
            return row.reply
        if is_new:
            self._account.reuse(row.run, row.time.partition("T")[0])
        return replace(row.reply, usage=Usage(cache_hits=1))

    def _put(self, fingerprint: Mapping[str, Any], request: Request, reply: Reply) -> None:
        asked = cache_key(fingerprint, request)
        self._cache.put(
            run=self._account.run,
            request=request_digest(request),
            key=_digest(asked),
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            model=self.name,
            question=request.question,
            answer=reply.text,
            cut=reply.cut,
            asked=asked,
            llm_calls=reply.usage.llm_calls,
            prompt_tokens=reply.usage.prompt_tokens,
            completion_tokens=reply.usage.completion_tokens,
            seconds=reply.usage.seconds,
        )


def cache_key(fingerprint: Mapping[str, Any], request: Request) -> str:
    """Everything an answer depends on, as JSON: the model, the sampling and the conversation.

    The seed is part of it only where the temperature leaves something to chance.
    """
    conversation = request.to_json()
    sampling = conversation.pop("sampling")
    if request.sampling.temperature == 0:
        del sampling["seed"]
    return json.dumps([{**fingerprint, **sampling}, conversation], sort_keys=True)


def request_digest(request: Request) -> str:
    """Names a request, whatever model answers it."""
    return _digest(cache_key({}, request))


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
