"""The meter counts what was used, whether or not the batch succeeded."""

import threading

import pytest

from core.chat import Reply, Request, Usage
from core.errors import ModelUnavailable
from planner.account import Account
from planner.metered import MeteredModel

CALL = Usage(1, 100, 10, 0.5)


class Failing:
    """Answers some requests, and fails at the next one; the one after it is completed."""

    name, in_flight = "failing", 3

    def __init__(self, answered):
        self.answered = answered

    def chat(self, requests):
        for number, request in enumerate(requests):
            if number == self.answered:
                raise ModelUnavailable("gone", completed=[(request, Reply("late", CALL))])
            yield Reply("answer", CALL)


def test_usage_is_the_sum_over_replies():
    model = MeteredModel(Failing(answered=100), Account("x"))
    assert model.usage == Usage()
    for count in (2, 1):
        assert len(list(model.chat([Request(())] * count))) == count
    assert model.usage == Usage(3, 300, 30, 1.5)
    assert (model.name, model.in_flight) == ("failing", 3)


def test_what_was_completed_before_and_after_a_failure_counts():
    model = MeteredModel(Failing(answered=2), Account("x"))
    with pytest.raises(ModelUnavailable):
        list(model.chat([Request(())] * 5))
    assert model.usage == Usage(3, 300, 30, 1.5)


def test_threads_may_share_it():
    model = MeteredModel(Failing(answered=1000), Account("x"))
    work = [
        threading.Thread(target=lambda: list(model.chat([Request(())] * 500))) for _ in range(4)
    ]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert model.usage.llm_calls == 2000
