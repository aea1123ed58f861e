"""Metrics are in a text file and in TensorBoard's, and a resumed run continues both."""

import json
from contextlib import closing

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from core.files import read_lines
from core.metrics import Metrics
from core.run import METRICS, RunDirectory
from core.settings import EvalSettings


@pytest.fixture
def run(tmp_path):
    with RunDirectory.of(EvalSettings(save_name="x", logdir=str(tmp_path))) as directory:
        yield directory


def rows(run):
    return read_lines(run.file(METRICS))


def scalars(run, tag):
    """(step, value) of one curve, as TensorBoard draws it."""
    events = EventAccumulator(str(run.path)).Reload()
    return [(event.step, event.value) for event in events.Scalars(tag)]


def write_and_fail(metrics):
    metrics.write(100, {"rollout/asks": 4})
    raise ZeroDivisionError


def date(run, seconds):
    """Rename the event file as if the clock had stood there: TensorBoard reads files in the order of their names."""
    [path] = run.path.glob("events.out.tfevents.*")
    path.rename(path.with_name(f"events.out.tfevents.{seconds:010d}.host.1.0"))


def test_a_row_is_in_both_files(run):
    """0.25 and 0.5 are exact in TensorBoard's 32 bits."""
    with closing(Metrics(run.file(METRICS))) as metrics:
        metrics.write(100, {"rollout/asks": 4, "eval/success": 0.25})
        metrics.write(250, {"rollout/asks": 3, "eval/success": 0.5})
    assert rows(run) == [
        {"env_steps": 100, "rollout/asks": 4, "eval/success": 0.25},
        {"env_steps": 250, "rollout/asks": 3, "eval/success": 0.5},
    ]
    assert scalars(run, "rollout/asks") == [(100, 4), (250, 3)]
    assert scalars(run, "eval/success") == [(100, 0.25), (250, 0.5)]


def test_a_row_can_be_read_while_the_run_continues(run):
    with closing(Metrics(run.file(METRICS))) as metrics:
        metrics.write(100, {"rollout/asks": 4})
        assert rows(run) == [{"env_steps": 100, "rollout/asks": 4}]


def test_rows_need_not_have_the_same_names(run):
    """An evaluation is in some rows only."""
    with closing(Metrics(run.file(METRICS))) as metrics:
        metrics.write(1, {"rollout/asks": 4})
        metrics.write(2, {"rollout/asks": 3, "eval/asks": 2})
    assert scalars(run, "eval/asks") == [(2, 2)]


PAST, FUTURE = 1, 9_999_999_999


@pytest.mark.parametrize("clock", [PAST, FUTURE], ids=["clock as always", "clock set back"])
def test_a_resumed_run_removes_the_rows_after_its_checkpoint(run, clock):
    """The first attempt reached 300 and left half a line; its checkpoint is of 200."""
    with closing(Metrics(run.file(METRICS))) as metrics:
        for env_steps in (100, 200, 300):
            metrics.write(env_steps, {"rollout/asks": env_steps / 100})
    with run.file(METRICS).open("a") as file:
        file.write('{"env_steps": 400, "roll')
    date(run, clock)
    with closing(Metrics(run.file(METRICS), resume_at=200)) as metrics:
        metrics.write(275, {"rollout/asks": 7})
    assert [row["env_steps"] for row in rows(run)] == [100, 200, 275]
    assert scalars(run, "rollout/asks") == [(100, 1), (200, 2), (275, 7)]


