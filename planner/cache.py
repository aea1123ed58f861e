"""A cache of language models' answers, in one file for all runs and processes."""

import hashlib
import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database
from sqlite_utils.db import NoTable

from core.chat import Reply, Request, Usage
from core.decode import cleaned, convert, damaged
from core.errors import ModelError, RunDirectoryError
from planner.account import Account
from planner.chat import ChatModel

TABLE = "replies"
COLUMNS = {"run": str, "request": str, "key": str, "time": str, "model": str, "question": str, "answer": str,
           "cut": int, "asked": str, "llm_calls": int, "prompt_tokens": int, "completion_tokens": int,
           "seconds": float}  # fmt: skip
"""`run` is the id of the run that paid; `request` is a digest of what was asked, `key` also of the model."""
FROM_EARLIER_VERSIONS = f"""
    insert into {TABLE} select '', key, key, '', model, question, answer, 0, asked,
    1, prompt_tokens, completion_tokens, seconds from answers
"""
BUSY_SECONDS = 60.0
"""Seconds to wait while another process writes."""


@dataclass(frozen=True, slots=True)
class Row:
    """What is read of a row, see `COLUMNS`."""

    run: str
    time: str
    answer: str
    cut: int
    llm_calls: int
    prompt_tokens: int
    completion_tokens: int
    seconds: float

    @property
    def reply(self) -> Reply:
        """The answer, with what it took the run that paid."""
        usage = Usage(self.llm_calls, self.prompt_tokens, self.completion_tokens, self.seconds)
        return Reply(self.answer, usage, bool(self.cut))


class SqliteCache:
    """A SQLite file with one row per answer; `sqlite3` and `sqlite-utils` can show it.

    Every answer that was paid for has its row, also where two runs asked the same at the same time.

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
            database = Database(connection)
            self._table = database.table(TABLE)
            # take the write lock first: inside a transaction SQLite does not wait for it
            connection.execute("begin immediate")
            with connection:
                if not self._table.exists():
                    self._table.create(COLUMNS, pk=("run", "request"))
                    connection.execute(f"create index by_key on {TABLE} (key)")
                    if database.table("answers").exists():
                        connection.execute(FROM_EARLIER_VERSIONS)
        except (OSError, sqlite3.Error, NoTable) as error:  # the latter: a view of that name
            raise self._unusable(error) from error

    def get(self, request: str, key: str, run: str) -> Row | None:
        """The row of an answer: the run's own, or else the first one under the key.

        A run's own answer needs no key: a run keeps its model, but may be resumed at another address.

        Args:
            request: digest of what is asked.
            key: digest of everything that the answer depends on.
            run: id of the run that asks.

        Raises:
            RunDirectoryError: the cache cannot be read, or the row is damaged.
        """
        try:
            with self._lock:
                rows = list(
                    self._table.rows_where(
                        "(run = ? and request = ?) or key = ?",
                        [run, request, key, run],
                        order_by="run = ? desc, rowid",
                        limit=1,
                    )
                )
        except sqlite3.Error as error:
            raise self._unusable(error) from error
        where = f"--answer_store {self._path}, answer {key[:12]},"
        try:
            return convert(cleaned(rows[0]), Row, where) if rows else None
        except ValueError as error:
            raise damaged(where, error) from error

    def put(self, **row: str | float) -> None:
        """Keep an answer, unless the run has one already; see `COLUMNS`.

        Raises:
            RunDirectoryError: the cache cannot be written.
        """
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
