"""A cache of language models' answers, in one file for all runs and processes."""

import hashlib
import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database
from sqlite_utils.db import NotFoundError

from core.chat import Reply, Request, Usage
from core.decode import convert
from core.errors import ModelError, RunDirectoryError
from planner.chat import ChatModel

COLUMNS = {"key": str, "model": str, "question": str, "answer": str, "asked": str,
           "prompt_tokens": int, "completion_tokens": int, "seconds": float, "cut": bool}  # fmt: skip
BUSY_SECONDS = 60.0
"""Seconds to wait while another process writes."""


class Cache(Protocol):
    """Keeps replies by key; a key is a text that says everything the reply depends on."""

    def get(self, key: str) -> Reply | None:
        """The reply that was put under a key, with the usage of a cache hit; None if there is none.

        Raises:
            RunDirectoryError: the cache cannot be read.
        """
        ...

    def put(self, key: str, reply: Reply, *, model: str, question: str) -> None:
        """Keep a reply, unless the key has one already.

        Args:
            key: what `get` asks for.
            reply: with its usage.
            model: its name, to make the cache readable.
            question: its last message, likewise.

        Raises:
            RunDirectoryError: the cache cannot be written.
        """
        ...


@dataclass(frozen=True, slots=True)
class _Row:
    """What a row must hold, whoever wrote it."""

    answer: str
    cut: int | None = None


class SqliteCache:
    """A SQLite file with one row per answer; `sqlite3` and `sqlite-utils` can show it.

    Raises:
        RunDirectoryError: it cannot be opened, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()  # one connection, which several threads may use in turn
        if path.exists() and not path.is_file():
            raise RunDirectoryError(f"--answer_store {path}: it is not a file")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
            weakref.finalize(self, connection.close)  # Python 3.13 warns of one left open
            self._table = Database(connection).table("answers")
            # take the write lock first: inside a transaction SQLite does not wait for it
            connection.execute("begin immediate")
            with connection:
                if not self._table.exists():
                    self._table.create(COLUMNS, pk="key")
                elif self._table.columns_dict.keys() == COLUMNS.keys() - {"cut"}:  # an old file
                    self._table.add_column("cut", bool, not_null_default=False)
        except (OSError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def get(self, key: str) -> Reply | None:
        """See `Cache.get`."""
        try:
            with self._lock:
                row = self._table.get(_digest(key))
        except NotFoundError:
            return None
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        kept = convert(row, _Row, f"--answer_store {self._path}, answer {_digest(key)[:12]},")
        return Reply(kept.answer, Usage(cache_hits=1), bool(kept.cut))

    def put(self, key: str, reply: Reply, *, model: str, question: str) -> None:
        """See `Cache.put`."""
        row = {
            "key": _digest(key),
            "model": model,
            "question": question,
            "answer": reply.text,
            "asked": key,
            "prompt_tokens": reply.usage.prompt_tokens,
            "completion_tokens": reply.usage.completion_tokens,
            "seconds": reply.usage.seconds,
            "cut": reply.cut,
        }
        try:
            with self._lock:
                self._table.insert(row, ignore=True)
        except sqlite3.Error as error:
            raise self._unusable(error) from error

    def _unusable(self, error: Exception) -> RunDirectoryError:
        return RunDirectoryError(f"--answer_store {self._path}: {error}")


class CacheableModel(ChatModel, Protocol):
    """A chat model whose answers may be cached."""

    @property
    def fingerprint(self) -> Mapping[str, Any]:
        """What its answers depend on besides the request."""
        ...


class CachedModel:
    """Answers from a cache; what is missing there is asked of the model and cached."""

    def __init__(self, model: CacheableModel, cache: Cache) -> None:
        self._model = model
        self._cache = cache

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
        keys = {request: cache_key(fingerprint, request) for request in requests}
        known = {request: self._cache.get(key) for request, key in keys.items()}
        new = [request for request, reply in known.items() if reply is None]
        fresh = iter(self._model.chat(new) if new else ())
        try:
            for request in requests:
                reply = known[request]
                if reply is None:
                    reply = next(fresh)
                    self._put(keys[request], request, reply)
                    known[request] = replace(reply, usage=Usage(cache_hits=1))
                yield reply
        except ModelError as error:
            for request, reply in error.completed:
                self._put(keys[request], request, reply)
            raise

    def _put(self, key: str, request: Request, reply: Reply) -> None:
        self._cache.put(key, reply, model=self.name, question=request.question)


def cache_key(fingerprint: Mapping[str, Any], request: Request) -> str:
    """Everything an answer depends on, as JSON: the model, the sampling and the conversation.

    The seed is part of it only where the temperature leaves something to chance.
    """
    conversation = request.to_json()
    sampling = conversation.pop("sampling")
    if request.sampling.temperature == 0:
        del sampling["seed"]
    return json.dumps([{**fingerprint, **sampling}, conversation], sort_keys=True)


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
