"""Servers that misbehave, as a table: what each sends, byte by byte, and what must become of it.

`run_mode` plays one of them against the client; `make fuzz` plays all.
"""

import contextlib
import gzip
import io
import json
import socket
import socketserver
import threading
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from core.chat import Message, Reply, Request
from core.errors import ModelRefused, ModelUnavailable, ResponseMalformed
from planner.openai_client import ServerModel
from planner.server.retries import MAX_TRIES

KEY = "sk-veryverysecret-0123456789"
ANSWER = "{go to the key}"
LIMIT = 50_000
"""Bytes of an answer that the client of `run_mode` takes."""
GOOD: dict[str, Any] = {"choices": [{"message": {"role": "assistant", "content": ANSWER}}]}

Part = bytes | float
Asked = dict[str, Any]


@dataclass(frozen=True)
class Mode:
    """What a server does to every request, and what must come of it.

    Attributes:
        name: unique.
        send: bytes and pauses in seconds, or a function that makes them of the request's document, to which
            the header ``authorization`` and the ``path`` are added.
        text: the reply's, None if there is an error.
        error: its type.
        words: that the error, or stderr, must hold.
        tries: number of requests that must arrive.
        cut: whether the reply says that it was cut.
        timeout: of the client, in seconds.
    """

    name: str
    send: tuple[Part, ...] | Callable[[Asked], tuple[Part, ...]]
    text: str | None = None
    error: type[Exception] | None = None
    words: str = ""
    tries: int = 1
    cut: bool = False
    timeout: float = 5.0


def http(status: int, body: bytes | object = b"", *headers: str, reason: str = "Reason") -> bytes:
    """A response; a body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    lines = [
        f"HTTP/1.1 {status} {reason}",
        f"Content-Length: {len(content)}",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + content


def message(content: object, **more: object) -> dict[str, Any]:
    """A completion with a message."""
    return {"choices": [{"message": {"role": "assistant", "content": content, **more}}]}


def chunked(*chunks: bytes, encoding: str = "") -> bytes:
    """A response in pieces that are written as given."""
    header = f"Content-Encoding: {encoding}\r\n" if encoding else ""
    head = f"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{header}\r\n".encode()
    return head + b"".join(chunks)


def chunk(data: bytes) -> bytes:
    """One piece of a chunked body."""
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


@cache
def packed_zeros(megabytes: int) -> bytes:
    """Zeros in a file of gzip."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(1_000_000)
    return b"".join(packer.compress(zeros) for _ in range(megabytes)) + packer.flush()


def bomb(times: int = 1, megabytes: int = 100) -> bytes:
    """Zeros, packed so often: a good answer's beginning and much more than the limit."""
    data = packed_zeros(megabytes)
    for _ in range(times - 1):
        data = gzip.compress(data)
    return data


_good = json.dumps(GOOD).encode()


def _good_with(**more: object) -> tuple[Part, ...]:
    return (http(200, {**GOOD, **more}),)


def _error(words: str, **more: object) -> dict[str, Any]:
    return {"error": {"message": words, "type": "invalid_request_error", **more}}


def _rejecting(
    is_wrong: Callable[[Asked], bool], status: int, refusal: object
) -> Callable[[Asked], tuple[Part, ...]]:
    """A server that answers what is not wrong."""
    return lambda asked: (http(status, refusal) if is_wrong(asked) else http(200, GOOD),)


def _has_system(asked: Asked) -> bool:
    return any(turn["role"] == "system" for turn in asked["messages"])


def _first_of(
    *wrong: tuple[Callable[[Asked], bool], object],
) -> Callable[[Asked], tuple[Part, ...]]:
    """A server that complains about one fault after the other."""

    def send(asked: Asked) -> tuple[Part, ...]:
        for is_wrong, refusal in wrong:
            if is_wrong(asked):
                return (http(400, refusal),)
        return (http(200, GOOD),)

    return send


