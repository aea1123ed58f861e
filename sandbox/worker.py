"""The process that forks one for each program. Started by `sandbox.processes`.

Of the project it imports only `sandbox.lock` and `sandbox.outcome`.

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
from _json import encode_basestring_ascii
from _thread import allocate_lock, stack_size, start_new_thread
from contextlib import suppress
from importlib import import_module
from types import ModuleType
from typing import Any

from sandbox import lock
from sandbox.outcome import LONGEST_ERROR, LONGEST_PRINTED, LONGEST_VALUE, MEMORY, MEMORY_ERROR

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


def run_program(source: str, value_of: str, answers: list[tuple[str, str, str]]) -> None:
    """Run a program, then evaluate the expression; append error, value and printed text.

    Whatever this needs after the program is bound before: the program can change modules.
    """
    in_words, shorten, show = describe, cut, repr
    error, value, printed = "", "", Printed()
    sys.stdout = sys.stderr = printed
    main = sys.modules["__main__"] = ModuleType("__main__")
    try:
        exec(compile(source, "<program>", "exec", dont_inherit=True), main.__dict__)
        if value_of:
            expression = compile(value_of, "<expression>", "eval", dont_inherit=True)
            value = shorten(show(eval(expression, main.__dict__)), LONGEST_VALUE)
    except MemoryError:
        error = MEMORY_ERROR
    except BaseException as raised:  # noqa: BLE001 whatever it is, it is the program's
        error = "an error without a text"
        with suppress(BaseException):  # name and text are the program's, too
            error = shorten(in_words(raised), LONGEST_ERROR)
    answers.append((error, value, "".join(printed.parts)))


def describe(error: BaseException) -> str:
    """Name and first line of an exception, in one line."""
    lines = [type(error).__name__]
    with suppress(BaseException):
        lines += str(error).strip().splitlines()[:1]
    return " ".join(": ".join(lines).split())


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
    answers: list[tuple[str, str, str]] = []
    has_started, may_begin, has_ended = allocate_lock(), allocate_lock(), allocate_lock()
    has_started.acquire(), may_begin.acquire(), has_ended.acquire()

    def run() -> None:
        has_started.release()
        may_begin.acquire()
        try:
            run_program(source, value_of, answers)
        finally:
            has_ended.release()

    # beside this thread, whose frames the program does not see; a locked process starts no thread
    start_new_thread(run, ())
    has_started.acquire()
    lock.limit(seconds, MEMORY)
    lock.hide_tools()
    rules.load()
    write, encode, end = os.write, encode_basestring_ascii, os._exit
    may_begin.release()
    has_ended.acquire()
    answer = answers[-1]
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
    stack_size(STACK)
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
