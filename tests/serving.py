"""`main.py serve` in a process of its own, for tests."""

import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parent.parent


def command(*words):
    return [sys.executable, str(ROOT / "main.py"), *words]


def hear():
    """The process that runs the tests may ignore signals (nohup does)."""
    for kind in (signal.SIGINT, signal.SIGHUP):
        signal.signal(kind, signal.SIG_DFL)


class Serving:
    """`main.py serve` in a process of its own."""

    def __init__(self, folder, port, *flags):
        self.port = port
        self.said = folder / f"serve{port}.txt"
        with self.said.open("w") as output:
            self.process = subprocess.Popen(
                command("serve", "--port", str(port), "--logdir", str(folder), *flags),
                stdout=output,
                stderr=output,
                preexec_fn=hear,
            )

    def wait(self):
        """Until it says that it is ready."""
        while "\nready" not in self.said.read_text():
            assert self.process.poll() is None, self.said.read_text()
            time.sleep(0.2)
        return self

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/v1/chat/completions"

    @property
    def children(self):
        """FastChat's processes, and one of Python's own that keeps account of them."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, kind=signal.SIGINT):
        if self.process.poll() is None:
            self.process.send_signal(kind)
        return self.process.wait(60)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def output_of(process):
    """The file that a process writes its output to."""
    return Path(f"/proc/{process.pid}/fd/1").readlink()
