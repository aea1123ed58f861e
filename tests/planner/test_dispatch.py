"""Many conversations with one model: what is sent together, what waits for what, and what errors do."""

import threading
import time

import pytest

from core.chat import Message, Reply, Request, Usage
from core.errors import ModelRefused
from planner.dispatch import Dispatcher


def request(text):
    return Request((Message("user", text),))


class InProcess:
    """Answers with the question in capitals, and keeps the batches."""

    name = "in process"
    in_flight = 1

    def __init__(self):
        self.batches = []

    def chat(self, requests):
        self.batches.append([one.question for one in requests])
        return [Reply(one.question.upper(), Usage(llm_calls=1)) for one in requests]


class Served:
    """Answers "go" questions at once; any other when `let_go` is set."""

    name = "served"

    def __init__(self, in_flight):
        self.in_flight = in_flight
        self.let_go = threading.Event()
        self.started = []

    def chat(self, requests):
        [one] = requests
        self.started.append(one.question)
        if one.question == "refused":
            raise ModelRefused("no", status=401)
        if not one.question.startswith("go"):
            assert self.let_go.wait(10)
        yield Reply(one.question, Usage(llm_calls=1), cut=True)


def test_a_model_in_this_process_gets_all_waiting_requests_in_one_call():
    model = InProcess()
    with Dispatcher(model) as dispatcher:
        for key, text in enumerate(["a", "b", "a"]):
            dispatcher.send(key, request(text))
        replies = dict(dispatcher.receive())
    assert model.batches == [["a", "b"]]
    assert {key: reply.text for key, reply in replies.items()} == {0: "A", 1: "B", 2: "A"}
    assert sum((reply.usage for reply in replies.values()), Usage()).llm_calls == 2


def test_a_slow_answer_does_not_delay_others():
    """The first request is answered last."""
    model = Served(2)
    with Dispatcher(model) as dispatcher:
        dispatcher.send("slow", request("wait"))
        for number in range(3):
            dispatcher.send(number, request(f"go {number}"))
        received = []
        while len(received) < 3:
            received += [key for key, _ in dispatcher.receive()]
        model.let_go.set()
        received += [key for key, _ in dispatcher.receive()]
    assert received == [0, 1, 2, "slow"]


def test_no_more_requests_are_under_way_than_the_model_takes():
    model = Served(3)
    with Dispatcher(model) as dispatcher:
        for number in range(5):
            dispatcher.send(number, request(f"wait {number}"))
        while len(model.started) < 3:
            time.sleep(0.001)
        assert len(model.started) == 3
        model.let_go.set()
        received = []
        while len(received) < 5:
            received += dispatcher.receive()
    assert sorted(key for key, _ in received) == [0, 1, 2, 3, 4]


def test_an_equal_request_that_is_waited_for_is_not_sent_again():
    model = Served(4)
    with Dispatcher(model) as dispatcher:
        dispatcher.send(0, request("wait"))
        dispatcher.send(1, request("wait"))
        model.let_go.set()
        replies = dispatcher.receive()
    assert model.started == ["wait"]
    assert [key for key, _ in replies] == [0, 1]
    assert [reply.usage.llm_calls for _, reply in replies] == [1, 0]
    assert all(reply.cut for _, reply in replies)


def test_an_error_is_raised_where_replies_are_received_and_ends_the_threads():
    model = Served(2)
    before = threading.active_count()

    def work():
        with Dispatcher(model) as dispatcher:
            dispatcher.send(0, request("refused"))
            dispatcher.receive()

    with pytest.raises(ModelRefused):
        work()
    assert threading.active_count() == before
