"""The process that forks one for each program. Started by `sandbox.processes`; it imports nothing else of the project.

Its one argument is the number of a socket. It writes ``+`` when it is ready; then each message carries the socket
of one program. The new process answers with a handle of itself, reads a request, locks itself, runs the program,
and answers with the secret of the request and the outcome, as JSON.
"""

import json
import os
import signal
import socket
import struct
import sys
import threading
from _json import encode_basestring_ascii
from importlib import import_module
from types import ModuleType
from typing import Any

from sandbox import lock
from sandbox.outcome import MEMORY, MEMORY_ERROR

MODULES = (
    "abc", "array", "ast", "base64", "binascii", "bisect", "builtins", "calendar", "cmath", "collections",
    "collections.abc", "colorsys", "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "enum",
    "fractions", "functools", "hashlib", "heapq", "hmac", "html", "io", "itertools", "json", "keyword", "locale",
    "math", "numbers", "operator", "pprint", "queue", "random", "re", "reprlib", "secrets", "sched", "statistics",
    "string", "struct", "textwrap", "time", "timeit", "token", "tokenize", "traceback", "types", "typing",
    "unicodedata", "urllib.parse", "uuid", "warnings", "weakref", "zlib", "_strptime", "encodings.idna",
    "encodings.latin_1", "encodings.ascii", "encodings.utf_16", "encodings.utf_32", "stringprep",
)  # fmt: skip
"""What programs may import: a locked process cannot open another file."""
LONGEST_VALUE = 10_000
LONGEST_PRINTED = 64_000
LONGEST_ERROR = 1_000
NO_FILTER = "the kernel takes no filter of system calls"
STACK = 64 * 2**20


class Printed:
    """Collects what is printed, up to a length."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._room = LONGEST_PRINTED

    def write(self, text: str) -> int:
        """Keep as much of the text as there is room for."""
        kept = str(text)[: self._room]
        self._room -= len(kept)
        if kept:
            self.parts.append(kept)
        return len(text)

    def flush(self) -> None:
        """Nothing is waiting."""

    def isatty(self) -> bool:
        """It is no terminal."""
        return False


class Program(threading.Thread):
    """Runs a program beside the main thread, whose frames it cannot see.

    Attributes:
        answer: error, value and printed text.
    """

    def __init__(self, source: str, value_of: str) -> None:
        super().__init__(daemon=True)
        self._code = source, value_of
        self._may_begin = threading.Event()
        self.answer: tuple[str, str, str] | None = None

    def begin(self) -> None:
        """Let it run; the thread itself must have been started before the process was locked."""
        self._may_begin.set()

    def run(self) -> None:
        """Run the program, then evaluate the expression."""
        self._may_begin.wait()
        printed = Printed()
        sys.stdout = sys.stderr = printed  # type: ignore[assignment]
        source, value_of = self._code
        main = sys.modules["__main__"] = ModuleType("__main__")
        names = main.__dict__
        error = value = ""
        try:
            exec(compile(source, "<program>", "exec", dont_inherit=True), names)
            if value_of:
                value = repr(
                    eval(compile(value_of, "<expression>", "eval", dont_inherit=True), names)
                )
        except MemoryError:
            error = MEMORY_ERROR
        except BaseException as raised:  # noqa: BLE001 whatever it is, it is the program's
            error = describe(raised)
        self.answer = (
            cut(error, LONGEST_ERROR),
            cut(value, LONGEST_VALUE),
            "".join(printed.parts),
        )


def describe(error: BaseException) -> str:
    """Name and first line of an exception."""
    try:
        lines = str(error).strip().splitlines()
    except BaseException:  # noqa: BLE001 its text is the program's, too
        lines = []
    name = type(error).__name__
    return f"{name}: {lines[0]}" if lines else name


def cut(text: str, length: int) -> str:
    """The beginning of a text; of a subclass of str, too."""
    return str.__getitem__(text, slice(0, length))


def run_one(channel: socket.socket, starter: int, rules: Any) -> None:
    """Carry out one request in this process, and end it.

    Args:
        channel: where the request comes from.
        starter: number of the process that has forked this one.
        rules: filter of system calls.
    """
    os.setsid()
    lock.end_with_parent(starter)
    socket.send_fds(channel, [b"."], [os.pidfd_open(os.getpid())])
    os.dup2(1, 2)  # errors of the interpreter go where its output goes, to /dev/null
    descriptor = os.dup2(channel.fileno(), 3)
    os.closerange(4, 1024)
    with open(descriptor, "rb", buffering=0, closefd=False) as stream:
        [length] = struct.unpack("!Q", read_exactly(stream, 8))
        secret, source, value_of, seconds = json.loads(read_exactly(stream, length))
    program = Program(source, value_of)
    del source, value_of
    program.start()
    lock.limit(seconds, MEMORY)
    lock.hide_tools()
    rules.load()
    write, encode, end = os.write, encode_basestring_ascii, os._exit
    join = program.join
    program.begin()
    join()
    answer = program.answer or ("the thread of the program ended", "", "")
    data = f"{secret}[{', '.join(map(encode, answer))}]".encode()
    while data:
        data = data[write(descriptor, data) :]
    end(0)


def read_exactly(stream: Any, length: int) -> bytes:
    """That many bytes.

    Raises:
        EOFError: the other side has closed before.
    """
    data = b""
    while len(data) < length:
        more = stream.read(length - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def serve(control: socket.socket) -> None:
    """Fork for each message, until the other side closes."""
    for name in MODULES:
        import_module(name)
    starter = os.getpid()
    try:
        rules = lock.build_filter()
    except OSError as error:
        raise SystemExit(NO_FILTER) from error
    if os.fork() == 0:
        rules.load()
        os._exit(0)
    _, status = os.wait()
    if status:
        raise SystemExit(NO_FILTER)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended children leave nothing behind
    threading.stack_size(STACK)
    control.sendall(b"+")
    while True:
        message, handles, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            return
        [handle] = handles
        with socket.socket(fileno=handle) as channel:
            if os.fork() == 0:
                try:
                    control.close()
                    run_one(channel, starter, rules)
                finally:
                    os._exit(1)


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
