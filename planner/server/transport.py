"""One request to a server and its response, within limits of time and size."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http.client import HTTPException
from typing import Any
from urllib.parse import unquote

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    SSLError,
)

from core.errors import ModelError, ModelUnavailable, ResponseMalformed, ServerNotRunning
from core.secrets import hidden_url
from planner.server.address import CHAT, Address
from planner.server.proxy import proxy_for, trusted_authorities
from planner.server.response import Response

OF_SSL_THAT_PASS = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""A connection that was cut, not one that can never be made."""


class Transport:
    """Sends JSON documents to one server; several threads may use it at the same time.

    It follows no redirects, keeps no cookies, and reads of the environment only what `planner.server.proxy` says.

    Args:
        address: of the server.
        authorization: the header; empty for none.
        connections: to keep open.
        timeout: seconds for a whole response to arrive; 0: no limit.
        max_bytes: of a response's body, unpacked; no more are read.

    Raises:
        SettingsError: the environment names a proxy or certificates that cannot be used.
    """

    def __init__(
        self,
        address: Address,
        authorization: str,
        *,
        connections: int,
        timeout: float,
        max_bytes: int,
    ) -> None:
        self._address = address
        self._timeout = timeout or None
        self._max_bytes = max_bytes
        self._headers = {"Accept": "application/json", "User-Agent": "when-to-ask"}
        if authorization:
            self._headers["Authorization"] = authorization
        proxy = proxy_for(address)
        self._through = f" through the proxy {hidden_url(proxy)}" if proxy else ""
        self._pool = _pool(address, proxy, connections)

    def exchange(self, document: Mapping[str, Any] | None, endpoint: str = CHAT) -> Response:
        """Post a document, or get the endpoint's own; whatever the status of the response.

        Raises:
            ModelUnavailable: there is no response.
            ResponseMalformed: it cannot be unpacked.
        """
        body = None if document is None else json.dumps(document).encode()
        headers = self._headers | ({} if body is None else {"Content-Type": "application/json"})
        try:
            response = self._pool.urlopen(
                "GET" if body is None else "POST",
                self._address.url(endpoint),
                body=body,
                headers=headers,
                redirect=False,
                retries=False,
                preload_content=False,
                timeout=urllib3.Timeout(connect=self._timeout, read=self._timeout),
            )
            content = self._read(response)
        except (HTTPError, HTTPException, OSError, ValueError) as error:
            raise self._failure(error, self._address.shown(endpoint)) from error
        return Response(
            self._address.shown(endpoint),
            response.status,
            response.headers,
            content[: self._max_bytes],
            len(content) > self._max_bytes,
            self._through,
        )

    def _read(self, response: urllib3.BaseHTTPResponse) -> bytes:
        """The body, or one byte more than the limit."""
        is_whole = False
        try:
            with _at_most(self._timeout, response.shutdown):
                content = response.read(self._max_bytes + 1, decode_content=True)
            is_whole = len(content) <= self._max_bytes
            return content
        finally:
            if is_whole:
                response.release_conn()
            else:
                response.close()

    def _failure(self, error: Exception, url: str) -> ModelError:
        """Why there is no response, and whether that can change."""
        if isinstance(error, DecodeError):
            return ResponseMalformed(f"it cannot be unpacked{self._through}", url=url)
        if isinstance(error, ProxyError):
            error = error.original_error
        reason, is_permanent = self._reason(error)
        message = f"{url}: {reason}" if is_permanent else reason
        is_refused = isinstance(error.__cause__, ConnectionRefusedError) and not self._through
        kind = ServerNotRunning if is_refused else ModelUnavailable
        return kind(f"{message}{self._through}", url=url, is_permanent=is_permanent)

    def _reason(self, error: Exception) -> tuple[str, bool]:
        """What went wrong, and whether it would at every try."""
        cause = error.__cause__
        if isinstance(error, NameResolutionError):
            is_known_not_to_be = (
                isinstance(cause, socket.gaierror) and cause.errno != socket.EAI_AGAIN
            )
            return f"its host is not known ({cause})", is_known_not_to_be
        if isinstance(error, SSLError):
            return _of_tls(error.args[0])
        if isinstance(error, NewConnectionError) and isinstance(cause, OSError):
            return f"no connection: {cause.strerror or cause}", False
        if isinstance(error, urllib3.exceptions.TimeoutError | TimeoutError):
            return f"timed out: no whole response within {self._timeout} s (--llm_timeout)", False
        # of a proxy that refuses to connect: a request without permission has none the next time either
        return f"{type(error).__name__}: {error}", "connection failed: 4" in str(error)


def _of_tls(error: object) -> tuple[str, bool]:
    """What is wrong with a connection by TLS, and whether it would be at every try."""
    if isinstance(error, ssl.SSLCertVerificationError):
        advice = "set SSL_CERT_FILE to a file with the authority to trust"
        return f"its certificate cannot be verified ({error.verify_message}): {advice}", True
    if isinstance(error, OF_SSL_THAT_PASS):
        return f"the connection was cut: {error}", False
    return f"no secure connection ({error}): a server without TLS has an address with http://", True


def _pool(address: Address, proxy: str, connections: int) -> urllib3.PoolManager:
    options: dict[str, Any] = {"maxsize": connections}
    if address.scheme == "https" or proxy.startswith("https:"):
        options["ssl_context"] = trusted_authorities()
    if not proxy:
        pool = urllib3.PoolManager(**options)
    else:
        login = urllib3.util.parse_url(proxy).auth
        headers = urllib3.make_headers(proxy_basic_auth=unquote(login)) if login else {}
        pool = urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    pool.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}
    return pool


class _BoundedHTTP(HTTPConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        with _at_most(self.timeout, partial(self.sock.shutdown, socket.SHUT_RDWR)):
            return super().getresponse()


class _BoundedHTTPS(HTTPSConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]
        with _at_most(self.timeout, partial(self.sock.shutdown, socket.SHUT_RDWR)):
            return super().getresponse()


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _BoundedHTTP


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _BoundedHTTPS


@contextmanager
def _at_most(seconds: float | None, stop: Callable[[], None]) -> Iterator[None]:
    """Let what reads from a socket take so long, however slowly bytes arrive.

    The time-out of a socket begins again with each byte.

    Args:
        seconds: None for no limit.
        stop: ends the reading, called in another thread.

    Raises:
        TimeoutError: it took longer.
    """
    if seconds is None:
        yield
        return
    expired = threading.Event()

    def end() -> None:
        expired.set()
        with suppress(OSError, ValueError, RuntimeError):  # it has just been closed
            stop()

    timer = threading.Timer(seconds, end)
    timer.daemon = True
    timer.start()
    try:
        yield
    except (HTTPError, HTTPException, OSError, ValueError):
        if expired.is_set():
            raise TimeoutError from None
        raise
    finally:
        timer.cancel()
    if expired.is_set():
        raise TimeoutError
