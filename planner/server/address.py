"""The address of an OpenAI-style server, completed from what was typed."""

import base64
import ipaddress
import re
import socket
from dataclasses import dataclass, field
from urllib.parse import SplitResult, quote, unquote, urlsplit

from core.errors import SettingsError
from core.secrets import BLOT, PUBLIC_QUERIES, hidden_url

FORM = "http://HOST:PORT/v1/chat/completions"
CHAT, COMPLETIONS, MODELS = "/chat/completions", "/completions", "/models"
_SAFE = "/%:@!$&'()*+,;=~-._"
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    """Where a server answers.

    Attributes:
        scheme: http or https.
        host: its name or number; IPv6 without brackets.
        port: where it listens.
        base: what every URL of it begins with, for example ``http://127.0.0.1:8000/v1``.
        query: what every URL of it ends with; it may hold a key.
        login: user and password as ``user:password``, or empty.
    """

    scheme: str
    host: str
    port: int
    base: str
    query: str = field(default="", repr=False)
    login: str = field(default="", repr=False)

    @classmethod
    def parse(cls, typed: str) -> "Address":
        """Complete ``http://host:port``, ``.../v1``, ``.../v1/``, ``.../v1/chat/completions``.

        An address of this machine may lack ``http://``. A path that does not end in one of the
        endpoints is what they are appended to.

        Raises:
            SettingsError: it is not an address; the message does not show its secrets.
        """
        text = typed.strip()
        if BLOT in text:
            raise _invalid(typed, "it was saved without its key: type --llm_url again")
        if not text.isprintable() or " " in text:
            raise _invalid(typed, "it holds a blank or a control character")
        parts = _split(text)
        if "://" not in text and is_loopback(_split(f"//{text}").hostname or ""):
            parts = _split(f"http://{text}")
        if parts.scheme not in _PORTS:
            raise _invalid(typed, "it must begin with http:// or https://")
        try:
            port = _PORTS[parts.scheme] if parts.port is None else parts.port
        except ValueError:
            port = 0
        if port == 0:
            raise _invalid(typed, "a port is a number between 1 and 65535")
        host = _host(parts.hostname or "")
        if not host:
            raise _invalid(
                typed, "no host has such a name" if parts.hostname else "it names no host"
            )
        name = f"[{host}]" if ":" in host else host
        end = "" if port == _PORTS[parts.scheme] else f":{port}"
        base = f"{parts.scheme}://{name}{end}{_base_path(parts.path)}"
        query = quote(parts.query, safe=_SAFE + "?")
        return cls(parts.scheme, host, port, base, query, _login(parts))

    def url(self, endpoint: str = CHAT) -> str:
        """The URL of an endpoint, with everything that the server wants; it may hold a key."""
        return f"{self.base}{endpoint}" + (f"?{self.query}" if self.query else "")

    def shown(self, endpoint: str = CHAT) -> str:
        """The URL of an endpoint, without secrets."""
        return hidden_url(self.url(endpoint))

    @property
    def authorization(self) -> str:
        """The header that user and password of the URL stand for, or empty."""
        if not self.login:
            return ""
        return f"Basic {base64.b64encode(self.login.encode()).decode()}"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must not be shown."""
        pairs = (pair.partition("=") for pair in re.split("[&;]", self.query))
        keys = [
            value if mark else name
            for name, mark, value in pairs
            if unquote(name).lower() not in PUBLIC_QUERIES
        ]
        user, _, password = self.login.partition(":")
        header = self.authorization.removeprefix("Basic ")
        return (*keys, *map(unquote, keys), self.login, password or user, header)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself: localhost, 127.0.0.0/8, ::1 and their spellings."""
    host = host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        number = ipaddress.ip_address(host)
    except ValueError:
        try:
            number = ipaddress.ip_address(socket.inet_aton(host))  # 127.1
        except (OSError, ValueError):
            return False
    mapped = getattr(number, "ipv4_mapped", None) or number
    return bool(mapped.is_loopback or mapped.is_unspecified)


def _split(url: str) -> SplitResult:
    try:
        return urlsplit(url)
    except ValueError:  # its message may show a password
        raise _invalid(url, "its brackets or signs stand where none can") from None


def _host(name: str) -> str:
    """The host as it is looked up; empty if no host has such a name."""
    try:
        if ":" in name:
            return str(ipaddress.ip_address(name))
        name = name.encode("idna").decode("ascii").lower()
    except ValueError:  # UnicodeError is one
        return ""
    labels = name.removesuffix(".").split(".")
    return name if len(name) <= 253 and all(map(_LABEL.fullmatch, labels)) else ""


def _login(parts: SplitResult) -> str:
    if parts.username is None and parts.password is None:
        return ""
    return f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"


def _base_path(path: str) -> str:
    """The path without an endpoint and slashes at its end; ``/v1`` if there is none."""
    path = re.sub("//+", "/", path).rstrip("/")
    for endpoint in (CHAT, "/chat", COMPLETIONS, MODELS):
        if path.endswith(endpoint):
            return quote(path.removesuffix(endpoint), safe=_SAFE)
    return quote(path, safe=_SAFE) or "/v1"


def _invalid(typed: str, reason: str) -> SettingsError:
    return SettingsError(f"--llm_url {hidden_url(typed)!r} is not a valid address: {reason}")
