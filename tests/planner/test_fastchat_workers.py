"""Workers that end are started again; serving ends with the last one."""

import pytest

from core.errors import ModelUnavailable
from planner.fastchat_workers import Workers


class FakeProcess:
    """Ends and listens when a test says so."""

    def __init__(self, name):
        self.name = name
        self.url = "http://127.0.0.1:9"  # nothing listens there
        self.has_ended = False
        self.listens = True
        self.num_starts = 1

    def check(self):
        if self.has_ended:
            raise ModelUnavailable(f"the {self.name} ended with status -9")

    def start(self):
        self.num_starts += 1
        self.has_ended = self.listens = False


@pytest.fixture
def two():
    return [FakeProcess("worker 1"), FakeProcess("worker 2")]


@pytest.fixture
def workers(two):
    return Workers(two, FakeProcess("controller"))


def test_a_worker_that_ends_is_started_again_and_it_is_said_once(two, workers, capsys):
    two[0].has_ended = True
    for _ in range(3):
        workers.tend()
    assert [process.num_starts for process in two] == [2, 1]
    assert capsys.readouterr().err == ("the worker 1 ended with status -9; it is started again\n")


def test_a_worker_may_end_again_after_it_has_listened(two, workers):
    for _ in range(3):
        two[0].has_ended = True
        workers.tend()
        two[0].listens = True
        workers.tend()
    assert two[0].num_starts == 4


def test_a_worker_that_ends_before_it_listens_is_given_up(two, workers, capsys):
    two[0].has_ended = True
    workers.tend()
    two[0].has_ended = True
    for _ in range(3):
        workers.tend()
    assert two[0].num_starts == 2
    assert capsys.readouterr().err.splitlines()[1:] == [
        "the worker 1 ended with status -9; it is given up"
    ]


def test_serving_ends_when_the_last_worker_is_given_up(two, workers):
    for process in two:
        process.has_ended = True
    workers.tend()
    two[1].has_ended = True
    workers.tend()
    two[0].has_ended = True
    with pytest.raises(ModelUnavailable, match="the worker 1 ended"):
        workers.tend()
