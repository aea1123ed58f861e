"""Metrics of a training run, written to metrics.jsonl and TensorBoard; docs/metrics.md explains each name."""

import json
from collections.abc import Mapping

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from core.files import write_lines
from core.metric_rows import read_metrics
from core.run import METRICS, RunDirectory


class Metrics:
    """Writes rows of numbers over environment steps.

    Args:
        run: the run directory, locked.
        resume_at: environment steps of the checkpoint that the run resumes from; later rows, of an
            interrupted attempt, are removed. 0 starts new files.
    """

    def __init__(self, run: RunDirectory, resume_at: int = 0) -> None:
        path = run.file(METRICS)
        kept = read_metrics(path, sets_aside=True) if path.exists() else []
        write_lines(path, [row for row in kept if row["env_steps"] <= resume_at])
        self._lines = path.open("a", encoding="utf-8")
        self._events = EventFileWriter(str(run.path))
        if resume_at:
            start = SessionLog(status=SessionLog.START)
            self._events.add_event(Event(step=resume_at + 1, session_log=start))

    def write(self, env_steps: int, values: Mapping[str, float]) -> None:
        """Write one row; the names are ``group/name``."""
        self._lines.write(json.dumps({"env_steps": env_steps, **values}) + "\n")
        self._lines.flush()
        tags = [Summary.Value(tag=name, simple_value=value) for name, value in values.items()]
        self._events.add_event(Event(step=env_steps, summary=Summary(value=tags)))

    def close(self) -> None:
        """Flush and close both files."""
        self._lines.close()
        self._events.close()
