"""The proxy that the environment names for a server, and the authorities that it trusts.

`http_proxy`, `https_proxy`, `all_proxy` and `no_proxy` are read, in small or capital letters. Nothing else of
the environment reaches a server: no ``.netrc``.
"""

import ipaddress
import os
import ssl
from pathlib import Path
from urllib.request import getproxies_environment

import certifi
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from core.errors import SettingsError
from core.secrets import hidden_url
from planner.server.address import Address, is_loopback

AUTHORITIES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""Variables that name a file or a directory of certificates; the first that is set counts."""


def proxy_for(address: Address) -> str:
    """The proxy to ask for an address; empty for none, as always for this machine itself.

    Raises:
        SettingsError: the variable names no HTTP proxy.
    """
    if is_loopback(address.host):
        return ""
    proxies = getproxies_environment()
    proxy = proxies.get(address.scheme) or proxies.get("all") or ""
    if not proxy or _is_exempt(address, proxies.get("no", "")):
        return ""
    proxy = proxy if "://" in proxy else f"http://{proxy}"
    try:
        parts = parse_url(proxy)
    except LocationParseError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.host:
        raise SettingsError(
            f"the environment names the proxy {hidden_url(proxy)!r} for {address.host}, which is no HTTP "
            "proxy: correct it, or name the host in no_proxy"
        )
    return proxy


def _is_exempt(address: Address, no_proxy: str) -> bool:
    """Whether no_proxy holds the host: a name or its end, a number, a network, or ``*``."""
    entries = [entry.strip().lower().removeprefix("*.").strip(".") for entry in no_proxy.split(",")]
    return any(
        entry in ("*", address.host, f"{address.host}:{address.port}")
        or address.host.endswith(f".{entry}")
        or _is_in(address.host, entry)
        for entry in entries
        if entry
    )


def _is_in(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network.strip("[]"), strict=False)
    except ValueError:  # one of them is a name
        return False


def trusted_authorities() -> ssl.SSLContext:
    """The authorities whose certificates are accepted: those of the environment, or known ones.

    Raises:
        SettingsError: the file or directory cannot be read.
    """
    for variable in AUTHORITIES:
        place = os.environ.get(variable, "")
        if not place:
            continue
        try:
            if Path(place).is_dir():
                return ssl.create_default_context(capath=place)
            return ssl.create_default_context(cafile=place)
        except OSError as error:  # ssl.SSLError is one
            raise SettingsError(
                f"{variable} names {place!r}, which holds no certificates: {error.strerror or error}"
            ) from None
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