def _statuses() -> list[Mode]:
    passing = (408, 425, 429, 500, 502, 503, 504, 507, 520, 529, 599)
    final = (400, 401, 402, 403, 404, 405, 409, 410, 413, 418, 422, 451, 499)
    return [
        *(
            Mode(f"status {status}", (http(status, GOOD),), text=ANSWER)
            for status in (200, 201, 202, 203, 206, 226)
        ),
        *(
            Mode(
                f"status {status}",
                (http(status, b"words of the server", "Retry-After: 0"),),
                error=ModelUnavailable,
                words=f"status {status}: words of the server",
                tries=MAX_TRIES,
            )
            for status in passing
        ),
        *(
            Mode(
                f"status {status}",
                (http(status, b"words of the server"),),
                error=ModelRefused,
                words=f"status {status}: words of the server",
            )
            for status in final
        ),
        *(
            Mode(
                f"redirect {status}",
                (http(status, b"", "Location: http://elsewhere.example/v1/chat/completions"),),
                error=ModelRefused,
                words="--llm_url: http://elsewhere.example/v1/chat/completions",
            )
            for status in (301, 302, 303, 307, 308)
        ),
        *(
            Mode(
                f"redirect to {target!r}",
                (http(302, b"", f"Location: {target}"),),
                error=ModelRefused,
                words="redirect",
            )
            for target in (
                "http://[",
                "//",
                "http://\u00fc.example/",
                "/login",
                f"http://{'h' * 70}.example/",
                "http://x:99999999/",
                "javascript:alert(1)",
                f"http://elsewhere.example/?api_key={KEY}",
                "\x1b[2J",
            )
        ),
        Mode("redirect to nowhere", (http(301),), error=ModelRefused, words="it names none"),
        Mode(
            "status 204",
            (b"HTTP/1.1 204 No Content\r\n\r\n",),
            error=ResponseMalformed,
            words="an empty body",
            tries=MAX_TRIES,
        ),
        Mode(
            "status 304",
            (b"HTTP/1.1 304 Not Modified\r\n\r\n",),
            error=ModelRefused,
            words="status 304",
        ),
        Mode(
            "status 999", (http(999),), error=ModelUnavailable, words="status 999", tries=MAX_TRIES
        ),
        Mode(
            "100 continue before the answer",
            (b"HTTP/1.1 100 Continue\r\n\r\n" + http(200, GOOD),),
            text=ANSWER,
        ),
    ]


def _pauses() -> list[Mode]:
    return [
        Mode(
            f"retry after {after!r}", (http(503, b"", after),),
            error=ModelUnavailable, words="status 503", tries=MAX_TRIES,
        )
        for after in (
            "Retry-After: 0.001", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", "retry-after-ms: 1", "Retry-After: -5",
            "Retry-After: nan", "Retry-After: inf", "Retry-After: soon", "Retry-After: ", "Retry-After: 1e999",
        )
    ]  # fmt: skip


