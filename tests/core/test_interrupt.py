"""Signals that end the program: each is an exception once, an ignored one is none, and a second one ends at once."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.interrupt import ENDING, Interrupted, ending_signals

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def own_handlers():
    """The process that runs the tests may ignore signals (nohup does)."""
    before = {kind: signal.signal(kind, signal.default_int_handler) for kind in ENDING}
    yield
    assert {signal.getsignal(kind) for kind in ENDING} == {signal.default_int_handler}
    for kind, handler in before.items():
        signal.signal(kind, handler)


def send(kind):
    os.kill(os.getpid(), kind)
    time.sleep(1)  # the handler interrupts it


@pytest.mark.parametrize(
    ("kind", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_each_becomes_an_exception_with_the_exit_status_of_a_shell(kind, status):
    with pytest.raises(Interrupted) as interrupted, ending_signals():
        send(kind)
    assert interrupted.value.status == status


def test_code_that_makes_another_error_of_it_is_interrupted_all_the_same():
    def load():
        try:
            send(signal.SIGTERM)
        except Interrupted:
            raise ImportError("a module is half loaded") from None

    with pytest.raises(Interrupted) as interrupted, ending_signals():
        load()
    assert interrupted.value.status == 143


def test_an_error_without_a_signal_stays_what_it_is():
    with pytest.raises(OSError, match="disk"), ending_signals():
        raise OSError("the disk is full")


def test_an_ignored_signal_stays_ignored():
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with ending_signals():
        os.kill(os.getpid(), signal.SIGHUP)
        time.sleep(0.01)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    signal.signal(signal.SIGHUP, signal.default_int_handler)


def status_of(code):
    """How a process ends that runs the code after it has been interrupted once."""
    begin = (
        "import os, signal, threading, time\n"
        "from core.interrupt import Interrupted, ending_signals, exit_with\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "try:\n"
        "    with ending_signals():\n"
        "        try:\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "            time.sleep(20)\n"
        "        except Interrupted as interrupted:\n"
        "            end = interrupted\n"
        f"            {code}\n"
        "            raise\n"
        "except Interrupted as interrupted:\n"
        "    exit_with(interrupted.status)\n"
    )
    return subprocess.run([sys.executable, "-c", begin], cwd=ROOT, timeout=15).returncode


def test_a_second_signal_ends_the_process_at_once():
    assert status_of("os.kill(os.getpid(), signal.SIGTERM); time.sleep(20)") == -signal.SIGTERM


def test_a_thread_that_waits_for_a_server_is_not_waited_for():
    assert status_of("threading.Thread(target=time.sleep, args=(20,)).start()") == 130


@pytest.mark.parametrize("status", [0, 2])
def test_a_signal_that_comes_while_python_shuts_down_changes_no_status(status):
    code = (
        "import atexit, os, signal\n"
        "from core.interrupt import exit_with\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "atexit.register(os.kill, os.getpid(), signal.SIGINT)\n"
        "atexit.register(os.kill, os.getpid(), signal.SIGTERM)\n"
        f"exit_with({status})\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=15).returncode == status
