"""A server for every test that wants one."""

import pytest

from tests.planner.fake_server import Server


@pytest.fixture
def server():
    server = Server()
    yield server
    server.stop()