def _shapes() -> list[Mode]:
    parts = [
        {"type": "thinking", "thinking": "{explore}?"},
        {"type": "text", "text": "{go to "},
        {"type": "text", "text": "the key}"},
    ]
    read: list[tuple[str, object, str]] = [
        ("content in typed parts", message(parts), ANSWER),
        ("content in texts", message(["{go to ", "the key}"]), ANSWER),
        ("content is one part", message({"type": "text", "text": ANSWER}), ANSWER),
        ("parts of output_text", message([{"type": "output_text", "text": ANSWER}]), ANSWER),
        ("parts without text", message([{"type": "thinking", "thinking": "hm"}]), ""),
        (
            "a part that refuses",
            message([{"type": "refusal", "refusal": "I will not"}]),
            "I will not",
        ),
        ("no parts", message([]), ""),
        ("null beside reasoning_content", message(None, reasoning_content="{explore}"), ""),
        ("null beside reasoning", message(None, reasoning="{explore}"), ""),
        ("null beside tool calls", message(None, tool_calls=[{"id": "1"}]), ""),
        ("null beside a refusal", message(None, refusal="I will not"), "I will not"),
        ("empty beside a refusal", message("", refusal="I will not"), "I will not"),
        ("null beside a refusal of null", message(None, refusal=None), ""),
        ("null", message(None), ""),
        (
            "no content, as of a model that thought up to the limit",
            {"choices": [{"message": {"role": "assistant"}, "finish_reason": "content_filter"}]},
            "",
        ),
        (
            "tool calls without content",
            {"choices": [{"message": {"role": "assistant", "tool_calls": []}}]},
            "",
        ),
        ("thoughts in their own field", message(ANSWER, reasoning_content="{explore}"), ANSWER),
        ("escape sequences", message("\x1b[31m{go to\x07 the key}\ud800"), "[31m{go to the key}"),
        (
            "two choices",
            {"choices": [GOOD["choices"][0], {"message": {"content": "{explore}"}}]},
            ANSWER,
        ),
    ]
    malformed: list[tuple[str, object]] = [
        ("a number", 5), ("null", None), ("a text", "text"), ("a list", [1, 2]), ("nothing", {}),
        ("no choices", {"choices": []}), ("choices are null", {"choices": None}), ("choices are a number", {"choices": 5}),
        ("a choice is null", {"choices": [None]}), ("no message", {"choices": [{}]}), ("message is a text", {"choices": [{"message": "x"}]}),
        ("a choice failed", {"choices": [{"error": {"message": "gone"}, "message": {"role": "assistant", "content": ""}}]}),
        ("a choice broke off", {"choices": [{"finish_reason": "abort", "message": {"role": "assistant", "content": "{go"}}]}),
        ("message is empty", {"choices": [{"message": {}}]}), ("content is a number", message(5)), ("content is true", message(True)),
        ("a part is a number", message([5])), ("a text is a number", message([{"type": "text", "text": 5}])),
    ]  # fmt: skip
    usages = ("n/a", -1, float("nan"), float("inf"), 2**63, "1e5", [], {}, True)
    return [
        *(Mode(name, (http(200, document),), text=text) for name, document, text in read),
        *(
            Mode(f"malformed: {name}", (http(200, document),), error=ResponseMalformed, words="no completion", tries=MAX_TRIES)
            for name, document in malformed
        ),
        *(
            Mode(f"usage {usage!r}", _good_with(usage={"prompt_tokens": usage, "completion_tokens": 3}), text=ANSWER)
            for usage in usages
        ),
        *(Mode(f"all usage {usage!r}", _good_with(usage=usage), text=ANSWER) for usage in ("n/a", 5, [1], None)),
        Mode("finish_reason length", (http(200, {"choices": [{**GOOD["choices"][0], "finish_reason": "length"}]}),), text=ANSWER, cut=True),
        Mode("finish_reason stop", (http(200, {"choices": [{**GOOD["choices"][0], "finish_reason": "stop"}]}),), text=ANSWER),
        Mode("an error in a success", (http(200, _error("the GPU is busy")),), error=ResponseMalformed, words="the server says: the GPU is busy", tries=MAX_TRIES),
        Mode("a text as error in a success", (http(200, {"error": "busy"}),), error=ResponseMalformed, words="the server says: busy", tries=MAX_TRIES),
    ]  # fmt: skip


