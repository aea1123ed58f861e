"""Programs in locked processes, one each."""

import json
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from core.errors import SandboxError
from core.untrusted import clean
from sandbox.outcome import Outcome, time_error

LONGEST_RESULT = 2**20
"""Bytes; of a process that writes more nothing is read."""
PATIENCE = 3
"""A process is killed after that many times its limit of processor time."""
START_UP = 30.0
"""Seconds in which the process that starts the others, or a new one, must be ready."""
ENDED = "the process that starts programs has ended; what was finished is kept for --resume"
_ROOT = Path(__file__).resolve().parent.parent


class Processes:
    """Runs each program in a new process, as many at a time as there are processors.

    One process (`sandbox.worker`) imports the usual modules of the standard library once, and forks for each
    program. The fork gets the program, and is then locked (`sandbox.lock`): no file, no network, no other
    process, 1 GiB, a limit of processor time. It answers with a secret that it was given before the program
    ran, so that a program that ends its process early, or writes to every file descriptor, has not succeeded.

    Raises:
        SandboxError: the system cannot lock a process.
    """

    def __init__(self) -> None:
        self._free = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._sending = threading.Lock()
        self._control, theirs = socket.socketpair()
        with theirs:
            self._starter = subprocess.Popen(
                [sys.executable, "-P", "-B", "-m", "sandbox.worker", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                cwd="/",
                env={"PYTHONHASHSEED": "0", "PYTHONPATH": str(_ROOT)},
                start_new_session=True,  # Ctrl-C is for this process
            )
        self._control.settimeout(START_UP)
        is_ready = False
        with suppress(OSError):
            is_ready = self._control.recv(1) == b"+"
        if not is_ready:
            self._starter.kill()
            _, said = self._starter.communicate()
            reason = said.decode(errors="replace").strip().rpartition("\n")[2]
            self._control.close()
            raise SandboxError(f"a process for programs cannot be locked here: {reason}")
        self._control.settimeout(None)

    def close(self) -> None:
        """End every process."""
        self._control.close()  # the process that starts the others ends by this, and they end with it
        self._starter.communicate()

    def run(self, source: str, value_of: str, seconds: int) -> Outcome:
        """See `sandbox.programs.Programs.run`.

        Raises:
            SandboxError: the process that starts the others has ended, so there is no verdict.
        """
        secret = secrets.token_hex(16)
        request = json.dumps([secret, source, value_of, seconds]).encode()
        with self._free:
            started = time.monotonic()
            result = self._exchange(request, PATIENCE * seconds)
            took = time.monotonic() - started
        if result.startswith(secret.encode()):
            with suppress(ValueError, TypeError):
                return Outcome(*map(clean, json.loads(result[len(secret) :])))
        if self._starter.poll() is not None:  # its programs ended with it
            raise SandboxError(ENDED)
        if len(result) > LONGEST_RESULT:
            return Outcome("the program wrote into its result")
        return Outcome(time_error(seconds) if took >= seconds else "the program ended its process")

    def _exchange(self, request: bytes, seconds: float) -> bytes:
        """What a new process answers until it closes its channel."""
        channel, theirs = socket.socketpair()
        with channel:
            with theirs, self._sending:
                try:
                    socket.send_fds(self._control, [b"."], [theirs.fileno()])
                except OSError as error:
                    raise SandboxError(ENDED) from error
            channel.settimeout(START_UP)
            handles: list[int] = []
            with suppress(OSError):
                _, handles, _, _ = socket.recv_fds(channel, 1, 1)
            if not handles:
                raise SandboxError(ENDED)
            [process] = handles
            try:
                channel.sendall(struct.pack("!Q", len(request)) + request)
                return _read_all(channel, time.monotonic() + seconds)
            except ConnectionError:
                return b""
            finally:
                # also after an answer: the program may have closed the channel and gone on
                with suppress(ProcessLookupError):
                    signal.pidfd_send_signal(process, signal.SIGKILL)
                os.close(process)


def _read_all(channel: socket.socket, deadline: float) -> bytes:
    """Bytes until the other side closes, the deadline has passed, or they are too many."""
    received = bytearray()
    while len(received) <= LONGEST_RESULT:
        channel.settimeout(max(0.001, deadline - time.monotonic()))
        try:
            data = channel.recv(2**16)
        except TimeoutError:
            break
        if not data:
            break
        received += data
    return bytes(received)
