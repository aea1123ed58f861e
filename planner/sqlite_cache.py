"""A file of language models' answers, one row each, for all runs and processes."""

import sqlite3
import threading
import weakref
from dataclasses import dataclass
from pathlib import Path

from core.chat import Reply, Usage
from core.decode import cleaned, convert, damaged
from core.errors import RunDirectoryError

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
        # slow to import: it imports pandas, where that is installed
        from sqlite_utils import Database
        from sqlite_utils.db import NoTable

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
