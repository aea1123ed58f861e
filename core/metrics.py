"""Metrics, to TensorBoard and to metrics.jsonl alike; every name is explained in docs/metrics.md."""

import json
from collections.abc import Mapping

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from core.files import read_lines, write_lines
from core.run import METRICS, RunDirectory


class Metrics:
    """Writes rows of numbers; the x axis is environment steps.

    Args:
        run: the run directory, held.
        resume_at: environment steps of the checkpoint a run goes on from. Rows after it were
            written by an attempt that was cut off, and are taken back. 0 begins anew.
    """

    def __init__(self, run: RunDirectory, resume_at: int = 0) -> None:
        path = run.file(METRICS)
        kept = read_lines(path) if path.exists() else []
        write_lines(path, [row for row in kept if row["env_steps"] <= resume_at])
        self._lines = path.open("a", encoding="utf-8")
        self._events = EventFileWriter(str(run.path))
        if resume_at:
            start = SessionLog(status=SessionLog.START)
            self._events.add_event(Event(step=resume_at + 1, session_log=start))

    def write(self, env_steps: int, values: Mapping[str, float]) -> None:
        """One row; the names are ``group/name``."""
        self._lines.write(json.dumps({"env_steps": env_steps, **values}) + "\n")
        self._lines.flush()
        tags = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._events.add_event(Event(step=env_steps, summary=Summary(value=tags)))

    def close(self) -> None:
        """Flush and close both files."""
        self._lines.close()
        self._events.close()
