"""Answers of language models, kept in one file for all runs and processes."""

import hashlib
import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from sqlite_utils import Database
from sqlite_utils.db import NotFoundError

from core.chat import Reply, Request, Usage
from core.errors import PlannerError
from planner.chat import ChatModel

COLUMNS = {"key": str, "model": str, "question": str, "answer": str, "asked": str,
           "prompt_tokens": int, "completion_tokens": int, "seconds": float}  # fmt: skip
BUSY_SECONDS = 60.0
"""Seconds to wait while another process writes."""


class ResponseCache:
    """A SQLite file with a row for every answer; `sqlite3` and `sqlite-utils` show it to people.

    Raises:
        PlannerError: it cannot be opened, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = sqlite3.connect(path, timeout=BUSY_SECONDS)
            self._table = Database(connection).table("answers")
            # the right to write first: who asks for it while making the table is not let wait
            connection.execute("begin immediate")
            with connection:
                if not self._table.exists():
                    self._table.create(COLUMNS, pk="key")
        except (OSError, sqlite3.Error) as error:
            raise self._trouble(error) from error

    def get(self, asked: str) -> Reply | None:
        """The answer that was kept, free of cost.

        Raises:
            PlannerError: the file cannot be read.
        """
        try:
            row = self._table.get(_digest(asked))
        except NotFoundError:
            return None
        except sqlite3.Error as error:
            raise self._trouble(error) from error
        return Reply(row["answer"], Usage(cache_hits=1))

    def put(self, asked: str, model: str, request: Request, reply: Reply) -> None:
        """Keep an answer, unless another process was faster.

        Raises:
            PlannerError: the file cannot be written.
        """
        row = {
            "key": _digest(asked),
            "model": model,
            "question": request.question,
            "answer": reply.text,
            "asked": asked,
            "prompt_tokens": reply.usage.prompt_tokens,
            "completion_tokens": reply.usage.completion_tokens,
            "seconds": reply.usage.seconds,
        }
        try:
            self._table.insert(row, ignore=True)
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> PlannerError:
        return PlannerError(f"--answer_store {self._path}: {error}")


class CacheableModel(ChatModel, Protocol):
    """A chat model whose answers may be kept."""

    @property
    def identity(self) -> Mapping[str, Any]:
        """What its answers depend on besides the request."""
        ...


class CachedModel:
    """Asks the store first, and keeps there what a model had to answer.

    Args:
        model: answers what is not in the store.
        store: of a question is kept who was asked, how, and the whole request.
    """

    def __init__(self, model: CacheableModel, store: ResponseCache) -> None:
        self._model = model
        self._store = store

    @property
    def name(self) -> str:
        """The model's name."""
        return self._model.name

    def chat(self, requests: Sequence[Request]) -> Iterator[Reply]:
        """The answers, each kept before it is handed on.

        Raises:
            PlannerError: the model has none, or the store cannot be used.
        """
        identity = dict(self._model.identity)
        asked = {
            request: json.dumps([identity, request.to_json()], sort_keys=True)
            for request in requests
        }
        found = [self._store.get(asked[request]) for request in requests]
        new = [request for request, known in zip(requests, found, strict=True) if known is None]
        fresh = iter(self._model.chat(new) if new else ())
        try:
            for request, known in zip(requests, found, strict=True):
                reply = known or next(fresh)
                if known is None:
                    self._store.put(asked[request], self.name, request, reply)
                yield reply
        except PlannerError as error:
            for request, reply in error.arrived:
                self._store.put(asked[request], self.name, request, reply)
            raise


def _digest(asked: str) -> str:
    return hashlib.sha256(asked.encode()).hexdigest()