def _bodies() -> list[Mode]:
    malformed = {
        "empty": b"", "html": b"<html>a portal</html>", "half of it": _good[:30], "brackets": b"[" * 40_000,
        "a long number": b'{"choices": ' + b"9" * 5000 + b"}", "bytes": bytes(range(256)), "two documents": _good * 2,
    }  # fmt: skip
    return [
        *(
            Mode(f"body: {name}", (http(200, body),), error=ResponseMalformed, words="not JSON", tries=MAX_TRIES)
            for name, body in malformed.items()
        ),
        Mode("byte order mark", (http(200, b"\xef\xbb\xbf" + _good),), text=ANSWER),
        Mode("utf-16", (http(200, json.dumps(GOOD).encode("utf-16")),), text=ANSWER),
        Mode("one broken byte", (http(200, _good.replace(b"{go", b"\xff{go")),), text="\ufffd" + ANSWER),
        Mode("blanks before it", (http(200, b" \n" * 1000 + _good),), text=ANSWER),
        Mode("type is html", (http(200, GOOD, "Content-Type: text/html"),), text=ANSWER),
        Mode("gzip", (http(200, gzip.compress(_good), "Content-Encoding: gzip"),), text=ANSWER),
        Mode("deflate", (http(200, zlib.compress(_good), "Content-Encoding: deflate"),), text=ANSWER),
        Mode("gzip twice", (http(200, gzip.compress(gzip.compress(_good)), "Content-Encoding: gzip, gzip"),), text=ANSWER),
        Mode("gzip that is none", (http(200, _good, "Content-Encoding: gzip"),), error=ResponseMalformed, words="unpacked", tries=MAX_TRIES),
        Mode("packed six times", (http(200, bomb(megabytes=1), "Content-Encoding: " + "gzip, " * 6 + "gzip"),), error=ResponseMalformed, words="unpacked", tries=MAX_TRIES),
        *(
            Mode(f"too long: {name}", (response,), error=ResponseMalformed, words="--max_answer_bytes", tries=MAX_TRIES)
            for name, response in {
                "by one byte": http(200, _good + b" " * (LIMIT + 1 - len(_good))),
                "with a length": http(200, b" " * (10 * LIMIT)),
                "a bomb": http(200, bomb(), "Content-Encoding: gzip"),
                "a bomb in a bomb": http(200, bomb(2), "Content-Encoding: gzip, gzip"),
                "a bomb in chunks": chunked(chunk(bomb()), b"0\r\n\r\n", encoding="gzip"),
                "chunks": chunked(*[chunk(b" " * 1000)] * (2 * LIMIT // 1000), b"0\r\n\r\n"),
            }.items()
        ),
        Mode("as long as allowed", (http(200, _good + b" " * (LIMIT - len(_good))),), text=ANSWER),
        Mode("a long refusal", (http(400, b"x" * 10 * LIMIT),), error=ModelRefused, words="xxx..."),
        Mode("a bomb as a fault", (http(500, bomb(), "Content-Encoding: gzip"),), error=ModelUnavailable, words="status 500", tries=MAX_TRIES),
    ]  # fmt: skip


def _wires() -> list[Mode]:
    unavailable: dict[str, tuple[Part, ...]] = {
        "nothing is sent": (),
        "not HTTP": (b"SSH-2.0-OpenSSH_9.6\r\n",),
        "TLS": (b"\x15\x03\x01\x00\x02\x02\x46",),
        "status line without number": (b"HTTP/1.1 OK\r\n\r\n",),
        "a negative status": (b"HTTP/1.1 -200 OK\r\n\r\n",),
        "half a status line": (b"HTTP/1.",),
        "half a body": (http(200, GOOD)[:-5],),
        "a long header": (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",),
        "many headers": (b"HTTP/1.1 200 OK\r\n" + b"X: x\r\n" * 200 + b"\r\n",),
        "a negative chunk": (chunked(b"-5\r\nhello\r\n0\r\n\r\n"),),
        "a chunk without a length": (chunked(b"xyz\r\nhello\r\n0\r\n\r\n"),),
        "a chunk that is longer": (chunked(b"fffff\r\nhello\r\n"),),
        "no last chunk": (chunked(chunk(_good)),),
    }
    slow: dict[str, tuple[Part, ...]] = {
        "silence": (2.0,),
        "a drip of the head": (b"HTTP/1.1 200 OK\r\nX: ", *[b"x", 0.02] * 100),
        "a drip of the body": (http(200, b" " * 500)[:-500], *[b" ", 0.02] * 100),
        "a drip of chunks": (chunked(), *[chunk(b" "), 0.02] * 100),
        "a drip of continues": (*[b"HTTP/1.1 100 Continue\r\n\r\n", 0.02] * 100,),
    }
    return [
        *(Mode(name, parts, error=ModelUnavailable, tries=MAX_TRIES) for name, parts in unavailable.items()),
        *(
            Mode(name, parts, error=ModelUnavailable, words="timed out", tries=MAX_TRIES, timeout=0.1)
            for name, parts in slow.items()
        ),
        Mode("half a header", (b"HTTP/1.1 200 OK\r\nContent-Le",), error=ResponseMalformed, words="an empty body", tries=MAX_TRIES),
        Mode("an answer without a length", (b"HTTP/1.1 200 OK\r\n\r\n" + _good,), text=ANSWER),
        Mode("HTTP/1.0", (b"HTTP/1.0 200 OK\r\n\r\n" + _good,), text=ANSWER),
        Mode("a negative length", (b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n" + _good,), text=ANSWER),
        Mode("a length that is no number", (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n" + _good,), text=ANSWER),
        Mode("chunks", (chunked(*[chunk(bytes([byte])) for byte in _good], b"0\r\n\r\n"),), text=ANSWER),
        Mode("a slow answer", (http(200, GOOD)[:50], 0.05, http(200, GOOD)[50:]), text=ANSWER),
        Mode("headers without colons", (http(200, GOOD, "no colon here"),), text=ANSWER),
        Mode("cookies and a bare name", (http(200, GOOD, "Set-Cookie: a=b", ": x"),), text=ANSWER),
    ]  # fmt: skip


def _fields() -> list[Mode]:
    wants_new_limit = _error(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
        param="max_tokens",
        code="unsupported_parameter",
    )
    only_default = _error(
        "Unsupported value: 'temperature' does not support 0 with this model. Only the default (1) value is supported.",
        param="temperature",
        code="unsupported_value",
    )
    extra = {
        "detail": [
            {
                "type": "extra_forbidden",
                "loc": ["body", "temperature"],
                "msg": "Extra inputs are not permitted",
                "input": 0.0,
            }
        ]
    }
    unknown = (
        "unknown field `temperature`, expected one of `model`, `messages`, `max_tokens`, `seed`"
    )
    no_system: list[tuple[int, object]] = [
        (400, _error("System role not supported")),
        (500, {"detail": "jinja2.exceptions.TemplateError: System role not supported"}),
        (500, b"Conversation roles must alternate user/assistant/user/assistant/..."),
        (400, _error("Developer instruction is not enabled for models/gemma-3-27b-it")),
        (422, {"detail": "Unexpected role: system"}),
        (
            422,
            {
                "detail": [
                    {
                        "loc": ["body", "messages", 0, "role"],
                        "msg": "Input should be 'user' or 'assistant'",
                    }
                ]
            },
        ),
        (400, _error("This model does not support system messages")),
        (
            400,
            _error(
                "Invalid value: 'system'. Supported values are: 'user' and 'assistant'.",
                param="messages[0].role",
            ),
        ),
    ]
    drops: list[tuple[str, int, object]] = [
        ("temperature", 400, only_default), ("temperature", 422, extra), ("temperature", 400, unknown.encode()),
        ("temperature", 400, _error("`temperature` must be strictly positive")),
        ("temperature", 400, _error('Invalid JSON payload received. Unknown name "temperature" at \'\': Cannot find field.')),
        ("temperature", 400, _error("invalid temperature: only 1 is allowed for this model")),
        ("temperature", 400, _error("temperature: Range of values is (0.0, 1.0]")),
        ("temperature", 400, {"message": "property 'temperature' is unsupported"}),
        ("temperature", 422, {"detail": [{"loc": ["body", "temperature"], "msg": "extra fields not permitted", "type": "value_error.extra"}]}),
        ("temperature", 400, _error("Unrecognized request argument supplied: temperature")),
        ("temperature", 500, _error("litellm.UnsupportedParamsError: x does not support parameters: {'temperature': 0.0}, for model=y")),
        ("temperature", 200, _error("temperature is deprecated for this model")),
    ]  # fmt: skip
    both = _error("Unrecognized request arguments supplied: max_tokens, temperature")
    return [
        Mode("wants max_completion_tokens", _rejecting(lambda asked: "max_tokens" in asked, 400, wants_new_limit), text=ANSWER, tries=2, words="max_completion_tokens is sent"),
        Mode(
            "wants no limit",
            _rejecting(lambda asked: not {"max_tokens", "max_completion_tokens"}.isdisjoint(asked), 422, b"max_tokens: not supported; max_completion_tokens: not supported"),
            text=ANSWER, tries=3, words="as long as the server likes",
        ),
        *(
            Mode(f"rejects {field}, {number}", _rejecting(lambda asked, field=field: field in asked, status, refusal), text=ANSWER, tries=2, words="it is left out")
            for number, (field, status, refusal) in enumerate(drops)
        ),
        *(
            Mode(f"no system role, {number}", _rejecting(_has_system, status, refusal), text=ANSWER, tries=2, words="first user message")
            for number, (status, refusal) in enumerate(no_system)
        ),
        Mode("rejects two at once", _rejecting(lambda asked: "temperature" in asked or "max_tokens" in asked, 400, both), text=ANSWER, tries=2, words="temperature"),
        Mode(
            "rejects one after the other",
            _first_of((lambda asked: "max_tokens" in asked, wants_new_limit), (lambda asked: "temperature" in asked, only_default), (_has_system, _error("System role not supported"))),
            text=ANSWER, tries=4, words="first user message",
        ),
        Mode("rejects what was left out", (http(400, only_default),), error=ModelRefused, words="does not support 0", tries=2),
        Mode("rejects all for ever", (http(400, both),), error=ModelRefused, words="Unrecognized", tries=2),
        Mode("too long a conversation", (http(400, _error("This model's maximum context length is 4096 tokens. However, you requested 4200 tokens. max_tokens is too large.")),), error=ModelRefused, words="maximum context length"),
        Mode("not about a field", (http(400, _error("the temperature of the server room is too high; unknown cause")),), error=ModelRefused, words="server room"),
    ]  # fmt: skip


def _echoes() -> list[Mode]:
    def header(asked: Asked) -> bytes:
        return str(asked["authorization"]).encode()

    return [
        Mode("echoes the key in a 401", lambda asked: (http(401, b"invalid key " + header(asked)),), error=ModelRefused, words="invalid key Bearer ***"),
        Mode("echoes it in JSON", lambda asked: (http(403, _error(header(asked).decode())),), error=ModelRefused, words="***"),
        Mode("echoes it shortened", lambda asked: (http(401, b"bad key " + KEY[:14].encode() + b"...; "),), error=ModelRefused, words="bad key ***"),
        Mode("echoes it in a fault", lambda asked: (http(500, header(asked)),), error=ModelUnavailable, words="***", tries=MAX_TRIES),
        Mode("echoes it at the end of a line", lambda asked: (http(500, b"x" * 190 + b" " + header(asked)),), error=ModelUnavailable, words="*", tries=MAX_TRIES),
        Mode("echoes it in a body that is no JSON", lambda asked: (http(200, header(asked)),), error=ResponseMalformed, words="***", tries=MAX_TRIES),
        Mode("echoes it in a document", lambda asked: (http(200, {"headers": header(asked).decode()}),), error=ResponseMalformed, words="***", tries=MAX_TRIES),
        Mode("echoes it in the answer", lambda asked: (http(200, message(header(asked).decode())),), text="Bearer ***"),
        Mode("echoes it with a sign of no width inside", lambda _: (http(200, message(f"{KEY[:5]}\u200b{KEY[5:]}")),), text="***"),
        Mode("echoes it in a redirect", lambda asked: (http(302, b"", f"Location: http://elsewhere.example/{KEY}?key={KEY}"),), error=ModelRefused, words="elsewhere.example/***?key=***"),
    ]  # fmt: skip


MODES: tuple[Mode, ...] = (
    *_statuses(), *_pauses(), *_shapes(), *_bodies(), *_wires(), *_fields(), *_echoes(),
)  # fmt: skip


class RawServer:
    """A server on loopback that sends a mode's bytes to every POST; a GET is a 404.

    Attributes:
        asked: number of POST requests so far.
    """

    def __init__(self, mode: Mode) -> None:
        self.asked = 0
        self._closing = threading.Event()
        server = self

        class Handler(socketserver.StreamRequestHandler):
            timeout = 5

            def handle(self) -> None:
                with contextlib.suppress(OSError):
                    server._answer(self.rfile, self.connection, mode)

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.005,))
        self._thread.start()

    def _answer(self, reader: io.BufferedIOBase, connection: socket.socket, mode: Mode) -> None:
        line = reader.readline().decode("latin-1")
        if not line:
            return
        headers: dict[str, str] = {}
        while (header := reader.readline().decode("latin-1").strip()) != "":
            name, _, value = header.partition(":")
            headers[name.lower()] = value.strip()
        body = reader.read(int(headers.get("content-length", "0")))
        if line.startswith("GET"):
            connection.sendall(http(404, b"no such page", "Connection: close"))
            return
        self.asked += 1
        asked = {
            **json.loads(body),
            "authorization": headers.get("authorization", ""),
            "path": line.split()[1],
        }
        for part in mode.send(asked) if callable(mode.send) else mode.send:
            if isinstance(part, bytes):
                connection.sendall(part)
            elif self._closing.wait(part):
                return

    def stop(self) -> None:
        """Close the socket, and end what is being sent."""
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def run_mode(mode: Mode) -> str:
    """Ask a server of a mode once, with `KEY` in the environment.

    Returns:
        What came of it otherwise than it must, or an empty text.
    """
    server, said = RawServer(mode), io.StringIO()
    request = Request(
        (Message("system", "You plan."), Message("user", "observation: {observed a key}"))
    )
    result: Reply | Exception
    try:
        with contextlib.redirect_stderr(said):
            model = ServerModel(
                server.url, "m", timeout=mode.timeout, backoff=1e-4, max_bytes=LIMIT
            )
            [result] = model.chat([request])
    except Exception as error:  # noqa: BLE001 it is compared
        result = error
    finally:
        server.stop()
    shown = f"{said.getvalue()}{result}"
    expected: list[tuple[str, object, object]] = [
        ("tries", mode.tries, server.asked),
        ("error", mode.error, None if isinstance(result, Reply) else type(result)),
        ("text", mode.text, result.text if isinstance(result, Reply) else None),
        ("cut", mode.cut, result.cut if isinstance(result, Reply) else False),
        ("words", True, mode.words in shown),
        ("one line", True, "\n" not in str(result) and "Traceback" not in shown),
        ("key", False, KEY[:12] in shown or KEY[-12:] in shown or "\x1b" in shown),
    ]
    problems = [
        f"{what}: {right!r} became {found!r}" for what, right, found in expected if right != found
    ]
    return f"{'; '.join(problems)} ({shown!r})" if problems else ""