@pytest.mark.parametrize(
    "damage",
    [
        b'{"env_steps": 300, "rollout/as\n',
        b"\x00\xff\n",
        b"5\n",
        b"null\n",
        b'{"rollout/asks": 3}\n',
        b'{"env_steps": "many"}\n',
        b'{"env_steps": -1e308}\n',
        b'{"env_steps": 300, "rollout/asks": NaN}\n',
        b'{"env_steps": 300, "rollout/asks": [3]}\n',
    ],
)
def test_a_damaged_row_costs_no_other_row_of_a_resumed_run(run, damage, capsys):
    with closing(Metrics(run.file(METRICS))) as metrics:
        for env_steps in range(100, 1300, 100):
            metrics.write(env_steps, {"rollout/asks": env_steps})
    whole = run.file(METRICS).read_bytes().splitlines(keepends=True)
    run.file(METRICS).write_bytes(b"".join([*whole[:2], damage, *whole[3:]]))
    with closing(Metrics(run.file(METRICS), resume_at=1100)):
        assert [row["env_steps"] for row in rows(run)] == [100, 200, *range(400, 1200, 100)]
    assert run.file(f"{METRICS}.damaged").read_bytes() == damage
    said = capsys.readouterr().err
    assert said.startswith(f"{run.file(METRICS)}, line 3, is damaged: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize("kept", [0, 2])
def test_rows_that_are_missing_at_the_end_are_said(run, kept, capsys):
    """Another program emptied the file or cut it short, or the machine lost its power."""
    with closing(Metrics(run.file(METRICS))) as metrics:
        for env_steps in (100, 200, 300):
            metrics.write(env_steps, {"rollout/asks": 1})
    whole = run.file(METRICS).read_bytes().splitlines(keepends=True)
    run.file(METRICS).write_bytes(b"".join(whole[:kept]))
    with closing(Metrics(run.file(METRICS), resume_at=300)):
        assert len(rows(run)) == kept
    assert f"has no rows of `env_steps` {100 * kept} to 300" in capsys.readouterr().err


def test_rows_out_of_order_or_twice_are_in_order_and_once_after_resuming(run):
    with closing(Metrics(run.file(METRICS))) as metrics:
        for env_steps, asks in ((200, 1), (100, 2), (200, 3)):
            metrics.write(env_steps, {"rollout/asks": asks})
    with closing(Metrics(run.file(METRICS), resume_at=200)):
        kept = [(row["env_steps"], row["rollout/asks"]) for row in rows(run)]
    assert kept == [(100, 2), (200, 3)]


def test_many_attempts_are_one_curve(run):
    """Each is killed after its second row, before the checkpoint of that row; the clock goes back each time."""
    for attempt in range(5):
        with closing(Metrics(run.file(METRICS), resume_at=attempt)) as metrics:
            metrics.write(attempt + 1, {"rollout/asks": attempt})
            metrics.write(attempt + 2, {"rollout/asks": 100})
        date(run, 100 - attempt)
    expected = [(1, 0), (2, 1), (3, 2), (4, 3), (5, 4), (6, 100)]
    assert scalars(run, "rollout/asks") == expected


def test_an_open_tensorboard_follows_a_resumed_run(run):
    with closing(Metrics(run.file(METRICS))) as metrics:
        metrics.write(1, {"rollout/asks": 1})
        metrics.write(2, {"rollout/asks": 2})
    date(run, PAST)
    board = EventAccumulator(str(run.path)).Reload()
    with closing(Metrics(run.file(METRICS), resume_at=1)) as metrics:
        board.Reload()
        metrics.write(3, {"rollout/asks": 3})
    board.Reload()
    assert [event.step for event in board.Scalars("rollout/asks")] == [1, 3]


def test_a_run_from_the_start_removes_all_rows(run):
    with closing(Metrics(run.file(METRICS))) as metrics:
        metrics.write(100, {"rollout/asks": 4})
    with closing(Metrics(run.file(METRICS))):
        assert rows(run) == []
    with closing(
        Metrics(run.file(METRICS))
    ) as metrics:  # killed before the first checkpoint, and started again
        metrics.write(100, {"rollout/asks": 4})
    assert scalars(run, "rollout/asks") == [(100, 4)]


def test_the_files_are_closed_when_an_error_ends_the_run(run):
    with pytest.raises(ZeroDivisionError), closing(Metrics(run.file(METRICS))) as metrics:
        write_and_fail(metrics)
    assert scalars(run, "rollout/asks") == [(100, 4)]
    assert json.loads(run.file(METRICS).read_text())["env_steps"] == 100
