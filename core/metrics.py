"""Metrics of a training run, written to metrics.jsonl and TensorBoard; docs/metrics.md explains each name."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from core.console import warn
from core.files import write_lines
from core.metric_rows import ENV_STEPS, read_metrics
from core.run import EVENTS, METRICS, RunDirectory


class Metrics:
    """Writes rows of numbers over the steps of a training.

    Args:
        path: ``metrics.jsonl``; TensorBoard's file is beside it.
        resume_at: step of the checkpoint that the training resumes from; later rows, of an interrupted attempt,
            are removed. 0 starts new files.
        axis: name of the step.
    """

    def __init__(self, path: Path, resume_at: int = 0, axis: str = ENV_STEPS) -> None:
        rows = read_metrics(path, axis=axis, if_damaged="set aside") if path.exists() else []
        kept = [row for row in rows if row[axis] <= resume_at]
        last = kept[-1][axis] if kept else 0
        if last < resume_at:  # a row is written before its checkpoint
            warn(f"{path} has no rows of `{axis}` {last:.0f} to {resume_at}: they are lost")
        write_lines(path, kept)
        self._lines = path.open("a", encoding="utf-8")
        self._directory, self._axis = path.parent, axis
        self._events = _events_of(kept, self._directory, axis)

    def write(self, step: int, values: Mapping[str, float]) -> None:
        """Write one row; the names are ``group/name``."""
        row = {self._axis: step, **values}
        self._lines.write(json.dumps(row) + "\n")
        self._lines.flush()
        self._events.add_event(_event(row, self._axis))

    def close(self) -> None:
        """Flush and close both files, and remove the emptied ones of earlier attempts."""
        self._lines.close()
        _close(self._events, self._directory)


def rewrite_metrics(run: RunDirectory, rows: Sequence[Mapping[str, float]], axis: str) -> None:
    """Replace both files, for numbers that are computed anew each time.

    Args:
        run: the run directory, locked.
        rows: all of them, in order.
        axis: name of the number that they are over.
    """
    path = run.file(METRICS)
    write_lines(path, rows)
    _close(_events_of(rows, path.parent, axis), path.parent)


def _close(events: EventFileWriter, directory: Path) -> None:
    """Close a TensorBoard file, and remove the emptied ones beside it."""
    events.close()
    for path in directory.glob(EVENTS):
        if not path.stat().st_size:
            path.unlink()


def _events_of(rows: Iterable[Mapping[str, float]], directory: Path, axis: str) -> EventFileWriter:
    """A TensorBoard file with these rows, instead of all earlier ones in a directory.

    TensorBoard reads the files of a directory in the order of their names, which begin with the time of day.
    Files of several attempts would show rows twice, and in the wrong order after the clock was set back.
    """
    for path in directory.glob(EVENTS):
        # not removed before the run ends: an open TensorBoard reads each file to its end
        os.truncate(path, 0)
    events = EventFileWriter(str(directory))
    # a TensorBoard that is open forgets what it has read of earlier files
    events.add_event(Event(step=0, session_log=SessionLog(status=SessionLog.START)))
    for row in rows:
        events.add_event(_event(row, axis))
    events.flush()
    return events


def _event(row: Mapping[str, float], axis: str) -> Event:
    """A row in TensorBoard's form."""
    tags = [
        Summary.Value(tag=name, simple_value=value) for name, value in row.items() if name != axis
    ]
    return Event(step=int(row[axis]), summary=Summary(value=tags))
