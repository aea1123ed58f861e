"""What goes out to a server, and through which proxy, over which connection."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading
import tracemalloc

import pytest

from core.chat import Message
from core.errors import ModelRefused, ModelUnavailable, SettingsError
from planner.openai_client import KEY_VARIABLE, ServerModel
from planner.server.address import Address
from planner.server.proxy import AUTHORITIES, proxy_for
from planner.server.transport import Transport
from tests.planner.fake_server import Server, completion
from tests.planner.helpers import one
from tests.planner.server_modes import GOOD, LIMIT, Mode, RawServer, bomb, http

QUESTION = Message("user", "observation: {observed a key}")
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch):
    for name in (*PROXIES, *map(str.upper, PROXIES), *AUTHORITIES):
        monkeypatch.delenv(name, raising=False)


def ask(url, **changes):
    return one(ServerModel(url, "m", **{"backoff": 1e-4, "timeout": 5, **changes}), QUESTION).text


@pytest.mark.parametrize("key", ["", "sk-0123456789"])
def test_only_the_configured_key_is_sent(server, monkeypatch, tmp_path, key):
    """Not what .netrc says about the host."""
    for name in (".netrc", "_netrc"):
        (tmp_path / name).write_text(
            "machine 127.0.0.1 login a password b\ndefault login a password b\n"
        )
        (tmp_path / name).chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    monkeypatch.setenv(KEY_VARIABLE, key)
    ask(server.url)
    assert server.asked[0][1].get("Authorization") == (f"Bearer {key}" if key else None)
    assert not {"Cookie", "Proxy-Authorization"} & set(server.asked[0][1])


def test_user_and_password_of_the_url_are_sent_and_its_query_reaches_every_endpoint(
    server, monkeypatch
):
    monkeypatch.setenv(KEY_VARIABLE, "sk-0123456789")
    url = server.url.replace("//", "//me:secret@") + "?api-version=1&key=hidden"
    model = ServerModel(url, backoff=1e-4)
    one(model, QUESTION)
    path, headers, _ = server.asked[0]
    assert path == "/v1/chat/completions?api-version=1&key=hidden"
    assert headers["Authorization"] == "Basic bWU6c2VjcmV0"
    assert model.name == f"served at {server.url}?api-version=1&key=***"
    assert "hidden" not in str(model.fingerprint)


class Proxy(RawServer):
    """Answers everything, and keeps the first lines of requests."""

    def __init__(self, response):
        super().__init__(Mode("proxy", (response,)))
        self.lines = []

    def _answer(self, reader, connection, mode):
        while True:
            line = reader.readline().strip()
            if not line:
                break
            self.lines.append(line.decode())
        connection.sendall(*mode.send)


@pytest.fixture
def proxy():
    proxy = Proxy(http(403, b"not through here"))
    yield proxy
    proxy.stop()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_this_machine_is_never_asked_through_a_proxy(server, proxy, monkeypatch, host):
    """The server listens on 127.0.0.1 only."""
    for name in PROXIES[:3]:
        monkeypatch.setenv(name, proxy.url)
    port = Address.parse(server.url).port
    if host == "[::1]":
        with pytest.raises(ModelUnavailable, match=r"no connection: [A-Z][a-z ]*$"):
            ask(f"http://{host}:{port}")
    else:
        assert ask(f"http://{host}:{port}") == "{explore}"
    assert proxy.lines == []


def test_other_hosts_are_asked_through_the_proxy_and_its_faults_are_said_to_be_its(
    proxy, monkeypatch
):
    monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:secret@"))
    monkeypatch.setenv("https_proxy", proxy.url)
    with pytest.raises(
        ModelRefused, match=r"status 403 through the proxy http://\*\*\*@127.0.0.1"
    ) as error:
        ask("http://model.example:8000")
    assert "secret" not in str(error.value)
    assert proxy.lines[0] == "POST http://model.example:8000/v1/chat/completions HTTP/1.1"
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0" in map(_titled, proxy.lines)
    proxy.lines.clear()
    with pytest.raises(
        ModelUnavailable, match=r"403 Reason through the proxy http://127.0.0.1"
    ) as error:
        ask("https://model.example")
    assert error.value.tries == 1
    assert proxy.lines[0].startswith("CONNECT model.example:443 ")


def _titled(line):
    name, _, value = line.partition(": ")
    return f"{name.title()}: {value}"


def test_a_proxy_that_is_out_of_reach_is_named(monkeypatch):
    monkeypatch.setenv("http_proxy", "127.0.0.1:9")
    with pytest.raises(
        ModelUnavailable,
        match=r"after 5 tries: no connection: Connection refused through the proxy",
    ):
        ask("http://model.example:8000")


@pytest.mark.parametrize(
    ("no_proxy", "is_exempt"),
    [
        ("model.example", True), (".example", True), ("*.example", True), ("example", True), ("*", True),
        ("other.example, MODEL.example", True), ("model.example:8000", True), ("", False), ("model.example:1", False),
        ("del.example", False), ("model.example.org", False), (",", False), ("10.0.0.0/8", False),
    ],
)  # fmt: skip
def test_no_proxy_exempts_hosts(monkeypatch, no_proxy, is_exempt):
    monkeypatch.setenv("HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    assert proxy_for(Address.parse("http://model.example:8000")) == (
        "" if is_exempt else "http://proxy:3128"
    )


def test_no_proxy_exempts_networks(monkeypatch):
    monkeypatch.setenv("all_proxy", "http://proxy:3128")
    monkeypatch.setenv("no_proxy", "10.0.0.0/8,fd00::/8")
    hosts = ("10.1.2.3", "[fd00::1]", "11.1.2.3", "[fe00::1]", "ten.example")
    proxies = [proxy_for(Address.parse(f"http://{host}")) for host in hosts]
    assert proxies == ["", "", *["http://proxy:3128"] * 3]


@pytest.mark.parametrize(
    "proxy", ["socks5://h:1", "http://[", "http://", "ftp://h", "http://me:secret@h:x"]
)
def test_a_proxy_that_is_none_is_one_line(monkeypatch, proxy):
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(
        SettingsError, match="is no HTTP proxy: correct it, or name the host in no_proxy"
    ) as error:
        ServerModel("http://model.example")
    assert "secret" not in str(error.value)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A file with a key and a certificate of localhost that nobody signed but itself."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
               "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", path, "-out", path.with_suffix(".crt")]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    path.write_text(path.read_text() + path.with_suffix(".crt").read_text())
    return path


class SecureServer:
    """Speaks TLS on loopback and answers every connection; `accepted` is their number."""

    def __init__(self, certificate):
        self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        self._context.load_cert_chain(certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"https://localhost:{self._listener.getsockname()[1]}"
        self.accepted = 0
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            with (
                raw,
                contextlib.suppress(OSError),
                self._context.wrap_socket(raw, server_side=True) as connection,
            ):
                connection.recv(65536)
                connection.sendall(http(200, GOOD))

    def stop(self):
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@pytest.fixture
def secure(certificate):
    server = SecureServer(certificate)
    yield server
    server.stop()


def test_a_certificate_that_cannot_be_verified_is_tried_once(secure):
    with pytest.raises(
        ModelUnavailable, match=r"certificate cannot be verified \(self.signed .*SSL_CERT_FILE"
    ) as error:
        ask(secure.url)
    assert (error.value.tries, secure.accepted) == (1, 1)


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_the_environment_names_certificates_to_trust(certificate, secure, monkeypatch, variable):
    monkeypatch.setenv(variable, str(certificate.with_suffix(".crt")))
    assert ask(secure.url) == "{go to the key}"
    with pytest.raises(ModelUnavailable, match=r"(Hostname|IP address) mismatch"):
        ask(secure.url.replace("localhost", "127.0.0.1"))


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_certificates_that_cannot_be_read_are_one_line(tmp_path, monkeypatch, content):
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(
        SettingsError, match=r"^SSL_CERT_FILE names '.*ca.pem', which holds no certificates: "
    ):
        ServerModel("https://localhost:1")


def test_https_to_a_server_without_tls_is_tried_once(server):
    with pytest.raises(
        ModelUnavailable, match="a server without TLS has an address with http://"
    ) as error:
        ask(server.url.replace("http://", "https://"))
    assert error.value.tries == 1


@pytest.mark.parametrize("times", [1, 2])
def test_a_packed_answer_takes_no_more_memory_than_is_allowed(times):
    """100 MB, packed once and twice."""
    encoding = "Content-Encoding: " + ", ".join(["gzip"] * times)
    server = RawServer(Mode("bomb", (http(200, bomb(times), encoding),)))
    try:
        transport = Transport(
            Address.parse(server.url), "", connections=1, timeout=5, max_bytes=LIMIT
        )
        tracemalloc.start()
        response = transport.exchange({})
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()  # it would slow down all other tests
        server.stop()
    assert response.is_cut
    assert len(response.body) == LIMIT
    assert most < 3_000_000


def test_connections_are_kept(server):
    """Two questions, one connection."""
    model = ServerModel(server.url, "m")
    server.script = [completion("a"), completion("b")]
    assert [one(model, QUESTION).text, one(model, QUESTION).text] == ["a", "b"]
    assert isinstance(server, Server)
