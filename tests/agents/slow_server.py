"""The scripted model behind a real socket, as slow as a test needs; counts concurrent requests."""

import threading
import time
from contextlib import contextmanager

from core.chat import Message, Request
from planner.scripted import ScriptedModel
from tests.planner.fake_server import Server, completion


class Counter:
    """Concurrent requests, and their maximum so far."""

    def __init__(self):
        self._lock = threading.Lock()
        self.under_way = self.most = self.total = 0
        self.arrived = threading.Condition(self._lock)

    def __enter__(self):
        with self.arrived:
            self.under_way += 1
            self.total += 1
            self.most = max(self.most, self.under_way)
            self.arrived.notify_all()

    def __exit__(self, *_):
        with self._lock:
            self.under_way -= 1

    def wait_for(self, number, seconds):
        """Wait for this number of concurrent requests, or for the timeout."""
        with self.arrived:
            self.arrived.wait_for(lambda: self.most >= number, seconds)


@contextmanager
def slow_server(delay=lambda messages: 0.0, wait_for=0):
    """Yields the server and its counter.

    `delay` says how long an answer takes. The first answers are held back until `wait_for` requests are
    under way, for five seconds at most.
    """
    server, counter = Server(), Counter()

    def answer(document):
        with counter:
            messages = tuple(Message(**message) for message in document["messages"])
            counter.wait_for(wait_for, 5)
            time.sleep(delay(messages))
            [reply] = ScriptedModel().chat([Request(messages)])
        return completion(reply.text, prompt_tokens=len(messages), completion_tokens=2)

    server.script = [answer]
    try:
        yield server, counter
    finally:
        server.stop()
